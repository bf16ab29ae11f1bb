"""What an AWS error asks for."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from tradewind.adapters.aws import translated
from tradewind.domain.errors import ConflictError, PermanentError, TransientError


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "told so"}}, "PutItem")


def raised(error: Exception) -> BaseException:
    with pytest.raises((TransientError, PermanentError)) as caught, translated("put SLICE#daily"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("RequestLimitExceeded"),
        client_error("InternalServerError"),
        client_error("ServiceUnavailable"),
        client_error("AWS.SimpleQueueService.NonExistentQueue"),
        client_error("ResourceNotFoundException"),
        ReadTimeoutError(endpoint_url="https://table"),
        ConnectTimeoutError(endpoint_url="https://table"),
        EndpointConnectionError(endpoint_url="https://table"),
        NoCredentialsError(),
    ],
)
def test_what_may_pass_is_transient(error: Exception) -> None:
    caught = raised(error)

    assert type(caught) is TransientError
    assert "put SLICE#daily" in str(caught)


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied", "AuthorizationError"])
def test_a_missing_grant_is_not_the_message_s_fault(code: str) -> None:
    caught = raised(client_error(code))

    assert type(caught) is TransientError
    assert code in str(caught)


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException"),
        client_error("InvalidMessageContents"),
        client_error("NoSuchKey"),
        ParamValidationError(report="Item: wrong type"),
    ],
)
def test_what_the_request_itself_got_wrong_is_permanent(error: Exception) -> None:
    assert type(raised(error)) is PermanentError


def test_a_collision_with_a_transaction_is_a_conflict() -> None:
    assert type(raised(client_error("TransactionConflictException"))) is ConflictError


def test_errors_of_the_domain_pass_as_they_are() -> None:
    told = ConflictError("moved")

    assert raised(told) is told

"""What an AWS error asks for: only what the call itself got wrong is permanent.

A missing grant, table or queue is a fault of the environment, not of the message in hand: it stays a
`TransientError`, so that nothing is acknowledged as poison and nothing is lost once it is mended.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from tradewind.domain.errors import ConflictError, PermanentError, TransientError

_PERMANENT = frozenset(
    {
        "ValidationException",
        "SerializationException",
        "ItemCollectionSizeLimitExceededException",
        "InvalidParameter",
        "InvalidParameterValue",
        "InvalidMessageContents",
        "MessageTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "NoSuchKey",
    }
)
_CONFLICT = frozenset({"TransactionConflictException", "TransactionInProgressException"})


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the SDK's errors into those of the domain.

    Parameters
    ----------
    what : str
        What was being done, for the message.

    Raises
    ------
    ConflictError
        If another transaction holds the item.
    PermanentError
        If the request itself can never succeed.
    TransientError
        If it was throttled, timed out, lost, refused for want of a grant, or failed inside the service.
    """
    try:
        yield
    except ClientError as error:
        raise as_domain_error(what, code_of(error), str(error)) from error
    except ParamValidationError as error:
        raise PermanentError(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise TransientError(f"{what}: {type(error).__name__}: {error}") from error


def as_domain_error(what: str, code: str, text: str) -> ConflictError | PermanentError | TransientError:
    """Name the reaction that an error code asks for."""
    message = f"{what}: {code}: {text}"
    if code in _CONFLICT:
        return ConflictError(message)
    return PermanentError(message) if code in _PERMANENT else TransientError(message)


def code_of(error: ClientError) -> str:
    """Return the service's error code."""
    response: Mapping[str, Any] = error.response
    return str(response.get("Error", {}).get("Code", "Unknown"))

"""What conditions and transactions that did not hold are to the rest of the system."""

from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from tradewind.adapters.aws import as_domain_error, code_of
from tradewind.domain.errors import ConflictError, PermanentError


class ConditionError(ConflictError):
    """A condition did not hold; `item` is what is stored, None for nothing."""

    def __init__(self, message: str, item: Mapping[str, Any] | None) -> None:
        super().__init__(message)
        self.item = item


class CanceledError(ConflictError):
    """A transaction was canceled by its conditions; `failed` are the positions of those that did not hold."""

    def __init__(self, message: str, failed: tuple[int, ...]) -> None:
        super().__init__(message)
        self.failed = failed


def raise_condition(where: str, error: ClientError) -> NoReturn:
    """Say that a condition did not hold, if that is what happened; else raise what did."""
    if code_of(error) == "ConditionalCheckFailedException":
        response: Mapping[str, Any] = error.response
        raise ConditionError(f"{where}: what is stored has moved", response.get("Item") or None) from error
    raise error


_REASONS = {
    "ThrottlingError": "ThrottlingException",
    "ProvisionedThroughputExceeded": "ProvisionedThroughputExceededException",
    "ValidationError": "ValidationException",
    "ItemCollectionSizeLimitExceeded": "ItemCollectionSizeLimitExceededException",
}


def raise_canceled(where: str, error: ClientError) -> NoReturn:
    """Name the gravest reason: what can never succeed, then throttles, then conditions, then mere collisions."""
    response: Mapping[str, Any] = error.response
    codes = [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]
    named = [as_domain_error(where, _REASONS[code], str(error)) for code in codes if code in _REASONS]
    for grave in sorted(named, key=lambda one: not isinstance(one, PermanentError)):
        raise grave from error
    failed = tuple(i for i, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        raise CanceledError(f"{where}: conditions {failed} did not hold", failed) from error
    raise ConflictError(f"{where}: {codes}") from error

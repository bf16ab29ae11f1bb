"""What a venue answered: a reply to read, or an error with a short code that may pass, or one that will not."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from tradewind.adapters.market.shape import Node, parse
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.validation import whole

RATE_LIMITED = "RATE_LIMITED"
FOREVER = 1 << 62
"""Later than every bar, UTC ms: the time of a venue that does not say what time it has."""

_TOO_MANY = frozenset({418, 429})
_FORBIDDEN = 403
_PASSING = frozenset({_FORBIDDEN, 408, 425})
_SERVER_ERROR = 500
_SAID = 160


class UnavailableError(TransientError):
    """The venue did not answer usefully now; `reason` is the short code, `retry_after` seconds where it names them."""

    def __init__(self, reason: str, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.reason = reason
        self.retry_after = retry_after


class RefusedError(PermanentError):
    """The venue will never answer this; `reason` is the short code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with status 200.

    Attributes
    ----------
    subject : str
        What was asked for, as messages name it.
    date : int
        The venue's time by its own header, UTC ms, whole seconds; `FOREVER` where it sent none.
    """

    venue: str
    subject: str
    content: bytes
    date: int

    def json(self) -> Node:
        """Parse the answer.

        Raises
        ------
        ShapeError
            If it is no JSON.
        """
        return parse(self.content)

    def unavailable(self, reason: str, said: str) -> UnavailableError:
        """Return the error for an answer that says no and may say yes later."""
        return UnavailableError(reason, f"{self.venue} says {said} for {self.subject}")

    def refused(self, reason: str, said: str) -> RefusedError:
        """Return the error for an answer that says no for good."""
        return RefusedError(reason, f"{self.venue} says {said} for {self.subject}")


def checked(
    title: str,
    subject: str,
    response: httpx.Response,
    content: bytes,
    known: Mapping[str, str],
    *,
    by_address: bool = False,
) -> Reply:
    """Return what can be read.

    Parameters
    ----------
    known : mapping
        Reason by a part of what the venue says when it refuses for good.
    by_address : bool
        Whether nobody has to say who asks: then a firewall's 403 means that this address asks too often.

    Raises
    ------
    UnavailableError, RefusedError
        By its status.
    """
    status = response.status_code
    detail = f"{title} answered HTTP {status} for {subject}{_said(response, content)}"
    reason = next((reason for said, reason in known.items() if said in detail), "")
    if status in _TOO_MANY or (status == _FORBIDDEN and by_address):
        raise UnavailableError(RATE_LIMITED, detail, _seconds(response))
    if status >= _SERVER_ERROR:
        raise UnavailableError("SERVER_ERROR", detail, _seconds(response))
    if status in _PASSING and not reason:
        raise UnavailableError(f"HTTP_{status}", detail)
    if status != httpx.codes.OK:
        raise RefusedError(reason or f"HTTP_{status}", detail)
    return Reply(title, subject, content, _date(response.headers.get("date", "")))


def _seconds(response: httpx.Response) -> float:
    """Return how long to wait: told in seconds, or as a time, which is read against the venue's own."""
    told = response.headers.get("retry-after", "")
    seconds = whole(told)
    if seconds is None:
        until, now = _date(told), _date(response.headers.get("date", ""))
        seconds = 0 if FOREVER in {until, now} else (until - now) // 1000
    return max(0.0, float(seconds))


def _said(response: httpx.Response, content: bytes) -> str:
    """Return the beginning of an error in JSON; a page of a proxy tells nobody anything."""
    is_json = "json" in response.headers.get("content-type", "")
    said = content[:_SAID].decode("utf-8", "replace").strip() if is_json else ""
    return f": {said}" if said else ""


def _date(header: str) -> int:
    try:
        return int(parsedate_to_datetime(header).timestamp()) * 1000
    except (ValueError, TypeError):
        return FOREVER

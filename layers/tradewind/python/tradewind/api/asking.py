"""What several questions share: an instrument, an account, a span of time, the name of something kept."""

import re
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from tradewind.api.desk import Desk
from tradewind.api.problems import Problem, unknown
from tradewind.application.explaining import find_instrument
from tradewind.application.in_time import EVER, Span
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.execution.transactions import day_of

FOREVER = 9_999_999_999_999

Account = Annotated[str | None, Query(description="One account by its name; the first one without it.", max_length=64)]
Instrument = Annotated[str | None, Query(description="As AAPL.US; only this one.", max_length=64)]
Strategy = Annotated[str | None, Query(description="Only this strategy.", max_length=64)]
Symbol = Annotated[str, Path(description="As AAPL.US, or AAPL where only one venue has it.", max_length=64)]
Since = Annotated[int, Query(alias="from", description="UTC ms; after this time.", ge=0, le=FOREVER)]
Until = Annotated[int, Query(alias="to", description="UTC ms; up to this time.", ge=0, le=FOREVER)]
Kept = Annotated[str, Path(description="As the list has it.", max_length=100)]
_KEPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,99}")


def kept_name(name: str) -> str:
    """Return the name of something kept in the bucket.

    Raises
    ------
    Problem
        404 if nothing can have this name.
    """
    if not _KEPT.fullmatch(name) or ".." in name:
        raise unknown(f"there is nothing called {name!r}")
    return name


def span_of(since: int, until: int) -> Span:
    """Return the times that are asked for."""
    return EVER if (since, until) == (0, FOREVER) else Span(since, until)


def account_of(desk: Desk, account: str | None) -> str:
    """Return an account's name; the first one where none is named.

    Raises
    ------
    Problem
        404 if there is no such account.
    """
    known = [one.name for one in desk.configuration.accounts]
    if account is None:
        return known[0]
    if account not in known:
        raise unknown(f"there is no account {account!r}")
    return account


def instrument_of(desk: Desk, text: str) -> InstrumentId:
    """Return the instrument that is meant.

    Raises
    ------
    Problem
        404 if there is none, 400 if there are several.
    """
    try:
        return find_instrument(list(desk.configuration.instruments), text, desk.configuration.environment)
    except BadInputError as error:
        several = "ambiguous" in str(error)
        raise Problem(HTTPStatus.BAD_REQUEST if several else HTTPStatus.NOT_FOUND, str(error)[:300]) from None


def today(desk: Desk) -> int:
    """Return the UTC day by the environment's time: where bars are replayed, that of the latest decided one."""
    if desk.configuration.clock != "replay":
        return day_of(desk.now())
    desk.seeing.decided()
    return day_of(max((desk.seeing.decided_until(one.name) for one in desk.configuration.shards), default=0))


def shards_of(desk: Desk, instrument: InstrumentId | None) -> list[Shard]:
    """Return the shards that an instrument's bars come in, or every one."""
    return [one for one in desk.configuration.shards if instrument is None or instrument in one.instruments]

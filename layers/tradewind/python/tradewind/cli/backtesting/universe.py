"""A backtest's universe in words: who belonged, who came and went, and whose bars are missing."""

from collections.abc import Iterator
from typing import Any

from tradewind.backtest.result import Result
from tradewind.backtest.survivorship import Survivorship, survivorship
from tradewind.cli.output import first_of
from tradewind.domain.moments import iso
from tradewind.domain.timeframe import DAY


def rows(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the lines that the result says of its universe."""
    found = survivorship(result)
    if found is None:
        return
    first, last = iso(found.first_day * DAY), iso(found.last_day * DAY)
    yield (
        f"universe {found.name}",
        f"{found.first:,} members on {first}, {found.last:,} on {last}; {found.joined:,} joined, {found.left:,} left "
        f"({found.source})",
    )
    missing = f"{len(found.without_bars):,} of {found.members:,} that belonged at some time have no bars here"
    yield "members without bars", missing if found.without_bars else f"none of {found.members:,}"
    if found.ended:
        yield "bars that end early", first_of([f"{one.instrument} {iso(one.ts)}" for one in found.ended])


def facts(result: Result) -> dict[str, Any] | None:
    """Return the same for programs."""
    found = survivorship(result)
    if found is None:
        return None
    told = {name: getattr(found, name) for name in Survivorship.__slots__}
    return told | {
        "first_day": iso(found.first_day * DAY),
        "last_day": iso(found.last_day * DAY),
        "without_bars": list(found.without_bars),
        "ended": [{name: getattr(one, name) for name in type(one).__slots__} for one in found.ended],
    }


def doubts(result: Result) -> Iterator[str]:
    """Yield what to know before believing that the universe was whole."""
    found = survivorship(result)
    if found is None:
        return
    if found.without_bars:
        yield (
            f"{len(found.without_bars):,} of {found.members:,} members of {found.name} have no bars here "
            f"({first_of(found.without_bars)}): what they would have won or lost is missing, and those that were "
            "struck off lost most"
        )
    if found.unknown_days:
        yield (
            f"who belonged to {found.name} is known from {iso(found.first_day * DAY)} on: nothing was entered on the "
            f"{found.unknown_days:,} days before it; --universe none trades them as if everybody always belonged"
        )
    if found.unrecorded_days:
        yield (
            f"on {found.unrecorded_days:,} days the members of {found.name} were not recorded: those of the last day "
            "before counted on"
        )
    for one in found.ended:
        yield f"{one.instrument}: its bars end at {iso(one.ts)}, at {one.price:g}; {one.became}"

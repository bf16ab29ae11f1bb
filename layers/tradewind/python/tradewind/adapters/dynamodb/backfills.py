"""Backfills that were begun, and what became of their windows.

| pk | sk | what |
|---|---|---|
| `BACKFILLS` | `{name}` | a plan, until it is finished |
| `BACKFILL#{name}#{end}` | `{timeframe}#{instrument}#{start:013d}` | what became of a window |
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Item, Table, WallClock, expiry, key, key_of
from tradewind.application.ports_backfill import Backfills
from tradewind.domain.backfill import Backfill, Outcome, SeriesName, Window
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

DAYS = 35
"""How long a plan that is not finished, and what became of windows, are remembered."""


@dataclass(frozen=True, slots=True)
class DynamoBackfills(Backfills):
    """Backfills in the market table."""

    table: Table
    clock: WallClock

    def begun(self, name: str) -> Backfill | None:
        """Return the plan of that name that is not finished, or None."""
        item = self.table.get("BACKFILLS", name)
        return _backfill(item) if item else None

    def begin(self, backfill: Backfill) -> Backfill:
        """Keep a plan; return it, or the one of its name that is not finished."""
        row = {
            "series": [list(one) for one in backfill.series], "start": backfill.start, "end": backfill.end,
            "provider": backfill.provider,
        }  # fmt: skip
        item: Item = {**key("BACKFILLS", backfill.name), **codec.seal(row), "expires_at": expiry(self.clock, DAYS)}
        with suppress(ConditionError):
            self.table.put(item, ABSENT)
        return self.begun(backfill.name) or backfill

    def outcomes(self, backfill: Backfill) -> Iterator[Outcome]:
        """Return what is known of its windows, strongly consistent."""
        return map(_outcome, self.table.query(_windows(backfill)))

    def record(self, backfill: Backfill, outcome: Outcome) -> None:
        """Keep what became of a window."""
        row = {
            "end": outcome.window.end, "told": outcome.told, "added": outcome.added, "differing": outcome.differing,
            "missing": dict(outcome.missing),
        }  # fmt: skip
        where = key(*_window(backfill, outcome.window))
        self.table.put({**where, **codec.seal(row), "expires_at": expiry(self.clock, DAYS)})

    def reopen(self, backfill: Backfill, window: Window) -> None:
        """Forget a window."""
        self.table.delete(*_window(backfill, window))

    def finish(self, backfill: Backfill) -> None:
        """Forget the plan; what became of its windows stays for a while."""
        self.table.delete("BACKFILLS", backfill.name)


def _windows(backfill: Backfill) -> str:
    return f"BACKFILL#{backfill.name}#{backfill.end}"


def _window(backfill: Backfill, window: Window) -> tuple[str, str]:
    return _windows(backfill), f"{window.timeframe}#{window.instrument}#{window.start:013d}"


def _backfill(item: Item) -> Backfill:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        series = tuple(SeriesName(InstrumentId(name), Timeframe(frame)) for name, frame in row["series"])
        return Backfill(key_of(item)[1], series, row["start"], row["end"], row["provider"])


def _outcome(item: Item) -> Outcome:
    where = key_of(item)
    row = codec.unseal("/".join(where), item)
    with codec.reading("/".join(where)):
        frame, instrument, start = where[1].split("#")
        window = Window(InstrumentId(instrument), Timeframe(frame), int(start), row["end"])
        return Outcome(window, row["told"], row["added"], row["differing"], row["missing"])

"""Fills on the scale after every split that was booked, in the journal's own order. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.tax_lots import SplitTime
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Scales:
    """How many shares of today one share of a fill has become.

    Attributes
    ----------
    trades : mapping
        By the trade's id, of fills that the entries tell of.
    before : mapping
        By instrument, of fills from before the entries.
    """

    trades: Mapping[str, Decimal]
    before: Mapping[InstrumentId, Decimal]

    def of(self, fill: Fill) -> Decimal:
        """Return a fill's factor."""
        return self.trades.get(fill.trade_id, self.before.get(fill.instrument, _ONE))


def applied_splits(entries: Iterable[JournalEntry]) -> list[SplitTime]:
    """Return the splits that an account's journal tells of, oldest first."""
    return [
        SplitTime(InstrumentId(event.instrument), entry.ts, Decimal(event.data["factor"]))
        for entry in entries
        for event in entry.events
        if event.kind == "SPLIT_APPLIED" and event.data
    ]


def scales(entries: Sequence[JournalEntry]) -> Scales:
    """Return how a stretch of a journal scales fills: times may be a bar's or a person's, its order is the ledger's."""
    trades: dict[str, Decimal] = {}
    factors: dict[InstrumentId, Decimal] = {}
    for entry in reversed(entries):
        for event in entry.events:
            if event.data and event.data.get("trade_id"):
                trades[str(event.data["trade_id"])] = factors.get(InstrumentId(event.instrument), _ONE)
        for split in applied_splits([entry]):
            factors[split.instrument] = factors.get(split.instrument, _ONE) * split.factor
    return Scales(trades, factors)


def rescaled(fills: Iterable[Fill], known: Scales) -> list[Fill]:
    """Return fills as so many shares of today, for the same money."""
    return [_times(fill, factor) if (factor := known.of(fill)) != _ONE else fill for fill in fills]


def _times(fill: Fill, factor: Decimal) -> Fill:
    return replace(fill, quantity=fill.quantity * factor, price=fill.price / factor)

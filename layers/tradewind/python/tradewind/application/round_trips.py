"""Round trips: from the entry of a sub-position to its last exit, and what they come to. Pure, all in Decimal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, Leg, Side

_CENT_OF_A_CENT = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Entry to exit of one sub-position.

    Attributes
    ----------
    opened, closed : int
        Times of the first and the last fill, UTC ms.
    entry, exit : Decimal
        Average prices.
    fees, pnl : Decimal
        In the account's currency; `pnl` is after fees of both sides.
    leg : Leg
        What closed it: EXIT (the strategy's own), STOP or TARGET.
    """

    account: str
    strategy: str
    instrument: InstrumentId
    opened: int
    closed: int
    quantity: Decimal
    entry: Decimal
    exit: Decimal
    fees: Decimal
    pnl: Decimal
    leg: Leg
    reason: str

    @property
    def change(self) -> Decimal:
        """Profit or loss after fees as a fraction of what was paid for the entry."""
        return self.pnl / (self.quantity * self.entry)


@dataclass(frozen=True, slots=True)
class Record:
    """Round trips in numbers; what has no meaning (no trips, no losses) is None."""

    trips: int
    wins: int
    losses: int
    win_rate: Decimal | None
    average: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    profit_factor: Decimal | None
    best: Decimal | None
    worst: Decimal | None


def round_trips(fills: Iterable[Fill]) -> list[RoundTrip]:
    """Join fills that share their parent into round trips; what is still held is none yet.

    Returns
    -------
    list of RoundTrip
        In the order in which they were closed.
    """
    groups: dict[tuple[str, str], list[Fill]] = {}
    for fill in sorted(fills, key=lambda one: one.ts):
        groups.setdefault((fill.account, fill.parent), []).append(fill)
    closed = [trip for group in groups.values() if (trip := trip_of(group))]
    return sorted(closed, key=lambda trip: (trip.closed, trip.instrument, trip.opened))


def trip_of(group: Sequence[Fill]) -> RoundTrip | None:
    """Join the fills of one sub-position, in the order of time; None while any of it is held."""
    bought = [fill for fill in group if fill.side is Side.BUY]
    sold = [fill for fill in group if fill.side is Side.SELL]
    quantity, left = (sum((fill.quantity for fill in part), NOTHING) for part in (bought, sold))
    if not sold or (quantity != left and _cost_left(group) >= _CENT_OF_A_CENT):
        return None
    first, last = bought[0], sold[-1]
    return RoundTrip(
        account=first.account,
        strategy=first.strategy,
        instrument=first.instrument,
        opened=first.ts,
        closed=last.ts,
        quantity=quantity,
        entry=_average_price(bought),
        exit=_average_price(sold),
        fees=sum((fill.fee for fill in group), NOTHING),
        pnl=sum((fill.realised for fill in group), NOTHING),
        leg=last.leg,
        reason=last.reason,
    )


def _cost_left(group: Sequence[Fill]) -> Decimal:
    """Return what is still held had cost. Of dust that a sale could not take it is nothing: that sale bore its cost."""
    return sum((fill.realised - fill.flow for fill in group), NOTHING)


def _average_price(fills: Sequence[Fill]) -> Decimal:
    if len(fills) == 1:
        return fills[0].price
    quantity = sum((fill.quantity for fill in fills), NOTHING)
    return sum((fill.quantity * fill.price for fill in fills), NOTHING) / quantity


def record(trips: Sequence[RoundTrip]) -> Record:
    """Count and average round trips; one that ended at exactly nothing is neither win nor loss."""
    wins = [trip.pnl for trip in trips if trip.pnl > 0]
    losses = [trip.pnl for trip in trips if trip.pnl < 0]
    every = [trip.pnl for trip in trips]
    lost = -sum(losses, NOTHING)
    return Record(
        trips=len(trips),
        wins=len(wins),
        losses=len(losses),
        win_rate=Decimal(len(wins)) / len(trips) if trips else None,
        average=_mean(every),
        average_win=_mean(wins),
        average_loss=_mean(losses),
        profit_factor=sum(wins, NOTHING) / lost if lost else None,
        best=max(every, default=None),
        worst=min(every, default=None),
    )


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, NOTHING) / len(values) if values else None

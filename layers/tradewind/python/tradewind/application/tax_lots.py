"""What each sale had cost: first in, first out, or on average. Pure; for tax returns and for profit and loss.

A purchase's fee belongs to its cost and a sale's fee lessens its proceeds, so the gains of everything that is sold add
up to what the ledger realised. The method is the tax-payer's choice and his country's; neither is advice.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from tradewind.domain.errors import BadInputError
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, Side

_CENT_OF_A_CENT = Decimal("0.00000001")


class Method(StrEnum):
    """Which of the shares that are held is the one that is sold."""

    FIFO = "fifo"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is held of one purchase.

    Attributes
    ----------
    acquired : int
        UTC ms of the purchase; of an average the first one's.
    cost : Decimal
        What the quantity cost, fee and all, in the quote currency.
    """

    account: str
    instrument: InstrumentId
    acquired: int
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Disposal:
    """A part of a sale, with the purchase that it ends.

    Attributes
    ----------
    proceeds, cost : Decimal
        After the sale's fee, and with the purchase's, in the quote currency.
    trade_id : str
        Of the sale.
    """

    account: str
    instrument: InstrumentId
    acquired: int
    sold: int
    quantity: Decimal
    proceeds: Decimal
    cost: Decimal
    trade_id: str

    @property
    def gain(self) -> Decimal:
        """What it earned."""
        return self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class SplitTime:
    """So many new shares for one old, at a moment."""

    instrument: InstrumentId
    ts: int
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Lots:
    """What was sold, oldest first, and what is still held."""

    disposals: tuple[Disposal, ...]
    held: tuple[Lot, ...]


def tax_lots(fills: Iterable[Fill], method: Method, splits: Sequence[SplitTime] = ()) -> Lots:
    """Match every sale with what it had cost.

    Raises
    ------
    BadInputError
        If more was sold than bought: fills are missing.
    """
    groups: dict[tuple[str, InstrumentId], list[Fill]] = {}
    for fill in sorted(fills, key=lambda one: (one.ts, one.side is Side.SELL, one.trade_id)):
        groups.setdefault((fill.account, fill.instrument), []).append(fill)
    disposals, held = list[Disposal](), list[Lot]()
    for key in sorted(groups):
        mine = deque(sorted((one for one in splits if one.instrument == key[1]), key=lambda one: one.ts))
        lots = deque[Lot]()
        disposals.extend(_through(groups[key], lots, method, mine))
        held.extend(lots)
    return Lots(tuple(sorted(disposals, key=lambda one: one.sold)), tuple(held))


def _through(fills: Sequence[Fill], lots: deque[Lot], method: Method, splits: deque[SplitTime]) -> Iterator[Disposal]:
    for fill in fills:
        while splits and splits[0].ts < fill.ts:
            _split(lots, splits.popleft().factor)
        if fill.side is Side.SELL:
            yield from _sell(fill, lots)
        else:
            _buy(fill, lots, method)
    while splits:
        _split(lots, splits.popleft().factor)


def _split(lots: deque[Lot], factor: Decimal) -> None:
    for index, lot in enumerate(lots):
        lots[index] = replace(lot, quantity=lot.quantity * factor)


def _buy(fill: Fill, lots: deque[Lot], method: Method) -> None:
    bought = Lot(fill.account, fill.instrument, fill.ts, fill.quantity, fill.quantity * fill.price + fill.fee)
    if method is Method.AVERAGE and lots:
        held = lots.pop()
        bought = replace(held, quantity=held.quantity + bought.quantity, cost=held.cost + bought.cost)
    lots.append(bought)


def _sell(fill: Fill, lots: deque[Lot]) -> Iterator[Disposal]:
    left, proceeds = fill.quantity, fill.quantity * fill.price - fill.fee
    while left:
        if not lots:
            raise BadInputError(
                f"{fill.account} sold {left} more of {fill.instrument} than it had bought: {fill.trade_id}"
            )
        lot = lots.popleft()
        part = min(left, lot.quantity)
        cost, got = _share(lot.cost, part, lot.quantity), _share(proceeds, part, left)
        if part < lot.quantity:
            lots.appendleft(replace(lot, quantity=lot.quantity - part, cost=lot.cost - cost))
        yield Disposal(fill.account, fill.instrument, lot.acquired, fill.ts, part, got, cost, fill.trade_id)
        left, proceeds = left - part, proceeds - got


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return a part's share of an amount; the last part takes what is left, to the last digit."""
    if part == whole:
        return amount
    return (amount * part / whole).quantize(_CENT_OF_A_CENT, ROUND_HALF_EVEN) if part else NOTHING

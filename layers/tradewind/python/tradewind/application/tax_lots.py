"""What each sale had cost: first in, first out, or on average. Pure; for tax returns and for profit and loss.

A purchase's fee belongs to its cost and a sale's fee lessens its proceeds, so the gains of everything that is sold add
up to what the ledger realised. Coins that left a position without being sold (dust, charges, what was given up) bring
nothing. The method is the tax-payer's choice and his country's; neither is advice.
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
from tradewind.domain.venue import VenueFlow, coins_of

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


@dataclass(frozen=True, slots=True)
class Gone:
    """Coins that left a position without being sold.

    Attributes
    ----------
    trade_id : str
        Of the movement.
    """

    account: str
    instrument: InstrumentId
    ts: int
    quantity: Decimal
    trade_id: str


def gone(account: str, flows: Iterable[VenueFlow]) -> Iterator[Gone]:
    """Yield what of an account's movements took coins out of positions."""
    for one in flows:
        if one.instrument:
            name = InstrumentId(one.instrument)
            yield Gone(account, name, one.ts, one.moves.get(coins_of(name)[0], NOTHING), one.flow_id)


def tax_lots(fills: Iterable[Fill | Gone], method: Method, splits: Sequence[SplitTime] = ()) -> Lots:
    """Match every sale, and all that was lost, with what it had cost.

    Raises
    ------
    BadInputError
        If more was sold than bought: fills are missing.
    """
    groups: dict[tuple[str, InstrumentId], list[Fill | Gone]] = {}
    for fill in sorted(fills, key=lambda one: (one.ts, _turn(one), one.trade_id)):
        groups.setdefault((fill.account, fill.instrument), []).append(fill)
    disposals, held = list[Disposal](), list[Lot]()
    for key in sorted(groups):
        mine = deque(sorted((one for one in splits if one.instrument == key[1]), key=lambda one: one.ts))
        lots = deque[Lot]()
        disposals.extend(_through(groups[key], lots, method, mine))
        held.extend(lots)
    return Lots(tuple(sorted(disposals, key=lambda one: one.sold)), tuple(held))


def _turn(one: Fill | Gone) -> int:
    """Return what comes first within one moment: purchases, sales, and what they leave."""
    return 2 if isinstance(one, Gone) else int(one.side is Side.SELL)


def _through(
    fills: Sequence[Fill | Gone], lots: deque[Lot], method: Method, splits: deque[SplitTime]
) -> Iterator[Disposal]:
    for fill in fills:
        while splits and splits[0].ts < fill.ts:
            _split(lots, splits.popleft().factor)
        if isinstance(fill, Gone):
            yield from _dispose(fill, NOTHING, lots)
        elif fill.side is Side.SELL:
            yield from _dispose(fill, fill.quantity * fill.price - fill.fee, lots)
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


def _dispose(fill: Fill | Gone, proceeds: Decimal, lots: deque[Lot]) -> Iterator[Disposal]:
    left = fill.quantity
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

"""What a rule is asked, and what it answers."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.configuration import Limits
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Control
from tradewind.domain.order import NOTHING, Order


@dataclass(frozen=True, slots=True)
class RiskRequest:
    """An entry that asks to be let in.

    Attributes
    ----------
    reserved : Decimal
        Quantity at the worst price and its fee, in the account's currency.
    day : int
        UTC day number of the bar that it was decided on.
    strategy : str
        Who wants it.
    live : bool
        Whether it is real money.
    now : int
        The environment's time, UTC ms.
    ts : int
        When it was asked, UTC ms: `ts_close` of its bar, or the moment of a person's order.
    fingerprint : str
        What a repeat of it shares; empty for what cannot be one.
    """

    account: Account
    control: Control
    limits: Limits
    instrument: InstrumentId
    reserved: Decimal
    day: int
    strategy: str = ""
    live: bool = False
    now: int = 0
    ts: int = 0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order that no strategy worded, and what is known of its market.

    Attributes
    ----------
    reference : Decimal
        The price that whoever asked had seen, in the quote currency.
    price, price_ts : Decimal, int
        The latest close that we know, and its `ts_close`, UTC ms.
    due : int
        `ts_close` of the latest bar that should be known.
    bar : int
        Length of a bar in ms.
    now : int
        The environment's time, UTC ms.
    market_open : bool
        Whether the venue's session is on.
    best : Decimal
        Best price on the other side of a fresh order book; 0 where there is none.
    """

    order: Order
    instrument: Instrument
    limits: Limits
    reference: Decimal
    price: Decimal
    price_ts: int
    due: int
    bar: int
    now: int
    market_open: bool = True
    best: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Denial:
    """Our risk engine said no.

    Attributes
    ----------
    code : str
        The rule's reason code.
    value, limit : Decimal
        What the entry would have come to, and what is allowed.
    text : str
        The sentence for a person, where value and limit alone do not make it.
    """

    code: str
    value: Decimal
    limit: Decimal
    text: str = ""

    def __str__(self) -> str:
        value, limit = _plain(self.value, self.limit)
        return f"{self.code}: {self.text or _SENTENCES.get(self.code, _PLAINLY).format(value=value, limit=limit)}"


_SENTENCES = {
    "ARMED_AMOUNT": "{value} would be tied up, and {limit} is armed",
    "DAILY_LOSS": "{value} has been lost today, and {limit} is the most: it ends with the UTC day",
    "MAX_DRAWDOWN": "the account is {value} below its peak, and {limit} is the most: it lasts until that is earned "
    "back or the limit is raised",
    "MAX_ORDER_NOTIONAL": "it would tie up {value}, and {limit} is the most for one order",
    "MAX_OPEN_POSITIONS": "it would be instrument {value} at once, and {limit} is the most",
    "MAX_INSTRUMENT_EXPOSURE": "{value} would be in this instrument, and {limit} is the most",
    "MAX_STRATEGY_EXPOSURE": "{value} would be in this strategy, and {limit} is the most",
    "MAX_EXPOSURE": "{value} would be invested in all, and {limit} is the most",
    "ORDER_RATE": "it would be entry {value} of this minute, and {limit} is the most",
    "INSUFFICIENT_CASH": "it takes {value} with its fee, and {limit} is free",
}
_PLAINLY = "{value} exceeds {limit}"
_CENT = Decimal("0.01")


def _plain(value: Decimal, limit: Decimal) -> tuple[str, str]:
    """Write two amounts to the cent, or to their last digit where the cent would hide which is more."""
    rounded = value.quantize(_CENT), limit.quantize(_CENT)
    shown = (value, limit) if rounded[0] == rounded[1] else rounded
    return f"{shown[0].normalize():f}", f"{shown[1].normalize():f}"

"""What a rule is asked, and what it answers."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.configuration import Limits
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Control


@dataclass(frozen=True, slots=True)
class RiskRequest:
    """An entry that asks to be let in.

    Attributes
    ----------
    reserved : Decimal
        Quantity at the worst price and its fee, in the account's currency.
    day : int
        UTC day number of the bar that it was decided on.
    """

    account: Account
    control: Control
    limits: Limits
    instrument: InstrumentId
    reserved: Decimal
    day: int


@dataclass(frozen=True, slots=True)
class Denial:
    """Our risk engine said no.

    Attributes
    ----------
    code : str
        The rule's reason code.
    value, limit : Decimal
        What the entry would have come to, and what is allowed.
    """

    code: str
    value: Decimal
    limit: Decimal

    def __str__(self) -> str:
        return f"{self.code}: {self.value} exceeds {self.limit}"

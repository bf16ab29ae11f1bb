"""What keeps a strategy from entering after what went wrong, as the configuration has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

REMEMBERED = 40
"""Closed positions that an account keeps in mind where protections ask for them."""


@dataclass(frozen=True, slots=True)
class Protections:
    """What keeps a strategy from entering after what went wrong; a count of 0 switches each off.

    Attributes
    ----------
    cooldown_bars : int
        Bars after leaving an instrument until it may be entered again.
    window_bars, pause_bars : int
        How far the other three look back, and how long they pause after the last thing they saw.
    stops : int
        Losing stops in the window, over all instruments, that pause the strategy.
    drawdown : Decimal
        Fall of what the window's positions realised from its peak, as a fraction of equity, that pauses the strategy.
    low_profit_trips, low_profit : int, Decimal
        Positions in one instrument in the window that pause it if they earned less than this on what they cost.
    """

    cooldown_bars: int = 0
    window_bars: int = 100
    pause_bars: int = 20
    stops: int = 0
    drawdown: Decimal = Decimal(0)
    low_profit_trips: int = 0
    low_profit: Decimal = Decimal(0)

    @property
    def are_on(self) -> bool:
        """Whether any of them is."""
        return bool(self.cooldown_bars or self.stops or self.drawdown or self.low_profit_trips)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Protections":
        """Read a strategy's row of the configuration; what it leaves out is off."""
        given: dict[str, Any] = {
            name: Decimal(value) if name in {"drawdown", "low_profit"} else value
            for name, value in row.get("protections", {}).items()
        }
        return cls(**given)


NO_PROTECTIONS = Protections()

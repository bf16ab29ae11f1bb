"""How large a strategy's entries are, as the configuration has it; what it leaves out is a fixed fraction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tradewind.domain.protections import REMEMBERED, Protections


class Method(StrEnum):
    """What decides how much of the equity an entry risks, and over which distance."""

    FIXED_FRACTION = "fixed_fraction"
    """The account's risk per trade, from the entry to its stop."""
    VOLATILITY = "volatility"
    """The same risk over some average true ranges, where these are wider than the stop is away."""
    KELLY = "kelly"
    """A part of what the strategy's last positions would have been worth risking, up to the same risk."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """How large entries are. Whatever it says, the account's limits hold.

    Attributes
    ----------
    atr_bars, atr_multiple : int, float
        Of `volatility`: length of Wilder's average true range, and how many of them an entry is sized by.
    kelly_fraction : float
        Of `kelly`: which part of the full bet is risked.
    kelly_trips, kelly_window : int
        Closed positions before it applies, and how many of the last ones it looks at.
    kelly_least : float
        Part of the plain risk that is taken without an edge, so that the strategy can prove itself again.
    regimes : tuple of (str, float)
        Multiplier of the risk by the market's regime; 1 for those that are not there.
    recent_trips, recent_streak : int
        The last so many closed positions are looked at, and so many losses in a row among them count; 0 is off.
    recent_multiplier : float
        Of the risk, while the last `recent_streak` of them lost or all of them together did.
    """

    method: Method = Method.FIXED_FRACTION
    atr_bars: int = 14
    atr_multiple: float = 2.0
    kelly_fraction: float = 0.25
    kelly_trips: int = 20
    kelly_window: int = 40
    kelly_least: float = 0.1
    regimes: tuple[tuple[str, float], ...] = ()
    recent_trips: int = 0
    recent_streak: int = 0
    recent_multiplier: float = 0.5

    @property
    def looks_back(self) -> int:
        """Return how many of the strategy's closed positions it looks at."""
        window = self.kelly_window if self.method is Method.KELLY else 0
        return max(window, self.recent_trips)

    @property
    def is_plain(self) -> bool:
        """Whether an entry risks the same fraction to its stop, whatever the market and the past are like."""
        return self.method is Method.FIXED_FRACTION and not self.regimes and not self.looks_back

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Sizing":
        """Read a strategy's row of the configuration; what it leaves out is as ever."""
        given = dict(row.get("sizing", {}))
        regimes = tuple(sorted(given.pop("regimes", {}).items()))
        return cls(Method(given.pop("method", Method.FIXED_FRACTION)), regimes=regimes, **given)


PLAIN = Sizing()


def remembered(strategies: Iterable[Mapping[str, Any]]) -> int:
    """Return how many closed positions an account keeps in mind for its strategies' protections and sizes.

    All of them share that memory, so each one's window has its room in it.
    """
    protected, looked_back = False, 0
    for row in strategies:
        protected = protected or Protections.from_row(row).are_on
        looked_back += Sizing.from_row(row).looks_back
    return max(REMEMBERED, looked_back) if protected or looked_back else 0

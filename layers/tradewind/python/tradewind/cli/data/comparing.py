"""Do two recordings of one market agree? Bars that were made from shorter ones beside those that were recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from tradewind.domain.bar import Bar
from tradewind.domain.moments import iso

_FEWEST_DIGITS = 6
_FLOAT_DIGITS = 16
_FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs.

    Attributes
    ----------
    rounded : int
        Significant digits to which the recorded value was rounded, where that explains it; else 0.
    """

    ts_open: int
    field: str
    made: float
    recorded: float
    rounded: int

    def __str__(self) -> str:
        told = f"{iso(self.ts_open)} {self.field}: made {self.made!r}, recorded {self.recorded!r}"
        return f"{told} (recorded with {self.rounded} digits)" if self.rounded else told


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and every value that differs."""

    compared: int
    equal: int
    differences: tuple[Difference, ...]

    @property
    def unexplained(self) -> list[Difference]:
        """Differences that rounding does not explain."""
        return [one for one in self.differences if not one.rounded]


def compare(made: Iterable[Bar], recorded: Sequence[Bar]) -> Comparison:
    """Compare bars of the same time, value by value, bit by bit."""
    others = {bar.ts_open: bar for bar in recorded}
    pairs = [(bar, others[bar.ts_open]) for bar in made if bar.ts_open in others]
    found = [_differences(ours, theirs) for ours, theirs in pairs if ours != theirs]
    return Comparison(len(pairs), len(pairs) - len(found), tuple(one for each in found for one in each))


def _differences(made: Bar, recorded: Bar) -> list[Difference]:
    return [
        Difference(made.ts_open, name, ours, theirs, rounded_to(ours, theirs))
        for name, ours, theirs in zip(_FIELDS, made[2:], recorded[2:], strict=True)
        if ours != theirs
    ]


def rounded_to(exact: float, told: float) -> int:
    """Return the digits to which `exact` must be rounded to give `told`, at least six; 0 where no rounding does."""
    whole, text = Decimal(repr(exact)), Decimal(repr(told))
    for digits in range(_FEWEST_DIGITS, _FLOAT_DIGITS):
        if Context(prec=digits).plus(whole) == text:
            return digits
    return 0

"""Timeframes: the lengths of bars."""

from enum import StrEnum

from tradewind.domain.errors import BadInputError

MINUTE = 60_000
DAY = 1_440 * MINUTE


class Timeframe(StrEnum):
    """Length of a bar, spelled as traders spell it."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def ms(self) -> int:
        """Length in milliseconds."""
        return _MILLISECONDS[self]

    @classmethod
    def parse(cls, text: str) -> "Timeframe":
        """Read a timeframe.

        Raises
        ------
        BadInputError
            If the text names none.
        """
        try:
            return cls(text)
        except ValueError:
            known = ", ".join(cls)
            raise BadInputError(f"unknown timeframe {text!r}: use one of {known}") from None


_MILLISECONDS = {
    Timeframe.M1: MINUTE,
    Timeframe.M5: 5 * MINUTE,
    Timeframe.M15: 15 * MINUTE,
    Timeframe.H1: 60 * MINUTE,
    Timeframe.H4: 240 * MINUTE,
    Timeframe.D1: DAY,
}

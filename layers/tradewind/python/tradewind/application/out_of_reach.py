"""The cold tier where there is none at hand: a part of the past is never taken for the whole."""

from collections.abc import Sequence

from tradewind.application.ports_bars import BarArchive, BarMonth, StoredMonth
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe


class OutOfReach(BarArchive):
    """The cold tier, where there is none at hand."""

    def read(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> StoredMonth | None:
        """Raise: these bars are elsewhere."""
        raise PermanentError(f"{instrument} {timeframe}: bars of {month} are in the archive, which is not read here")

    def read_many(self, instrument: InstrumentId, timeframe: Timeframe, months: Sequence[int]) -> list[StoredMonth]:
        """Raise: these bars are elsewhere."""
        return [found for month in months if (found := self.read(instrument, timeframe, month))]

    def write(self, month: BarMonth, replacing: str) -> str:
        """Raise: nothing is kept here."""
        raise PermanentError(f"{month.name} cannot be archived here, in place of {replacing or 'nothing'}")

    def months(self, instrument: InstrumentId, timeframe: Timeframe) -> list[int]:  # noqa: ARG002 - the port's
        """Return none: nobody can say."""
        return []

    def delete(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> None:
        """Raise: nothing is kept here."""
        raise PermanentError(f"{instrument} {timeframe} {month} cannot be deleted here")

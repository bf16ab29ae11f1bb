"""Recorded bars behind the provider's port: the recorded clock drives the same code as a live market."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from tradewind.application.ports_bars import ObjectReader
from tradewind.application.ports_market import (
    Answer,
    Failure,
    NotOfferedError,
    Offer,
    ProviderFacts,
    Quotes,
)
from tradewind.domain.dataset import Dataset, dataset_key
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, OrderBook
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

FACTS = ProviderFacts(
    name="replay",
    title="Replay",
    offers=frozenset({Offer.BARS}),
    timeframes=tuple(Timeframe),
    requests=1_000,
    seconds=1,
    scope="address",
    rows=1_000_000,
    history="what was recorded",
    opens=False,
    bulk_quotes=False,
    spelling="as the recordings do",
    terms="those of the recordings",
    documentation="README.md",
)


@dataclass(frozen=True, slots=True)
class MemoryObjects(ObjectReader):
    """Objects held in memory: for tests and for runs in one process."""

    objects: Mapping[str, bytes]

    def get(self, key: str) -> bytes:
        """Return the object."""
        try:
            return self.objects[key]
        except KeyError:
            raise PermanentError(f"there is no object {key}") from None


@dataclass(frozen=True, slots=True)
class ReplayProvider:
    """Serves recorded bars up to the asked time and none beyond it.

    Each dataset is read and decoded once in the life of the provider.
    """

    objects: ObjectReader
    _decoded: dict[str, Dataset] = field(default_factory=dict)

    facts: ClassVar[ProviderFacts] = FACTS

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every recorded bar with `ts_close` in (since_close, until].

        Raises
        ------
        TransientError
            If the object store cannot answer now: in a replay nothing may differ for such a reason.
        """
        rows: dict[InstrumentId, Sequence[RawBar]] = {}
        failures: dict[InstrumentId, Failure] = {}
        for instrument in instruments:
            try:
                rows[instrument] = _within(self._dataset(instrument, timeframe), since_close, until)
            except PermanentError as error:
                failures[instrument] = Failure("NO_DATASET", str(error), lasting=True)
        return Answer(rows, failures)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return when the first recorded bar opens; 0 if none is recorded."""
        try:
            recorded = self._dataset(instrument, timeframe).ts_open
        except PermanentError:
            return 0
        return recorded[0] if recorded else 0

    def quotes(self, instruments: Sequence[InstrumentId]) -> Quotes:  # noqa: ARG002 - the port's signature
        """Raise: bars alone are recorded."""
        raise NotOfferedError("a replay has bars and no quotes")

    def instruments(self, venue: str) -> Sequence[Listing]:  # noqa: ARG002 - the port's signature
        """Raise: bars alone are recorded."""
        raise NotOfferedError("a replay has bars and no list of instruments")

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:  # noqa: ARG002 - the port's signature
        """Raise: bars alone are recorded."""
        raise NotOfferedError("a replay has bars and no order book")

    def server_time(self) -> int:
        """Raise: the time of a replay is its bars' own."""
        raise NotOfferedError("a replay's time is that of its bars")

    def _dataset(self, instrument: InstrumentId, timeframe: Timeframe) -> Dataset:
        key = dataset_key(instrument, timeframe)
        if key not in self._decoded:
            self._decoded[key] = Dataset.from_bytes(key, self.objects.get(key))
        return self._decoded[key]


def _within(recorded: Dataset, since_close: int, until: int) -> list[RawBar]:
    ms = recorded.timeframe.ms
    first = bisect_right(recorded.ts_open, since_close - ms)
    last = bisect_right(recorded.ts_open, until - ms)
    values = [column[first:last] for column in recorded.values]
    return [RawBar(*row) for row in zip(recorded.ts_open[first:last], *values, strict=True)]

"""Series: one instrument's bars in time order, whole on the laptop and in chunks in the table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from operator import ge
from typing import Any

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.packed_bars import BAR_BYTES, PackedBars, pack_bars, unpack_bars
from tradewind.domain.packing import seal, unseal
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Series:
    """One instrument's recorded bars, strictly ascending, as a file gave them.

    Their times are sound; their values are judged where all bars are judged, on entry to the pipeline.
    """

    instrument: Instrument
    timeframe: Timeframe
    bars: Sequence[Bar]
    source: str = ""


def steps(series: Iterable[Series], start: int | None = None, end: int | None = None) -> list[int]:
    """Return the distinct `ts_close` over all series, ascending.

    Parameters
    ----------
    start, end : int, optional
        UTC ms; only steps in (start, end].
    """
    closes = {bar.ts_close for one in series for bar in one.bars}
    return sorted(t for t in closes if (start is None or t > start) and (end is None or t <= end))


@dataclass(frozen=True, slots=True)
class SeriesChunk:
    """One instrument's bars of one period.

    Attributes
    ----------
    period : int
        Start of the period, UTC ms; each bar's `ts_open` lies in it.
    through : int
        `ts_close` up to which every bar known when the chunk was written is in it.
    edition : bytes
        What a store read it from, by which that store knows whether it is still the stored one; empty elsewhere.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    period: int
    through: int
    bars: Sequence[Bar]
    edition: bytes = field(default=b"", compare=False, repr=False)

    def __post_init__(self) -> None:
        times = [bar[0] for bar in self.bars]
        ends = {period_start(self.timeframe, ts) for ts in (*times[:1], *times[-1:])}
        if not ends <= {self.period} or any(map(ge, times, islice(times, 1, None))):
            raise BadInputError(f"chunk {self.name}: bars must ascend within the period")

    @property
    def name(self) -> str:
        """Say which chunk this is, for a message."""
        return f"{self.instrument} {self.timeframe} {self.period}"

    def to_bytes(self) -> bytes:
        """Pack the bars.

        Prices become whole steps of their finest decimal, told as differences from the close before, and the
        bytes are shuffled and compressed: 500 daily bars take about 6 kB. Values that are no short decimals stay
        float64. Either way the very same floats come back.
        """
        header, body = pack_bars(self.bars, self.period, self.timeframe.ms)
        return seal({"schema": _SCHEMA, "through": self.through, **header}, body)

    @classmethod
    def from_bytes(cls, instrument: InstrumentId, timeframe: Timeframe, period: int, data: bytes) -> "SeriesChunk":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged, incomplete or of an unknown schema.
        """
        header, body = _opened(instrument, timeframe, period, data)
        bars = unpack_bars([PackedBars(period, header, body)], timeframe.ms)
        return cls(instrument, timeframe, period, header["through"], bars, data)


def bars_of(instrument: InstrumentId, timeframe: Timeframe, chunks: Iterable[tuple[int, bytes]]) -> list[Bar]:
    """Return the bars of many chunks of one series, oldest first, in half the time that each by itself takes.

    Parameters
    ----------
    chunks : iterable
        Each one's period and what `SeriesChunk.to_bytes` packed, oldest first.

    Raises
    ------
    PermanentError
        If the bytes of one are damaged, incomplete or of an unknown schema.
    """
    packed = [PackedBars(period, *_opened(instrument, timeframe, period, data)) for period, data in chunks]
    bars = unpack_bars(packed, timeframe.ms)
    times = [bar[0] for bar in bars]
    if any(map(ge, times, islice(times, 1, None))):
        raise PermanentError(f"chunks of {instrument} {timeframe}: their bars do not ascend; rebuild them")
    return bars


def _opened(instrument: InstrumentId, timeframe: Timeframe, period: int, data: bytes) -> tuple[dict[str, Any], bytes]:
    where = f"chunk {instrument} {timeframe} {period}"
    header, body = unseal(where, _SCHEMA, data)
    if len(body) != BAR_BYTES * header["count"]:
        raise PermanentError(f"{where}: {len(body)} bytes are not {header['count']} bars; rebuild it from the slices")
    return header, body


def period_start(timeframe: Timeframe, ts_open: int) -> int:
    """Return the start of the chunk period that holds a bar, UTC ms.

    1m bars are kept by the hour, 5m and 15m by the day, 1h and 4h by the month, 1d by the year: each some
    hundred bars, which read well and stay far from an item's limit.
    """
    match timeframe:
        case Timeframe.M1:
            return ts_open - ts_open % (60 * MINUTE)
        case Timeframe.M5 | Timeframe.M15:
            return ts_open - ts_open % DAY
        case _:
            day = datetime.fromtimestamp(ts_open // 1000, UTC)
            month = 1 if timeframe is Timeframe.D1 else day.month
            return int(datetime(day.year, month, 1, tzinfo=UTC).timestamp()) * 1000


def period_end(timeframe: Timeframe, period: int) -> int:
    """Return the end of the period that starts at `period`, exclusive, UTC ms."""
    match timeframe:
        case Timeframe.M1:
            return period + 60 * MINUTE
        case Timeframe.M5 | Timeframe.M15:
            return period + DAY
        case _:
            longest = 366 if timeframe is Timeframe.D1 else 31
            return period_start(timeframe, period + longest * DAY)


def periods(timeframe: Timeframe, start: int, end: int) -> Iterator[int]:
    """Yield the starts of the periods that hold bars with `ts_close` in (start, end], oldest first."""
    period = period_start(timeframe, start)
    while period < end:
        yield period
        period = period_end(timeframe, period)

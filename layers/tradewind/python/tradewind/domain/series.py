"""Series: one instrument's bars in time order, whole on the laptop and in chunks in the table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, islice
from operator import add, ge, sub

from tradewind.domain.bar import Bar, bar_of
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.packing import from_little_endian, pack_integers, seal, to_little_endian, unpack_integers, unseal
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

_SCHEMA = 1
_MOST_DECIMALS = 12
_EXACT = 2**53


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
        prices = _decimals(value for bar in self.bars for value in bar[2:6])
        volumes = _decimals(bar.volume for bar in self.bars)
        header = {
            "schema": _SCHEMA, "count": len(self.bars), "through": self.through, "prices": prices, "volumes": volumes
        }  # fmt: skip
        ts = _differences([(bar.ts_open - self.period) // self.timeframe.ms for bar in self.bars])
        body = pack_integers(ts) + _pack_prices(self.bars, prices) + _pack_volumes(self.bars, volumes)
        return seal(header, body)

    @classmethod
    def from_bytes(cls, instrument: InstrumentId, timeframe: Timeframe, period: int, data: bytes) -> "SeriesChunk":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged, incomplete or of an unknown schema.
        """
        where = f"chunk {instrument} {timeframe} {period}"
        header, body = unseal(where, _SCHEMA, data)
        count, width = header["count"], 8 * header["count"]
        if len(body) != 6 * width:
            raise PermanentError(f"{where}: {len(body)} bytes are not {count} bars; rebuild it from the slices")
        times = accumulate(unpack_integers(body[:width]))
        columns = _unpack_prices(body[width : 5 * width], header["prices"], width)
        volumes = _unpack_volumes(body[5 * width :], header["volumes"])
        ms = timeframe.ms
        opens = [period + t * ms for t in times]
        closes = [ts + ms for ts in opens]
        bars = list(map(bar_of, zip(opens, closes, *columns, volumes, strict=True)))
        return cls(instrument, timeframe, period, header["through"], bars, data)


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


def _decimals(values: Iterable[float]) -> int:
    """Return the fewest decimals that hold every value exactly, or -1 if no short decimal does.

    A whole number below 2**53 over a power of ten below 10**23 is one correctly rounded division, hence the
    float nearest to the decimal: exactly what reading the decimal's text gives.
    """
    every = set(values)
    return next((places for places in range(_MOST_DECIMALS + 1) if _exact(every, 10**places)), -1)


def _exact(values: Iterable[float], power: int) -> bool:
    return all(abs(value * power) < _EXACT and round(value * power) / power == value for value in values)


def _pack_prices(bars: Sequence[Bar], places: int) -> bytes:
    if places < 0:
        return b"".join(to_little_endian([bar[k] for bar in bars], "d") for k in range(2, 6))
    before, power = 0, 10**places
    rows: list[tuple[int, int, int, int]] = []
    for bar in bars:
        o, h, low, c = (round(value * power) for value in bar[2:6])
        top, bottom = (c, o) if c > o else (o, c)
        rows.append((o - before, h - top, bottom - low, c - o))
        before = c
    return b"".join(map(pack_integers, zip(*rows, strict=True))) if rows else b""


def _unpack_prices(data: bytes, places: int, width: int) -> list[list[float]]:
    parts = [data[k : k + width] for k in range(0, 4 * width, width)] if width else [b""] * 4
    if places < 0:
        return [list(from_little_endian(part, "d")) for part in parts]
    power = 10**places
    jumps, ups, downs, moves = map(unpack_integers, parts)
    closes = list(accumulate(map(add, jumps, moves)))
    opens = list(map(sub, closes, moves))
    # Comparisons, since a call of `max` takes as long as all the rest of a price.
    highs = [((o if o > c else c) + up) / power for o, c, up in zip(opens, closes, ups, strict=True)]  # noqa: FURB136
    lows = [((c if o > c else o) - down) / power for o, c, down in zip(opens, closes, downs, strict=True)]  # noqa: FURB136
    return [[o / power for o in opens], highs, lows, [c / power for c in closes]]


def _pack_volumes(bars: Sequence[Bar], places: int) -> bytes:
    if places < 0:
        return to_little_endian([bar.volume for bar in bars], "d")
    return pack_integers([round(bar.volume * 10**places) for bar in bars])


def _unpack_volumes(data: bytes, places: int) -> list[float]:
    if places < 0:
        return list(from_little_endian(data, "d"))
    power = 10**places
    return [value / power for value in unpack_integers(data)]


def _differences(values: Sequence[int]) -> list[int]:
    return [value - before for value, before in zip(values, (0, *values), strict=False)]

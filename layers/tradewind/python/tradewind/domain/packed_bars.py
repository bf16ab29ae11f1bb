"""Bars of one series as columns of bytes, packed period by period and unpacked many periods at once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, groupby
from operator import add, sub
from typing import Any, NamedTuple

from tradewind.domain.bar import Bar, bar_of
from tradewind.domain.packing import from_little_endian, pack_integers, to_little_endian, unpack_integers

BAR_BYTES = 48
"""What a bar takes before it is compressed: its time, four prices and its volume, eight bytes each."""

_COLUMNS = 6
_MOST_DECIMALS = 12
_EXACT = 2**53


class PackedBars(NamedTuple):
    """The bars of one period as `pack_bars` packed them."""

    period: int
    header: Mapping[str, Any]
    body: bytes

    def column(self, number: int) -> bytes:
        """Return one of the six columns."""
        width = 8 * int(self.header["count"])
        return self.body[number * width : (number + 1) * width]


def pack_bars(bars: Sequence[Bar], period: int, ms: int) -> tuple[dict[str, int], bytes]:
    """Return the header and the body of a period's bars.

    Parameters
    ----------
    period, ms : int
        The period's start, UTC ms, and a bar's length.
    """
    prices = _decimals(value for bar in bars for value in bar[2:6])
    volumes = _decimals(bar.volume for bar in bars)
    ts = _differences([(bar.ts_open - period) // ms for bar in bars])
    body = pack_integers(ts) + _pack_prices(bars, prices) + _pack_volumes(bars, volumes)
    return {"count": len(bars), "prices": prices, "volumes": volumes}, body


def unpack_bars(chunks: Iterable[PackedBars], ms: int) -> list[Bar]:
    """Return the bars of periods in their order; those that are packed alike are unpacked together."""
    alike = groupby(chunks, lambda one: (one.header["prices"], one.header["volumes"]))
    return list(chain.from_iterable(_unpacked(list(some), *places, ms) for places, some in alike))


def _unpacked(chunks: Sequence[PackedBars], prices: int, volumes: int, ms: int) -> Iterable[Bar]:
    times, *values, traded = ([one.column(number) for one in chunks] for number in range(_COLUMNS))
    opens = list(
        chain.from_iterable(_times(unpack_integers(t), one.period, ms) for t, one in zip(times, chunks, strict=True))
    )
    counts = [one.header["count"] for one in chunks]
    columns = _unpack_prices(values, prices, counts)
    return map(bar_of, zip(opens, ends_of(opens, ms), *columns, _unpack_volumes(traded, volumes), strict=True))


def _times(steps: Sequence[int], period: int, ms: int) -> Sequence[int]:
    """Return the times that so many bar lengths lie after the one before, the first after the period's start."""
    begin = period + sum(steps[:1]) * ms
    if steps[1:].count(1) == len(steps) - 1:  # none is left out
        return range(begin, begin + len(steps) * ms, ms)
    return [period + t * ms for t in accumulate(steps)]


def ends_of(times: Sequence[int], ms: int) -> list[int]:
    """Return each time a bar length later; where one begins as another ends, the same number tells both."""
    if times and times[-1] - times[0] == (len(times) - 1) * ms:
        return [*times[1:], times[-1] + ms]
    return [ts + ms for ts in times]


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


def _unpack_prices(columns: Sequence[Sequence[bytes]], places: int, counts: Sequence[int]) -> list[list[float]]:
    if places < 0:
        return [list(from_little_endian(b"".join(parts), "d")) for parts in columns]
    power = 10**places
    jumps, ups, downs, moves = (unpack_integers(*parts) for parts in columns)
    _join(jumps, moves, counts)
    closes = list(accumulate(map(add, jumps, moves)))
    opens = list(map(sub, closes, moves))
    # Comparisons, since a call of `max` takes as long as all the rest of a price.
    highs = [((o if o > c else c) + up) / power for o, c, up in zip(opens, closes, ups, strict=True)]  # noqa: FURB136
    lows = [((c if o > c else o) - down) / power for o, c, down in zip(opens, closes, downs, strict=True)]  # noqa: FURB136
    return [[o / power for o in opens], highs, lows, [c / power for c in closes]]


def _join(jumps: list[int], moves: Sequence[int], counts: Sequence[int]) -> None:
    """Let the first price of each period differ from the last close before it: alone, it differs from nothing."""
    start = last = 0
    for end in accumulate(counts):
        if start < end:
            here = sum(jumps[start:end]) + sum(moves[start:end])
            jumps[start] -= last
            start, last = end, here


def _pack_volumes(bars: Sequence[Bar], places: int) -> bytes:
    if places < 0:
        return to_little_endian([bar.volume for bar in bars], "d")
    return pack_integers([round(bar.volume * 10**places) for bar in bars])


def _unpack_volumes(parts: Sequence[bytes], places: int) -> list[float]:
    if places < 0:
        return list(from_little_endian(b"".join(parts), "d"))
    power = 10**places
    return [value / power for value in unpack_integers(*parts)]


def _differences(values: Sequence[int]) -> list[int]:
    return [value - before for value, before in zip(values, (0, *values), strict=False)]

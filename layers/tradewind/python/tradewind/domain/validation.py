"""What may enter: a provider's rows become bars, or refusals with a reason.

Nothing downstream asks again whether a bar is closed, in order or possible; it is decided here, once.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe


class RawBar(NamedTuple):
    """One row as a provider wrote it: numbers or text, nothing promised.

    `ts_open` and `ts_close` are UTC milliseconds; `ts_close` is None where the provider does not state it.
    """

    ts_open: object
    open: object
    high: object
    low: object
    close: object
    volume: object
    ts_close: object = None


class Reason(StrEnum):
    """Why a row was refused, or why a slice lacks an instrument."""

    UNREADABLE_TIME = "UNREADABLE_TIME"
    MALFORMED = "MALFORMED"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NON_POSITIVE_PRICE = "NON_POSITIVE_PRICE"
    ABSURD_NUMBER = "ABSURD_NUMBER"
    NEGATIVE_VOLUME = "NEGATIVE_VOLUME"
    OHLC_VIOLATION = "OHLC_VIOLATION"
    FUTURE_BAR = "FUTURE_BAR"
    OPEN_BAR = "OPEN_BAR"
    MISALIGNED = "MISALIGNED"
    WRONG_INTERVAL = "WRONG_INTERVAL"
    LATE_BAR = "LATE_BAR"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    DUPLICATE = "DUPLICATE"
    CONFLICTING_DUPLICATE = "CONFLICTING_DUPLICATE"
    MISSING = "MISSING"
    DISAGREEMENT = "DISAGREEMENT"
    SPLIT_SUSPECTED = "SPLIT_SUSPECTED"
    OUTLIER = "OUTLIER"


LEAVES_A_HOLE = frozenset(
    {
        Reason.MALFORMED,
        Reason.NOT_A_NUMBER,
        Reason.NON_POSITIVE_PRICE,
        Reason.ABSURD_NUMBER,
        Reason.NEGATIVE_VOLUME,
        Reason.OHLC_VIOLATION,
        Reason.WRONG_INTERVAL,
        Reason.OUT_OF_ORDER,
        Reason.CONFLICTING_DUPLICATE,
        Reason.OUTLIER,
    }
)
"""Refusals of a row whose time is known and due: an instrument without another row there is missing for this reason."""


class Refusal(NamedTuple):
    """A row that did not enter.

    Attributes
    ----------
    ts : int
        Start of the refused bar, UTC ms; the watermark of the fetch where the row's own time cannot be read.
    value : str
        What was wrong, as the provider wrote it.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    ts: int
    reason: Reason
    value: str


class Span(NamedTuple):
    """What is asked for: bars of `timeframe` with `ts_close` in (since, now]; UTC ms."""

    timeframe: Timeframe
    since: int
    now: int


def validate(
    rows: Sequence[RawBar], instrument: InstrumentId, timeframe: Timeframe, since: int, now: int
) -> tuple[list[Bar], list[Refusal]]:
    """Part a provider's rows into bars that may be traded on and refusals.

    Parameters
    ----------
    rows : sequence of RawBar
        As received, expected oldest first.
    since, now : int
        UTC ms; only bars with `ts_close` in (since, now] are due.

    Returns
    -------
    tuple of (list of Bar, list of Refusal)
        Bars strictly ascending. Of identical duplicates the first enters; where two rows of one time differ
        nobody knows which is right, and both are refused.
    """
    span = Span(timeframe, since, now)
    sound: list[tuple[Bar, RawBar]] = []
    refusals: list[Refusal] = []
    for row in rows:
        bar = _read(row, timeframe)
        reason, value = _judge(bar, row, span) if bar else _unreadable(row)
        if bar and not reason:
            sound.append((bar, row))
        elif reason:
            refusals.append(Refusal(instrument, timeframe, _time(row, since), reason, value))
    bars, disorder = _in_order(sound)
    refusals.extend(Refusal(instrument, timeframe, bar.ts_open, reason, value) for bar, reason, value in disorder)
    return bars, refusals


def _read(row: RawBar, timeframe: Timeframe) -> Bar | None:
    ts = whole(row.ts_open)
    o, high, low, c, volume = map(number, row[1:6])
    if ts is None or o is None or high is None or low is None or c is None or volume is None:
        return None
    return Bar(ts, ts + timeframe.ms, o, high, low, c, volume)


def number(field: object) -> float | None:
    """Read a decimal number from a float, an int or plain text; None if it is none."""
    if isinstance(field, float):
        return field
    if isinstance(field, str):
        if "_" in field:
            return None
    elif isinstance(field, bool) or not isinstance(field, int):
        return None
    try:
        return float(field)
    except (ValueError, OverflowError):
        return None


def whole(field: object) -> int | None:
    """Read a whole number; None if it is none."""
    value = number(field)
    if value is None or value - value != 0.0 or value != int(value):
        return None
    return int(field) if isinstance(field, int) else int(value)


def _unreadable(row: RawBar) -> tuple[Reason, str]:
    if whole(row.ts_open) is None:
        return Reason.UNREADABLE_TIME, f"ts_open={row.ts_open!r}"
    wrong = [
        f"{name}={field!r}" for name, field in zip(RawBar._fields[1:6], row[1:6], strict=True) if number(field) is None
    ]
    return Reason.MALFORMED, " ".join(wrong)


def _time(row: RawBar, fallback: int) -> int:
    ts = whole(row.ts_open)
    return fallback if ts is None else ts


def _judge(bar: Bar, row: RawBar, span: Span) -> tuple[Reason | None, str]:
    """Name the first thing that is wrong with one row by itself, and show it."""
    reason = _fault_of_time(bar, row, span)
    if reason:
        return reason, f"ts_open={row.ts_open} ts_close={bar.ts_close if row.ts_close is None else row.ts_close}"
    fault = bar.fault()
    return (Reason(fault), _values(row)) if fault else (None, "")


def _fault_of_time(bar: Bar, row: RawBar, span: Span) -> Reason | None:
    if bar.ts_open > span.now:
        return Reason.FUTURE_BAR
    if bar.ts_close > span.now:
        return Reason.OPEN_BAR
    if bar.ts_open % span.timeframe.ms:
        return Reason.MISALIGNED
    if row.ts_close is not None and whole(row.ts_close) != bar.ts_close:
        return Reason.WRONG_INTERVAL
    return Reason.LATE_BAR if bar.ts_close <= span.since else None


def _values(row: RawBar) -> str:
    return f"o={row.open} h={row.high} l={row.low} c={row.close} v={row.volume}"


def _in_order(sound: Iterable[tuple[Bar, RawBar]]) -> tuple[list[Bar], list[tuple[Bar, Reason, str]]]:
    kept: dict[int, Bar] = {}
    spoiled: set[int] = set()
    refused: list[tuple[Bar, Reason, str]] = []
    for bar, row in sound:
        first = kept.get(bar.ts_open)
        if first is not None:
            same = first == bar
            if not same and bar.ts_open not in spoiled:
                spoiled.add(bar.ts_open)
                refused.append((first, Reason.CONFLICTING_DUPLICATE, str(first[2:])))
            refused.append((bar, Reason.DUPLICATE if same else Reason.CONFLICTING_DUPLICATE, _values(row)))
        elif kept and bar.ts_open < _latest(kept):
            refused.append((bar, Reason.OUT_OF_ORDER, f"ts_open={bar.ts_open} after {_latest(kept)}"))
        else:
            kept[bar.ts_open] = bar
    return [bar for ts, bar in kept.items() if ts not in spoiled], refused


def _latest(kept: dict[int, Bar]) -> int:
    """Return the latest time kept: insertion order is time order."""
    return next(reversed(kept))


def holes(refusals: Iterable[Refusal]) -> Iterator[tuple[int, Refusal]]:
    """Yield (ts_close, refusal) for each refusal that leaves a due timestep without a bar."""
    for refusal in refusals:
        close = refusal.ts + refusal.timeframe.ms
        if refusal.reason in LEAVES_A_HOLE and refusal.ts % refusal.timeframe.ms == 0:
            yield close, refusal

"""Ichimoku: the middles of three ranges, and a cloud drawn ahead of its time.

Source: Hosoda, *Ichimoku Kinko Hyo* (1969), as described by Patel, *Trading with Ichimoku Clouds* (2010).
"""

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.windows import delay_slots, extremes_slots, roll_delay, roll_extremes


def ichimoku_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the five lines.

    Slots: conversion, base, both edges of the cloud over this bar, the lagging close, where the base's and the slow
    range, both delayed edges and the delayed close begin, then the conversion's range and these five.
    """
    highest, lowest = roll_extremes(s, 10, high, low)
    conversion = 0.5 * (highest + lowest)
    highest, lowest = roll_extremes(s, int(s[5]), high, low)
    base = 0.5 * (highest + lowest)
    highest, lowest = roll_extremes(s, int(s[6]), high, low)
    s[0] = conversion
    s[1] = base
    s[2] = roll_delay(s, int(s[7]), 0.5 * (conversion + base))
    s[3] = roll_delay(s, int(s[8]), 0.5 * (highest + lowest))
    s[4] = roll_delay(s, int(s[9]), close)


def ichimoku(
    conversion: float = 9,
    base: float = 26,
    slow: float = 52,
    shift: float = 26,
    outputs: tuple[str, str, str, str, str] = ("conversion", "base", "span_a", "span_b", "lagging"),
) -> Indicator:
    """Declare Ichimoku's conversion and base line, the cloud's edges A and B, and what the lagging line is held to.

    All in price. The cloud is drawn `shift` bars ahead, so the edges given are those worked out `shift` bars ago. The
    lagging line is today's close drawn `shift` bars back: given is the close of then, to compare today's with.
    """
    parts = [extremes_slots(10, conversion)]
    begins = [10 + len(parts[0])]
    for period in (base, slow):
        parts.append(extremes_slots(begins[-1], period))
        begins.append(begins[-1] + len(parts[-1]))
    for _ in range(3):
        parts.append(delay_slots(begins[-1], shift))
        begins.append(begins[-1] + len(parts[-1]))
    memory = (*map(float, begins[:5]), *(slot for part in parts for slot in part))
    return Indicator(ichimoku_kernel, outputs, memory, int(max(conversion, base, slow) + shift))

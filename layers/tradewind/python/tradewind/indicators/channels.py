"""Channels around a price: Keltner's, Donchian's, a regression line's, and the squeeze of one in another.

Sources: Raschke & Connors, *Street Smarts* (1995), for Keltner's channel with average true ranges; Donchian's
four-week rule; Carter, *Mastering the Trade* (2005), for the squeeze; TA-Lib DONCHIAN, LINEARREG. TA-Lib's KC has
Keltner's own middle, an average of typical prices, where Raschke's is one of closes.
"""

from tradewind.indicators.averages import EMA_SLOTS, exponential_slots, roll_exponential
from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import deviation_slots, line_slots, roll_deviation, roll_line
from tradewind.indicators.volatility import RANGE_SLOTS, range_slots, roll_range
from tradewind.indicators.windows import extremes_slots, roll_extremes


def keltner_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the exponential average of closes and a channel `width` average true ranges to either side, in price.

    Slots: upper, middle, lower, width, the average, the average true range.
    """
    middle = roll_exponential(s, 4, close)
    reach = s[3] * roll_range(s, 4 + EMA_SLOTS, high, low, close)
    s[0] = middle + reach
    s[1] = middle
    s[2] = middle - reach


def donchian_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance highest high, their middle, and lowest low, this bar's included; rolling extremes from slot 3 on."""
    highest, lowest = roll_extremes(s, 3, high, low)
    s[0] = highest
    s[1] = 0.5 * (highest + lowest)
    s[2] = lowest


def regression_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the end of the straight line through the closes, and a channel `width` deviations from it to either side.

    Slots: upper, end of the line, lower, slope in price a bar, width, then the rolling line.
    """
    end, slope, deviation = roll_line(s, 5, close)
    reach = s[4] * deviation
    s[0] = end + reach
    s[1] = end
    s[2] = end - reach
    s[3] = slope


def squeeze_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance whether Bollinger's bands lie within Keltner's channel, for how long, and which way the price leans.

    The lean is the end of the line through how far each close lay from the middle between the mean and Donchian's.

    Slots: squeezed (1 or 0), bars in a row, lean in price, widths of the bands and of the channel, where the average
    true range, the extremes and the line begin, then the mean with its deviation, and these three.
    """
    mean, deviation = roll_deviation(s, 8, close)
    span = roll_range(s, int(s[5]), high, low, close)
    highest, lowest = roll_extremes(s, int(s[6]), high, low)
    middle = 0.5 * (0.5 * (highest + lowest) + mean)
    if middle != middle:
        return
    lean, _, _ = roll_line(s, int(s[7]), close - middle)
    if lean != lean or span != span:
        return
    squeezed = s[3] * deviation < s[4] * span
    s[0] = 1.0 if squeezed else 0.0
    s[1] = (s[1] + 1.0 if s[1] == s[1] else 1.0) if squeezed else 0.0
    s[2] = lean


def keltner(
    period: float = 20,
    width: float = 2,
    atr_period: float = 10,
    outputs: tuple[str, str, str] = ("keltner_upper", "keltner_middle", "keltner_lower"),
) -> Indicator:
    """Declare Keltner's channel in Raschke's form, in price."""
    memory = (float(width), *exponential_slots(period), *range_slots(atr_period))
    settled = int(period + period / 4)
    return Indicator(keltner_kernel, outputs, memory, settled if settled > atr_period else int(atr_period) + 1)


def donchian(
    period: float = 20, outputs: tuple[str, str, str] = ("donchian_upper", "donchian_middle", "donchian_lower")
) -> Indicator:
    """Declare the highest high and lowest low of `period` bars, this one included, and their middle, in price.

    No bar breaks out of its own channel: a breakout is a close beyond the channel of the bar before.
    """
    return Indicator(donchian_kernel, outputs, extremes_slots(3, period), int(period))


def regression(
    period: float = 100,
    width: float = 2,
    outputs: tuple[str, str, str, str] = ("line_upper", "line", "line_lower", "line_slope"),
) -> Indicator:
    """Declare the channel around the least-squares line of the last `period` closes, in price, and its slope a bar.

    Deviations are those of the closes from the line, over `period` of them.
    """
    return Indicator(regression_kernel, outputs, (float(width), *line_slots(5, period)), int(period))


def squeeze(
    period: float = 20,
    bands: float = 2,
    channel: float = 1.5,
    outputs: tuple[str, str, str] = ("squeezed", "squeeze_bars", "squeeze_lean"),
) -> Indicator:
    """Declare the squeeze: bands of `bands` deviations inside a channel of `channel` average true ranges.

    Both have the mean of `period` closes in their middle, so that only their widths are compared.
    """
    deviation = deviation_slots(8, period)
    ranges = 8 + len(deviation)
    extremes = ranges + RANGE_SLOTS
    line = extremes + len(extremes_slots(0, period))
    memory = (
        float(bands), float(channel), float(ranges), float(extremes), float(line), *deviation, *range_slots(period),
        *extremes_slots(extremes, period), *line_slots(line, period),
    )  # fmt: skip
    return Indicator(squeeze_kernel, outputs, memory, 2 * int(period) - 1 if period > 1 else 2)

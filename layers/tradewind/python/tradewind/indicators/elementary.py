"""Logarithm and exponential, built of +, −, × and ÷ alone, so that every processor gives the same bits.

The C library's differ between platforms in the last bit, and a decision may hang on it. Nothing else on the path to a
decision takes a logarithm or an exponential.
"""

from math import inf, nan

LN2_HIGH = 0.6931471803691238
"""The leading 33 bits of ln 2: times a power of any float it is exact."""

LN2_LOW = 1.9082149292705877e-10
"""What is left of ln 2."""

_POWER = 32.0
_LARGE = 4294967296.0
_SMALL = 2.3283064365386963e-10
_ROOT_HALF = 0.7071067811865476
_LARGEST_EXPONENT = 709.782712893384
_SMALLEST_EXPONENT = -745.1332191019412
_STEP = 30


def natural_logarithm(x: float) -> float:
    """Return ln x, within two units in the last place.

    Parameters
    ----------
    x : float
        NaN below 0, −∞ at 0.
    """
    if x <= 0.0:
        return -inf if x == 0.0 else nan
    if x == inf or x != x:
        return x
    power = 0.0
    while x >= _LARGE:
        x *= _SMALL
        power += _POWER
    while x < _SMALL:
        x *= _LARGE
        power -= _POWER
    while x >= 2.0 * _ROOT_HALF:
        x *= 0.5
        power += 1.0
    while x < _ROOT_HALF:
        x *= 2.0
        power -= 1.0
    over = x - 1.0
    s = over / (x + 1.0)
    # ln((1 + s) / (1 - s)) = 2s + 2s³/3 + …, and 2s = over − s·over: what is exact stays apart from what is small.
    rest = _area_series(s * s)
    return power * LN2_HIGH + (over - (s * (over - rest) - power * LN2_LOW))


def _area_series(z: float) -> float:
    """Return 2z/3 + 2z²/5 + …, for z up to 0.03."""
    total = 0.0
    for order in range(23, 1, -2):
        total = z * (2.0 / order + total)
    return total


def exponential(x: float) -> float:
    """Return e to the power of x, within two units in the last place; 0 far below, ∞ far above."""
    if x != x:
        return x
    if x > _LARGEST_EXPONENT:
        return inf
    if x < _SMALLEST_EXPONENT:
        return 0.0
    half = 0.5 if x >= 0.0 else -0.5
    power = int(x * 1.4426950408889634 + half)
    rest = (x - power * LN2_HIGH) - power * LN2_LOW
    total = 1.0
    for order in range(18, 0, -1):
        total = 1.0 + total * rest / order
    return _scaled(total, power)


def _scaled(x: float, power: int) -> float:
    """Return x × 2^power, in steps whose factors are whole numbers."""
    while power > 0:
        step = power if power < _STEP else _STEP
        x *= float(1 << step)
        power -= step
    while power < 0:
        step = -power if power > -_STEP else _STEP
        x /= float(1 << step)
        power += step
    return x

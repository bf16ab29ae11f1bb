"""Where a division could go wrong: prices that stand still, and no volume at all."""

from math import isfinite, isnan, nan

import pytest

from tests.builders import bar, flat_bar
from tests.walks import run, walk
from tradewind.indicators.averages import volume_sma
from tradewind.indicators.momentum import NEUTRAL, rsi
from tradewind.indicators.registry import DEFINITIONS, indicator
from tradewind.indicators.volatility import bollinger

STILL = [flat_bar(number, 0.1) for number in range(1, 301)]
"""A tenth is no binary fraction: sums of it round, and a difference of sums would not be zero."""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        *((f"{name}:20", (0.1,)) for name in ("ema", "sma", "wma", "dema", "tema", "hma", "kama")),
        ("rsi:14", (NEUTRAL,)),
        ("rsi_dip:7:8", (NEUTRAL, NEUTRAL)),
        ("stoch", (NEUTRAL, NEUTRAL)),
        ("stoch_rsi", (NEUTRAL, NEUTRAL)),
        ("mfi", (NEUTRAL,)),
        ("williams_r", (-NEUTRAL,)),
        ("cci", (0.0,)),
        ("roc", (0.0,)),
        ("atr:14", (0.0,)),
        ("natr:14", (0.0,)),
        ("volatility", (0.0,)),
        ("macd", (0.0, 0.0, 0.0)),
        ("adx:14", (0.0, 0.0, 0.0)),
        ("aroon", (100.0, 100.0)),
        ("bbands", (0.1, 0.1, 0.1)),
        ("bbshare", (0.0, 0.5)),
        ("keltner", (0.1, 0.1, 0.1)),
        ("donchian", (0.1, 0.1, 0.1)),
        ("regression", (0.1, 0.1, 0.1, 0.0)),
        ("squeeze", (0.0, 0.0, 0.0)),
        ("sar", (0.1, -1.0)),
        ("supertrend", (0.1, 1.0)),
        ("ichimoku", (0.1,) * 5),
        ("cmf", (0.0,)),
        ("obv", (1000.0,)),
        ("vwap", (0.1,)),
        ("anchored_vwap", (0.1,)),
        ("volume_score", (0.0,)),
        ("pivots", (0.1,) * 7),
        ("swings", (nan,) * 4),
        ("fair_value_gaps", (nan,) * 6),
        ("order_blocks", (nan,) * 6),
        ("liquidity_sweeps", (0.0, nan, nan) * 2),
        ("markov:0.5:20:100", (1.0, 0.0, 100.0, 0.0)),
    ],
)
def test_prices_that_stand_still_read_neutral(spec: str, expected: tuple[float, ...]) -> None:
    assert run(indicator(spec), STILL)[-1] == pytest.approx(expected, rel=1e-14, abs=1e-15, nan_ok=True)


def test_the_average_of_no_volume_is_zero() -> None:
    assert run(volume_sma(20), [bar._replace(volume=0.0) for bar in STILL])[-1] == (0.0,)


def test_bands_close_exactly_when_the_wild_bars_have_left() -> None:
    wild = [flat_bar(number, 1e9 if number % 2 else 1e-3) for number in range(1, 24)]

    upper, middle, lower = run(bollinger(20, 2), wild + STILL[:20])[-1]

    assert (upper, middle, lower) == (middle, 0.1, middle)


def test_a_rise_without_a_fall_is_a_full_index() -> None:
    assert run(rsi(14), [flat_bar(number, 100.0 + number) for number in range(1, 40)])[-1] == (100.0,)


def test_before_its_warmup_an_indicator_reads_nothing() -> None:
    assert all(isnan(value) for row in run(rsi(14), STILL[:14]) for value in row)


@pytest.mark.parametrize("name", sorted(DEFINITIONS.keys() - {"obv", "volume_sma", "vwap", "anchored_vwap"}))
def test_nothing_divides_by_a_volume_of_zero(name: str) -> None:
    quiet = [each._replace(volume=0.0) for each in walk(seed=2, count=700)]

    assert finite(run(indicator(name), quiet)[-1])


@pytest.mark.parametrize("price", [1e-8, 1e12])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_smallest_and_the_largest_prices_stay_finite(name: str, price: float) -> None:
    bars = [bar(n, price, price * (1 + n % 3 / 10), price * 0.9, price, 1e12) for n in range(1, 600)]

    assert finite(run(indicator(name), bars)[-1])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_scale_moves_no_oscillator_and_every_price_alike(name: str) -> None:
    """Times a power of two, which rounds nothing: each value is the same, or moved by that power."""
    bars = walk(seed=6, count=650)
    scaled = [
        bar(n, 64 * each.open, 64 * each.high, 64 * each.low, 64 * each.close, each.volume)
        for n, each in enumerate(bars, 1)
    ]

    for value, moved in zip(run(indicator(name), bars)[-1], run(indicator(name), scaled)[-1], strict=True):
        assert isnan(value) == isnan(moved)
        assert isnan(value) or moved in {value, 64.0 * value}


def finite(values: tuple[float, ...]) -> bool:
    """Say whether each is a number or, as a level that there is not, NaN."""
    return all(isfinite(value) or isnan(value) for value in values)

"""Whatever bars come, every kernel gives the same bits interpreted and compiled, and raises nothing."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import bar
from tradewind.backtest.compiler import compiled
from tradewind.domain.bar import Bar
from tradewind.indicators.base import Indicator
from tradewind.indicators.registry import indicator

SPECS = (
    "sma:3", "wma:3", "dema:3", "tema:2", "hma:4", "kama:3", "rsi:3", "rsi_dip:3:4", "stoch:3", "stoch:4:2:2",
    "stoch_rsi:3:3:2:2", "macd:2:4:3", "cci:3", "williams_r:3", "roc:2", "mfi:3", "adx:3", "aroon:4", "sar",
    "supertrend:3:1", "ichimoku:2:3:5:2", "atr:3", "natr:3", "bbands:4:2", "bbshare:3", "keltner:3:1:2", "donchian:3",
    "squeeze:3", "regression:4:1", "volatility:3", "obv", "vwap:48", "anchored_vwap", "cmf:3", "volume_score:3",
    "pivots:72", "swings:2:1", "fair_value_gaps", "order_blocks:1:1", "liquidity_sweeps:1:1", "markov:0.5:3:5",
)  # fmt: skip
"""Every kernel with windows so short that each is filled many times over."""

steps = st.sampled_from((1.0, 1.0, 1.01, 0.99, 1.3, 0.7, 1e3, 1e-3))
reaches = st.sampled_from((0.0, 0.0, 0.001, 0.2))
volumes = st.sampled_from((0.0, 1.0, 1e-8, 1e12))


@st.composite
def bars(draw: st.DrawFn) -> list[Bar]:
    """Return bars that stand still, crawl, jump by thousands, and have no range or no volume."""
    price, made = draw(st.sampled_from((1e-8, 0.1, 100.0, 1e5))), []
    for number in range(1, draw(st.integers(1, 60)) + 1):
        close = min(max(price * draw(steps), 1e-12), 1e12)
        up, down = 1 + draw(reaches), 1 - draw(reaches)
        made.append(bar(number, price, max(price, close) * up, min(price, close) * down, close, draw(volumes)))
        price = close
    return made


def after(declared: Indicator, given_bars: Sequence[Bar]) -> tuple[list[str], list[str]]:
    fast, slow_state = compiled(declared.kernel, within=False), declared.new_state()
    fast_state = np.array(slow_state)
    for one in given_bars:
        declared.kernel(slow_state, float(one.ts_open), *one[2:])
        fast(fast_state, float(one.ts_open), *one[2:])
    return [value.hex() for value in slow_state], [value.hex() for value in fast_state.tolist()]


@settings(deadline=None, max_examples=60)
@given(bars())
def test_every_kernel_gives_the_same_bits_compiled(given_bars: list[Bar]) -> None:
    for spec in SPECS:
        interpreted, fast = after(indicator(spec), given_bars)

        assert interpreted == fast, spec

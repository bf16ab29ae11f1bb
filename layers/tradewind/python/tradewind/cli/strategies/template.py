"""The file that `tradewind strategy new` writes, and its test."""

import re
from pathlib import Path

from tradewind.cli.errors import InputError
from tradewind.cli.paths import root
from tradewind.strategies import registry

_NAME = re.compile(r"[a-z][a-z0-9_]{1,38}")

STRATEGY = '''"""{title}: say here what it does, and where the idea comes from."""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import donchian
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import rsi
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, StopPolicy
from tradewind.strategies.rule import Rule, below, conclude, held_for, part


class {title}(Rule):
    """Buy strength that a higher timeframe agrees with.

    What closes above its last highs while the larger trend rises tends to go on. The stop follows from below.
    """

    version = "1"  # part of every order's identity: change it with the rule's meaning
    parameters = (
        Parameter("breakout_bars", 20, 2, 200, "bars", "Donchian", whole=True),
        Parameter("trend", 50, 5, 240, "bars", whole=True),
        Parameter("stop_atr", 2.5, 0.5, 10, "ATR", "Wilder 1978"),
        Parameter("volume_ratio", 1, 0, 10, "of its average"),
        Parameter("maximum_bars", 50, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("breakout", ">", GateKind.REQUIRED, "quote currency"),
        Gate("trend", ">", GateKind.REQUIRED, "quote currency"),
        Gate("higher_trend", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("volume", ">=", GateKind.CONFIRMING, "of its average"),
        Gate("momentum", ">", GateKind.CONFIRMING, "RSI points"),
        Gate("trend_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
        Gate("trend_lost", "<", GateKind.EXIT, "quote currency"),
        Gate("held_too_long", ">=", GateKind.EXIT, "bars"),
    )
    exits = ("SIGNAL", "TIME")  # a reason for each exit gate
    stop_policy = StopPolicy.TRAILING  # FIXED leaves stop and target where the entry put them

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            donchian(p.breakout_bars, ("top", "middle", "bottom")),
            ema(p.trend, "trend"),
            rsi(14),
            atr(14),
            volume_sma(20),
            higher(4, ema(20, "higher_average")),  # of bars four times as long, closed ones only
        )

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        required = (
            GateReading(now.close, before.top, now.close > before.top),
            GateReading(now.close, now.trend, now.close > now.trend),
        )
        volume = part(now.volume, now.volume_sma, 0.0)
        slope = now.trend - before.trend
        confirming = (
            GateReading(now.close, now.higher_average, now.close > now.higher_average),
            GateReading(volume, p.volume_ratio, volume >= p.volume_ratio),
            GateReading(now.rsi, 50.0, now.rsi > 50.0),
            GateReading(slope, 0.0, slope > 0.0),
        )
        exits = (
            GateReading(now.close, now.trend, position.quantity > 0.0 and now.close < now.trend),
            held_for(position, p.maximum_bars),
        )
        quality = part(now.close - before.top, now.atr, 0.0)  # 0 to 1: how good an instance of its kind
        return conclude(required, confirming, exits, quality, below(now.close, p.stop_atr * now.atr), 0.0)
'''

TEST = '''"""{title}, gate by gate, on values made by hand. Run it with `pytest user_strategies`."""

from pathlib import Path
from typing import Any

import pytest

from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies import registry

STRATEGY = registry.build("{name}", {{}}, Path(__file__).parents[1])
SETUP = {{
    "open": 100.0, "high": 103.0, "low": 99.5, "close": 102.5, "volume": 2_000.0, "top": 103.0, "middle": 99.0,
    "bottom": 95.0, "trend": 98.0, "rsi": 60.0, "atr": 1.5, "volume_sma": 1_000.0, "higher_average": 97.0,
    "brain_regime": 2.0, "brain_state": 2.0, "brain_edge": 0.1, "brain_edge_error": 0.1, "brain_samples": 100.0,
}}  # fmt: skip
BEFORE = {{**SETUP, "top": 102.0, "trend": 97.9}}
HELD = PositionView(10.0, 100.0, 3.0, 95.0, 0.0, 1.0)


def judge(position: PositionView = FLAT, before: dict[str, float] | None = None, **now: float) -> Signal:
    fields: Any = STRATEGY.values
    rows = fields(**{{**SETUP, **now}}), fields(**{{**BEFORE, **(before or {{}})}})
    return STRATEGY.decide(*rows, position, STRATEGY.parameters)


def failed(signal: Signal) -> set[str]:
    return {{gate.name for gate, read in zip(STRATEGY.gates, signal.gates, strict=True) if not read.passed}}


EXITS = {{"trend_lost", "held_too_long"}}


def test_a_full_setup_passes_every_gate_of_entry() -> None:
    signal = judge()

    assert failed(signal) == EXITS
    assert signal.strength >= 0.8
    assert signal.stop == 102.5 - 2.5 * 1.5


@pytest.mark.parametrize(
    ("gate", "now", "before"),
    [
        ("breakout", {{}}, {{"top": 102.5}}),
        ("trend", {{"trend": 102.5}}, {{}}),
        ("higher_trend", {{"higher_average": 102.5}}, {{}}),
        ("volume", {{"volume": 999.0}}, {{}}),
        ("momentum", {{"rsi": 50.0}}, {{}}),
        ("trend_rising", {{}}, {{"trend": 98.0}}),
    ],
)
def test_each_gate_fails_by_itself(gate: str, now: dict[str, Any], before: dict[str, Any]) -> None:
    assert failed(judge(before=before, **now)) == EXITS | {{gate}}


@pytest.mark.parametrize(
    ("reason", "position", "now"),
    [("SIGNAL", HELD, {{"trend": 103.0}}), ("TIME", HELD._replace(bars_held=50.0), {{}})],
)
def test_each_exit_ends_a_position(reason: str, position: PositionView, now: dict[str, Any]) -> None:
    assert STRATEGY.exit_reasons[judge(position, **now).exit_reason - 1] == reason
    assert judge(**now).exit_reason == 0
'''


def write(name: str) -> tuple[Path, Path]:
    """Write a strategy of this name and its test; return both files.

    Raises
    ------
    InputError
        If the name is none, or taken.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name for a strategy: small letters, digits and _, as steady_trend")
    folder = root() / "user_strategies"
    files = folder / f"{name}.py", folder / "tests" / f"test_{name}.py"
    taken = [str(path) for path in files if path.exists()]
    if name in registry.names():
        raise InputError(f"{name} is built in: choose another name")
    if taken:
        raise InputError(f"{', '.join(taken)} is there already: choose another name, or remove it first")
    title = "".join(word.capitalize() for word in name.split("_"))
    for path, text in zip(files, (STRATEGY, TEST), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(title=title, name=name), "utf-8")
    return files

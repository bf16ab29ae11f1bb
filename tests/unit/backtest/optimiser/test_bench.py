import pickle
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tradewind.backtest import layout
from tradewind.backtest.bars import bars_of
from tradewind.backtest.optimiser.bench import Bench, within
from tradewind.backtest.optimiser.figures import figures
from tradewind.backtest.optimiser.outcome import Span
from tradewind.cli.bars import load_folder
from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import read
from tradewind.cli.run.plan import for_run
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError

ROOT = Path(__file__).parents[4]
HOUR, DAY = 3_600_000, 86_400_000
SHORT = {"ema_fast": 10.0, "ema_slow": 30.0, "rsi_period": 5.0, "volume_bars": 10.0}


@cache
def bench() -> Bench:
    series = load_folder(ROOT / "tests/samples/bars")
    data = build(for_run(read(ROOT / "config/local.toml"), series, None))
    configuration = Configuration.from_json(data, "test")
    return Bench(configuration, configuration.strategies[0], bars_of(series), compiled=False)


# ── the figures, of a run made up by hand ────────────────────────────────────────────────────────────────────────


def fill(ts: int, parent: int, lots: int, ticks: int, leg: int) -> list[int]:
    return [layout.FILLED, ts, 0, parent, parent, lots, ticks, leg, 0, 0]


def run(curve: list[tuple[int, float]], fills: list[list[int]], fee_bps: int = 0) -> Any:
    instrument = SimpleNamespace(tick=Decimal(1), lot=Decimal(1))
    return SimpleNamespace(
        curve=np.array([(ts, equity, 0.0) for ts, equity in curve]),
        events=np.array(fills or np.zeros((0, layout.EVENT)), np.int64).reshape(-1, layout.EVENT),
        setup=SimpleNamespace(account=SimpleNamespace(cash=Decimal(1000), fee_bps=fee_bps), instruments=[instrument]),
    )


def test_return_drawdown_and_ratios_are_worked_out_by_hand() -> None:
    # 1000 → 1100 → 990 → 1188: +10 %, −10 %, +20 %; a tenth is lost from the peak; 18.8 % in all.
    found = figures(run([(DAY, 1100.0), (2 * DAY, 990.0), (3 * DAY, 1188.0)], []), Span(0, 3 * DAY))

    assert found.returns == pytest.approx([0.1, -0.1, 0.2])
    assert found.metrics["return"] == pytest.approx(0.188)
    assert found.metrics["max_drawdown"] == pytest.approx(0.1)
    mean, year = 0.2 / 3, 365.25
    assert found.metrics["sharpe"] == pytest.approx(mean / 0.152752523 * year**0.5)
    assert found.metrics["sortino"] == pytest.approx(mean / (0.01 / 3) ** 0.5 * year**0.5)
    assert found.metrics["cagr"] == pytest.approx(1.188 ** (year / 3) - 1)
    assert found.metrics["calmar"] == pytest.approx(found.metrics["cagr"] / 0.1)


def test_round_trips_are_joined_by_their_entry_and_carry_the_fees_of_both_sides() -> None:
    fills = [
        fill(DAY, 1, 10, 20, layout.LEG_ENTRY),
        fill(DAY + 1, 2, 5, 40, layout.LEG_ENTRY),
        fill(2 * DAY, 1, 10, 25, layout.LEG_TARGET),
        fill(3 * DAY, 2, 5, 30, layout.LEG_STOP),
    ]
    found = figures(run([(DAY - 1, 1000.0), (3 * DAY, 998.0)], fills, fee_bps=100), Span(0, 3 * DAY))

    # 200 bought and 250 sold at 1 % each: 50 − 4.5. 200 bought and 150 sold: −50 − 3.5.
    assert found.trades == pytest.approx([0.0455, -0.0535])
    assert found.metrics["round_trips"] == 2
    assert found.metrics["win_rate"] == 0.5
    assert found.metrics["profit_factor"] == pytest.approx(45.5 / 53.5)
    assert found.metrics["expectancy"] == pytest.approx(-4.0)


def test_an_entry_that_is_still_held_is_no_round_trip() -> None:
    fills = [fill(DAY, 1, 10, 20, layout.LEG_ENTRY)]

    assert figures(run([(DAY, 1000.0)], fills), Span(0, 2 * DAY)).metrics["round_trips"] == 0


def test_nothing_traded_pretends_nothing() -> None:
    metrics = figures(run([(DAY, 1000.0), (2 * DAY, 1000.0)], []), Span(0, 2 * DAY)).metrics

    assert (metrics["return"], metrics["sharpe"], metrics["max_drawdown"], metrics["calmar"]) == (0, 0, 0, 0)
    assert metrics["profit_factor"] != metrics["profit_factor"]


def test_points_before_the_span_are_warm_up() -> None:
    found = figures(run([(DAY, 900.0), (2 * DAY, 1100.0)], []), Span(2 * DAY, 3 * DAY))

    assert found.returns == pytest.approx([0.1])


# ── the engine behind it ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_engine_answers_with_figures_of_the_very_parameters() -> None:
    one, other = (bench()({**SHORT, "stop_atr": stop}, bench().span()) for stop in (1.0, 3.0))

    assert one.metrics["round_trips"] > 5
    assert one.metrics != other.metrics
    assert len(one.trades) == one.metrics["round_trips"]


def test_a_span_knows_nothing_of_what_follows_it() -> None:
    whole = bench().span()
    half = Span(whole.start, whole.start + (whole.end - whole.start) // 2)
    cut = replace(bench(), bars=within(bench().bars, half, 0))

    assert bench()(SHORT, half) == cut(SHORT, half)


def test_nothing_is_bought_before_a_span_begins() -> None:
    whole = bench().span()
    later = Span(whole.start + 300 * HOUR, whole.end)

    assert bench()(SHORT, later).metrics["round_trips"] < bench()(SHORT, whole).metrics["round_trips"]


def test_bars_before_a_span_only_warm_up() -> None:
    whole = bench().span()
    bars = within(bench().bars, Span(whole.start + 100 * HOUR, whole.start + 200 * HOUR), 30)

    assert [len(one.ts) for one in bars.columns][:2] == [130, 130]


@pytest.mark.parametrize("wrong", [{"ema_fast": 50.0, "ema_slow": 20.0}, {"stop_atr": 99.0}, {"pace": 1.0}])
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInputError):
        bench()(wrong, bench().span())


def test_it_travels_to_another_process() -> None:
    there = pickle.loads(pickle.dumps(bench()))  # noqa: S301 - our own

    assert there(SHORT, bench().span()) == bench()(SHORT, bench().span())

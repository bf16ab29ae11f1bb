"""Promise 2: the pipeline in this process, the interpreted backtest and the compiled one agree to the last digit.

`make parity` does it at length, on recorded bars; here is as much of it as can be run every time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from tests.fakes.pipeline import Result
from tests.parity.engines import ENOUGH, EXAMPLES, ROOT, Compared, alone, compared, configuration, in_process, setup_of
from tests.parity.samples import RECORDED, invented, recorded
from tradewind.backtest.engine import run
from tradewind.cli.bars import load_folder
from tradewind.domain.configuration import Configuration, Limits
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.protections import REMEMBERED, Protections
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies import registry

STRATEGIES = registry.names(EXAMPLES)
FRAMES = (Timeframe.M5, Timeframe.H1, Timeframe.D1)
STEPS = 600
TWO = ("rsi_pullback_pro", "ema_cross")

POOR = Limits(open_positions=2, instrument_exposure=Decimal("0.2"))


@cache
def samples() -> tuple[Series, ...]:
    return tuple(load_folder(ROOT / "tests" / "samples" / "bars"))


@cache
def outcomes(frame: Timeframe) -> tuple[Configuration, Sequence[Series], Result]:
    """Return one run of the pipeline in which every strategy has an account of its own."""
    series = invented(frame, STEPS)
    made = configuration(series, alone(STRATEGIES))
    return made, series, in_process(made, series)


def agreed(made: Configuration, series: Sequence[Series]) -> tuple[Result, Compared]:
    """Run the pipeline on one account, and hold both backtests to it."""
    expected = in_process(made, series)
    (found,) = compared(made, series, expected)
    assert found.differences == []
    return expected, found


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("frame", FRAMES)
def test_each_strategy_decides_orders_and_fills_alike_in_every_engine(frame: Timeframe, name: str) -> None:
    made, series, expected = outcomes(frame)
    own = replace(made, accounts=(made.account(name),))

    (found,) = compared(own, series, expected)

    assert found.differences == []
    assert found.trips >= ENOUGH, "a sample counts only with so many round trips"


def test_strategies_that_share_an_account_agree_down_to_what_the_ledger_denies() -> None:
    made = configuration(samples(), {"paper": TWO})
    made = replace(made, accounts=(replace(made.accounts[0], limits=POOR),))

    expected, found = agreed(made, samples())

    filled = Counter(order.leg for order in expected.orders if order.status is OrderStatus.FILLED)
    assert found.denied["MAX_OPEN_POSITIONS"]
    assert filled.keys() == set(Leg)
    assert filled[Leg.ENTRY] >= ENOUGH


@pytest.mark.parametrize(
    ("protections", "codes"),
    [
        (Protections(cooldown_bars=4), {"COOLDOWN"}),
        (Protections(window_bars=60, pause_bars=10, stops=1), {"STOP_GUARD"}),
        (Protections(window_bars=60, pause_bars=10, drawdown=Decimal("0.002")), {"DRAWDOWN_PAUSE"}),
        (
            Protections(2, 60, 10, low_profit_trips=1, low_profit=Decimal("0.01")),
            {"COOLDOWN", "LOW_PROFIT"},
        ),
    ],
)
def test_protections_pause_alike_in_every_engine(protections: Protections, codes: set[str]) -> None:
    made = configuration(samples(), {"paper": TWO})
    rules = tuple(replace(one, protections=protections) for one in made.strategies)
    account = replace(made.accounts[0], remembers=REMEMBERED)

    expected, _ = agreed(replace(made, strategies=rules, accounts=(account,)), samples())

    assert codes <= {one.reason.partition(":")[0] for record in expected.decisions for one in record.decisions}


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(POOR, open_positions=5, strategy_exposure=Decimal("0.25")), "MAX_STRATEGY_EXPOSURE"),
        (Limits(drawdown=Decimal("0.02")), "MAX_DRAWDOWN"),
        (Limits(order_notional=Decimal(9_000), risk_per_trade=Decimal("0.002")), "MAX_ORDER_NOTIONAL"),
        (Limits(orders_per_minute=1), "ORDER_RATE"),
    ],
)
def test_every_later_limit_denies_alike_in_every_engine(limits: Limits, code: str) -> None:
    made = configuration(samples(), {"paper": TWO})
    account = replace(made.accounts[0], limits=limits)

    _, found = agreed(replace(made, accounts=(account,)), samples())

    assert found.denied[code]


def test_nothing_trades_before_its_time_in_any_engine() -> None:
    middle = samples()[0].bars[200].ts_close

    expected, _ = agreed(configuration(samples(), {"paper": ("ema_cross",)}, trade_from=middle), samples())

    assert expected.fills
    assert min(fill.ts for fill in expected.fills) >= middle


def test_one_window_or_many_give_the_same_run() -> None:
    setup = setup_of(configuration(samples(), {"paper": TWO}), samples(), "paper")

    whole, parts = run(setup, window=100_000), run(setup, window=64)

    assert whole.digest == parts.digest
    assert (whole.events == parts.events).all()
    assert (whole.curve == parts.curve).all()
    assert (whole.account == parts.account).all()


def test_who_waits_is_told_of_every_part_that_is_compiled_and_then_of_bars() -> None:
    setup = setup_of(configuration(samples(), {"paper": TWO}), samples(), "paper")
    told = list[tuple[str, int, int]]()

    run(setup, compiled=True, window=64, told=lambda *progress: told.append(progress))

    parts = told[0][2]
    assert told[: parts + 1] == [("compiling", done, parts) for done in range(parts + 1)]
    assert parts > len(TWO)
    assert {what for what, _, _ in told[parts + 1 :]} == {"bars"}
    assert told[-1] == ("bars", len(setup.bars), len(setup.bars))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recorded bars is not beside this checkout")
@pytest.mark.parametrize("frame", [Timeframe.M5, Timeframe.H1, Timeframe.D1])
def test_recorded_bars_agree_in_every_engine(frame: Timeframe) -> None:
    series = recorded(frame, 400)

    agreed(configuration(series, {"paper": TWO}), series)

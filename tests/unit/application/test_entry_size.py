"""What a decision says of its entry's size, and which closed positions a size looks at."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import ACME, BOLT, FREE, account, bar, configuration, day, share
from tests.puppet import at_work
from tests.unit.application.desk_scene import NOW, Scene, intents, only, quiet
from tests.unit.application.test_desk_allotting import bracketed
from tradewind.application.desk import AtWork
from tradewind.application.entry_size import by_regime, in_order
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Gates
from tradewind.domain.ledger import Account, Closed
from tradewind.domain.order import Leg
from tradewind.domain.signal import FLAT, GateReading, Signal
from tradewind.domain.sizing import Method, Sizing
from tradewind.indicators.regime import BEAR, REGIMES
from tradewind.strategies import registry
from tradewind.strategies.base import Gate, GateKind

AMPLE = replace(FREE, remembers=40, limits=replace(FREE.limits, instrument_exposure=Decimal(1)))
"""2 % of 100,000 over the puppet's 5 to its stop buys 400 shares at 100; nothing else is in the way."""

KELLY = Sizing(Method.KELLY, kelly_trips=4, kelly_window=4, kelly_fraction=0.1)


def sized(sizing: Sizing, readings: dict[str, float] | None = None) -> AtWork:
    """Return the puppet with its size said, and with readings behind its own gates."""
    one, more = at_work(gates=Gates(0.6, 0, sizing=sizing)), readings or {}
    decide = one.strategy.decide

    def judge(*given: Any) -> Signal:
        said = decide(*given)
        return said._replace(gates=said.gates + tuple(GateReading(value, 0.0, True) for value in more.values()))

    gates = (*one.strategy.gates, *(Gate(name, "=", GateKind.RECORDED) for name in more))
    return replace(one, strategy=replace(one.strategy, decide=judge, gates=gates))


def past(*results: int, strategy: str = "dipper") -> Account:
    """Return an account whose positions of 1,000 each came to these results, the latest one last."""
    closed = (
        Closed(day(n + 1 - len(results)), ACME, strategy, Leg.EXIT, Decimal(result), Decimal(1_000), Decimal(100_000))
        for n, result in enumerate(results)
    )
    return account(closed=tuple(closed))


def decided(one: AtWork, owner: Account | None = None, **scene: Any) -> tuple[Decimal, str]:
    """Return what was bought, and what the decision says of it."""
    result = Scene({ACME: quiet(0.8)}, rules=AMPLE, at_work=[one], account=owner, **scene).decide()
    return next((one.quantity for one in intents(result)), Decimal(0)), only(result).reason


def test_a_plain_size_needs_no_words() -> None:
    assert decided(sized(Sizing()), past(-1, -1, -1)) == (Decimal(400), "ENTRY")


def test_kelly_says_what_it_saw_and_takes_its_part() -> None:
    """Two of four won 6 % where the losers lost 3 %: a full bet of a quarter, of which a twentieth is 1.25 %."""
    owner, thin = past(-30, 60, -30, 60), replace(KELLY, kelly_fraction=0.05)

    result = Scene({ACME: quiet(0.8)}, rules=AMPLE, at_work=[sized(thin)], account=owner).decide()

    assert intents(result)[0].quantity == Decimal(250)
    assert only(result).reason == "ENTRY: Kelly 0.25 × 0.05: 2 of 4 won, payoff 2; risk 1.25 %"
    assert only(result).value == pytest.approx(0.0125)
    assert only(result).limit == 0.02


def test_kelly_waits_for_its_positions_and_counts_no_other_strategys() -> None:
    assert decided(sized(KELLY), past(-30, 60, -30)) == (
        Decimal(400),
        "ENTRY: Kelly waits: 3 of 4 closed positions; risk 2 %",
    )
    assert "Kelly waits: 0 of 4" in decided(sized(KELLY), past(-30, 60, -30, 60, strategy="second"))[1]


def test_only_the_last_positions_of_the_window_count() -> None:
    assert "0 of 4 won" in decided(sized(KELLY), past(900, 900, -30, -30, -30, -30))[1]


def test_volatility_spreads_the_risk_over_what_the_market_moves() -> None:
    """The stop is 5 away: ranges of 8 buy 2,000 / 8, ranges of 4 leave it at 2,000 / 5."""
    wide, narrow = (sized(Sizing(Method.VOLATILITY), {"atr_span": span}) for span in (8.0, 4.0))

    assert decided(wide) == (Decimal(250), "ENTRY: 2 ATR(14) = 8, stop at 95; risk 2 %")
    assert decided(narrow)[0] == Decimal(400)


def test_a_regime_scales_the_risk_and_at_nothing_denies_and_says_so() -> None:
    half, none = (
        sized(Sizing(regimes=(("BEAR", by), ("BULL", 0.1))), {"regime": BEAR, "other": 2.0}) for by in (0.5, 0.0)
    )

    assert decided(half) == (Decimal(200), "ENTRY: BEAR × 0.5; risk 1 %")
    assert decided(none) == (
        Decimal(0),
        "SIZE_TOO_SMALL: the risk allows less than one lot; BEAR × 0; risk 0 %",
    )


def test_losses_in_a_row_halve_the_risk_and_the_next_win_ends_it() -> None:
    slow = Sizing(recent_trips=3, recent_streak=2)

    assert decided(sized(slow), past(90, -30, -30)) == (
        Decimal(200),
        "ENTRY: last 3: +3 %, 2 lost in a row × 0.5; risk 1 %",
    )
    assert decided(sized(slow), past(-30, -30, 90))[0] == Decimal(400)


def test_what_this_very_bar_stops_counts_at_once() -> None:
    falling, slow = bar(NOW, 100, 101, 93, 100, 900), Sizing(recent_trips=1)

    def bought(sizing: Sizing, at: Bar) -> Decimal:
        scene = Scene({ACME: at}, books=[bracketed()], rules=AMPLE, at_work=[sized(sizing)])
        return next(one.quantity for one in intents(scene.decide()) if one.leg is Leg.ENTRY)

    assert bought(slow, falling) * 2 <= bought(Sizing(), falling) <= bought(slow, falling) * 2 + 1


def test_what_one_bar_closed_lies_in_the_order_of_instruments_however_it_was_booked() -> None:
    made = configuration([share("BOLT.TEST"), share("ACME.TEST")])
    late, first, second = (
        Closed(ts, name, "dipper", Leg.STOP, Decimal(0), Decimal(1), Decimal(1))
        for ts, name in ((2, BOLT), (1, BOLT), (1, ACME))
    )

    assert in_order([late, second, first], made) == [first, second, late]


def test_every_regime_has_its_multiplier() -> None:
    assert dict(zip(REGIMES, by_regime(Sizing(regimes=(("BEAR", 0.5),))), strict=True)) == {
        "UNKNOWN": 1.0, "QUIET": 1.0, "BULL": 1.0, "BEAR": 0.5, "TURBULENT": 1.0,
    }  # fmt: skip


def test_by_volatility_every_decision_tells_wilders_range_times_its_multiple() -> None:
    """Wilder (1978), section III: bars that all reach from 99 to 101 around a close of 100 have a range of 2."""
    sizing = Sizing(Method.VOLATILITY, atr_bars=5, atr_multiple=3.0)
    strategy = registry.build("rsi_pullback_pro", {}, None, Gates(sizing=sizing))
    state = strategy.new_state()

    for number in range(1, 300):
        strategy.advance(state, bar(number, 100, 101, 99, 100))

    reading = strategy.signal(state, FLAT).gates[-1]
    assert strategy.gates[-1].name == "atr_span"
    assert reading.value == pytest.approx(6.0)
    assert [gate.name for gate in registry.build("rsi_pullback_pro", {}).gates] == [
        gate.name for gate in strategy.gates[:-1]
    ]


def test_a_state_of_another_range_is_no_state_to_go_on_from() -> None:
    """What a checkpoint is known by is made of the parameters: both of them must be in there."""
    ranges = [Sizing(Method.VOLATILITY, bars, multiple) for bars, multiple in ((5, 3.0), (6, 3.0), (5, 4.0))]

    built = [registry.build("rsi_pullback_pro", {}, None, Gates(sizing=one)) for one in ranges]

    assert len({repr(one.parameters) for one in built}) == 3

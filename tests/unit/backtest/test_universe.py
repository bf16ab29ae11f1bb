"""A backtest sees the universe of each day: who does not belong takes no new risk, alike in every engine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.builders import ACME, BOLT, COSTLY, configuration, day, share
from tests.parity.engines import ROOT
from tests.puppet import LEAVE, at_work
from tests.unit.backtest.test_called import assert_same, setup_of
from tradewind.backtest.bars import bars_of
from tradewind.backtest.engine import Run, called, run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import Extras, Setup, prepare
from tradewind.backtest.trace import trace
from tradewind.cli.bars import load_folder
from tradewind.domain.bar import Bar
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.membership import MADE, Belonging, UniverseHistory
from tradewind.domain.order import Leg
from tradewind.domain.series import Series
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

ENTER = 900.0
HOUR = 60 * MINUTE


def belonging(days: dict[int, Sequence[str]]) -> Belonging:
    members = tuple(frozenset(map(InstrumentId, some)) for some in days.values())
    return Belonging.of(UniverseHistory("mine", tuple(days), members))


def series(name: str, volumes: Sequence[float], price: float = 100.0) -> Series:
    """Return daily bars of days 1, 2, … whose volumes tell the puppet what to do."""
    bars = [Bar(day(n - 1), day(n), price, price * 1.01, price * 0.99, price, v) for n, v in enumerate(volumes, 1)]
    return Series(share(name), Timeframe.D1, bars)


def told(every: Sequence[Series], universe: Belonging | None) -> Setup:
    made = replace(configuration([one.instrument for one in every], COSTLY), strategies=())
    return prepare(made, [at_work()], bars_of(every), universe=universe)


def said(setup: Setup, name: str) -> dict[int, str]:
    """Return what was decided by day."""
    return {one.ts // DAY: f"{one.action} {one.reason}" for one in trace(setup)[1] if one.instrument == name}


def entered(fills: Sequence[Fill], name: str) -> list[int]:
    return [fill.ts // DAY for fill in fills if fill.leg is Leg.ENTRY and fill.instrument == name]


def test_who_does_not_belong_takes_no_new_risk_and_leaves_what_it_holds() -> None:
    """ACME belongs on days 4 to 6: a daily bar is the day's that it opened on, and closes on the next."""
    acme = series(ACME, [ENTER, ENTER, ENTER, ENTER, 1.0, ENTER, 1.0, LEAVE, 1.0, ENTER])

    decided = said(told([acme], belonging({2: [BOLT], 4: [ACME], 7: [BOLT]})), ACME)

    assert decided[4] == "HOLD NOT_A_MEMBER"
    assert decided[5].startswith("HOLD SIGNAL_STRENGTH")
    assert decided[6] == "ENTER ENTRY"
    assert decided[7] == "HOLD IN_POSITION"
    assert decided[8].startswith("EXIT")
    assert {decided[3], decided[10]} == {"HOLD NOT_A_MEMBER"}


def test_a_days_membership_counts_once_it_can_be_known() -> None:
    made = belonging({10: [ACME]})
    bars = [Bar(ts - MINUTE, ts, 100.0, 101.0, 99.0, 100.0, 1.0) for ts in (10 * DAY, 10 * DAY + MADE)]
    bars += [Bar(10 * DAY + MADE, 10 * DAY + MADE + MINUTE, 100.0, 101.0, 99.0, 100.0, 1.0)]

    setup = told([replace(series(ACME, []), timeframe=Timeframe.M1, bars=[*bars])], made)

    reasons = [one.reason for one in trace(setup)[1]]
    assert reasons == ["WARMING_UP", "NOT_A_MEMBER", "SIGNAL_STRENGTH"]


def test_of_other_venues_a_universe_says_nothing_and_of_its_own_all() -> None:
    abroad, stranger = series("ABROAD.ELSEWHERE", [ENTER] * 5), series(BOLT, [ENTER] * 5)
    setup = told([stranger, abroad], belonging({0: [ACME]}))

    assert "ENTER ENTRY" in said(setup, "ABROAD.ELSEWHERE").values()
    assert set(said(setup, BOLT).values()) == {"HOLD WARMING_UP", "HOLD NOT_A_MEMBER"}


def coming_and_going(every: Sequence[Series]) -> Belonging:
    """Return a universe that the first belongs to, the last never, and the others each by a rhythm of its own."""
    first, last = every[0].bars[0].ts_open // DAY, max(one.bars[-1].ts_close for one in every) // DAY
    always, *others = (one.instrument.id for one in every[:-1])
    return belonging(
        {
            number: [always, *(name for place, name in enumerate(others) if number // (2 + place) % 3)]
            for number in range(first + 3, last)
        }
    )


def listed() -> list[Series]:
    """Return five instruments."""
    return load_folder(ROOT / "tests/samples/bars")


@pytest.mark.parametrize("close_delisted", [False, True])
def test_members_that_come_and_go_and_a_delisted_one_are_alike_in_every_engine(close_delisted: bool) -> None:
    every = listed()
    universe, names = coming_and_going(every), ("rsi_pullback_pro", "dca_ladder", "swing_trader")
    held = Outcome(run(replace(setup_of(every, *names), universe=universe))).fills
    last = max(one.ts for one in held if one.leg is Leg.ENTRY and one.instrument == every[0].instrument.id)
    every[0] = replace(every[0], bars=[bar for bar in every[0].bars if bar.ts_open <= last])  # struck off while held
    setup = replace(setup_of(every, *names), universe=universe, extras=Extras(close_delisted=close_delisted))

    expected = run(setup, window=500)

    assert_same(run(setup, window=100_000), expected)
    assert_same(run(setup, compiled=True, window=700), expected)
    assert_same(called(setup, window=300), expected)
    outcome = Outcome(expected)
    assert len({one.instrument for one in outcome.fills}) == len(every) - 1
    assert any(one.reason == "DELISTED" for one in outcome.orders) == close_delisted
    kept = said_of(setup)
    assert kept["HOLD NOT_A_MEMBER"] > 100
    assert any(reason.startswith("EXIT") for reason in kept)


def said_of(setup: Setup) -> Counter[str]:
    return Counter(f"{one.action} {one.reason}" for one in trace(setup)[1])


def test_one_instrument_alone_is_passed_by_no_further_than_it_belongs() -> None:
    """One instrument and one strategy take a way of their own through many bars at once."""
    only = listed()[1:2]
    for name in ("rsi_pullback_pro", "dca_ladder"):
        setup = replace(setup_of(only, name), universe=every_third_day(only[0]))

        expected = run(setup, window=100)

        for fill in Outcome(expected).fills:
            if fill.leg is Leg.ENTRY:
                held = setup.universe.history.at(fill.ts) if setup.universe else None
                assert held, "decided at the close of the bar before its fill's"
        assert Outcome(expected).fills
        assert_same(run(setup, compiled=True, window=90), expected)
        assert_same(called(setup, window=1_000), expected)


def every_third_day(one: Series) -> Belonging:
    first, last = one.bars[0].ts_open // DAY, one.bars[-1].ts_close // DAY
    return belonging({number: [] if number % 3 == 0 else [one.instrument.id] for number in range(first, last + 1)})


def test_a_ladder_does_not_add_to_what_belongs_no_longer() -> None:
    one = listed()[1]
    setup = setup_of([one], "dca_ladder")
    fills = [fill for fill in Outcome(run(setup)).fills if fill.leg is Leg.ENTRY]
    begun = {fill.order_id: fill.ts // DAY for fill in fills}
    leaves = next(fill.ts // DAY for fill in fills if fill.ts // DAY > begun[fill.parent])
    setup = replace(setup, universe=belonging({0: [one.instrument.id], leaves: []}))

    found = Outcome(run(setup))

    after = [fill.leg for fill in found.fills if fill.ts > leaves * DAY + MADE + HOUR]
    assert after
    assert Leg.ENTRY not in after
    assert "HOLD NOT_A_MEMBER" in said_of(setup)


def test_a_universe_that_everybody_always_belongs_to_changes_nothing() -> None:
    every = listed()
    setup = setup_of(every, "rsi_pullback_pro", "dca_ladder")
    everybody = belonging({0: [one.instrument.id for one in every]})

    free, bound = run(setup), run(replace(setup, universe=everybody))

    assert_same(bound, free)


def test_who_never_belongs_is_to_the_others_as_if_it_were_not_there() -> None:
    every, names = listed(), ("rsi_pullback_pro", "swing_trader")
    others = belonging({0: [one.instrument.id for one in every[1:]]})

    beside = Outcome(run(replace(setup_of(every, *names), universe=others)))
    without = Outcome(run(setup_of(every[1:], *names)))

    assert without.fills
    assert beside.fills == without.fills
    assert beside.orders == without.orders


def test_todays_list_flatters_what_the_list_of_each_day_shows() -> None:
    """ACME crashed and was struck off; BOLT rose and was let in for that: who sees today's list never held ACME."""
    acme, bolt = walked(ACME, 0.97, 12), walked(BOLT, 1.03, 24)

    today = run(told([acme, bolt], belonging({0: [BOLT]})))
    as_it_was = run(told([acme, bolt], belonging({0: [ACME], 12: [BOLT]})))

    assert equity(as_it_was) < equity(today)
    assert entered(Outcome(today).fills, ACME) == []
    assert sum(fill.realised for fill in Outcome(as_it_was).fills if fill.instrument == ACME) < 0
    assert min(entered(Outcome(as_it_was).fills, BOLT)) >= 12


def walked(name: str, step: float, count: int) -> Series:
    """Return daily bars whose price moves by the same step each day, and on each of which the puppet asks to enter."""
    closes = [round(100.0 * step**number, 2) for number in range(count + 1)]
    bars = [
        Bar(day(n - 1), day(n), open_, max(open_, close), min(open_, close), close, ENTER)
        for n, (open_, close) in enumerate(pairwise(closes), 1)
    ]
    return Series(share(name), Timeframe.D1, bars)


def equity(found: Run) -> float:
    return float(found.curve[-1][1])

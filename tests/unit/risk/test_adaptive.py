"""What an entry may risk: Kelly's bet worked by hand, what slows a strategy down, and never more than was said."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import FREE
from tradewind.application.entry_size import plan_of
from tradewind.domain.configuration import Gates
from tradewind.domain.sizing import Method, Sizing
from tradewind.risk.adaptive import EVEN, Plan, Track, base_risk, capped, full_bet, lately, longer, payoff
from tradewind.risk.position_size import FORGIVEN, HELD_FREE, Terms, entry_lots

NOTHING = Track(0, 0, 0, 0.0, 0.0, 0)
KELLY = Sizing(Method.KELLY, kelly_fraction=0.25, kelly_trips=4, kelly_window=10, kelly_least=0.1)

results = st.lists(st.floats(-0.5, 0.5), max_size=40)
sizings = st.builds(
    Sizing,
    method=st.sampled_from(Method),
    kelly_fraction=st.floats(0.01, 1.0),
    kelly_trips=st.integers(5, 20),
    kelly_least=st.floats(0.0, 1.0),
    recent_trips=st.integers(0, 40),
    recent_streak=st.integers(0, 40),
    recent_multiplier=st.floats(0.05, 1.0),
)


def track(*gains: float) -> Track:
    """Return the track of positions that had each cost 100, the latest one first."""
    made = NOTHING
    for gain in gains:
        made = longer(made, 100 * gain, 100.0, 0.0)
    return made


def plan(sizing: Sizing, size_multiplier: float = 1.0) -> Plan:
    """Return the plan of an account that risks 2 % a trade."""
    return plan_of(FREE, Gates(size_multiplier=size_multiplier, sizing=sizing))


def test_kellys_bet_on_three_to_two_at_even_odds_is_a_fifth() -> None:
    """Kelly (1956): at even odds and chances of 0.6 the full bet is q - p = 0.6 - 0.4."""
    even = track(0.1, -0.1, 0.1, -0.1, 0.1)

    assert payoff(even) == pytest.approx(1.0)
    assert full_bet(even) == pytest.approx(0.2)


def test_kellys_bet_at_two_to_one_is_what_thorp_has() -> None:
    """Thorp (2006), section 3: f = (b p - q) / b; with p = 0.5 and b = 2 it is a quarter."""
    assert full_bet(track(0.08, -0.04, 0.08, -0.04)) == pytest.approx(0.25)
    assert full_bet(track(0.06, -0.02, -0.02)) == pytest.approx(1 / 3 - 2 / 3 / 3)


def test_who_never_won_has_no_edge_and_who_never_lost_is_as_sure_as_can_be() -> None:
    assert (full_bet(NOTHING), full_bet(track(-0.1)), full_bet(track(0.1))) == (0.0, -1.0, 1.0)


def test_kelly_waits_for_enough_positions_and_then_takes_its_part_up_to_the_plain_risk() -> None:
    sure, thin = track(0.1, 0.1, 0.1, -0.1), track(0.1, -0.1, 0.101, -0.1)

    assert base_risk(plan(KELLY), track(0.1, 0.1, -0.1)) == 0.02
    assert base_risk(plan(KELLY), sure) == 0.02  # a quarter of a half would be 12.5 %
    assert base_risk(plan(replace(KELLY, kelly_fraction=1.0)), thin) == pytest.approx(0.5 - 0.5 / 1.005, rel=1e-9)


def test_without_an_edge_kelly_goes_on_with_its_least_so_that_it_can_prove_itself_again() -> None:
    bad = track(-0.1, -0.1, 0.05, -0.1)

    assert base_risk(plan(KELLY), bad) == pytest.approx(0.002)
    assert base_risk(plan(replace(KELLY, kelly_least=0.0)), bad) == 0.0


def test_losses_in_a_row_are_counted_from_the_latest_back() -> None:
    assert track(-0.1, -0.1, 0.1, -0.1).losing == 2
    assert track(0.1, -0.1, -0.1).losing == 0
    assert track(EVEN / 2, -0.1).losing == 0, "what is neither won nor lost ends a row too"


def test_a_position_won_what_it_realised_less_what_its_entry_paid() -> None:
    """Realised is after the exit's fee; of 1 % on 100 a fee of 0.4 % on the entry leaves 0.6 %, and of 0.3 % a loss."""
    won, lost = (longer(NOTHING, realised, 100.0, 0.004) for realised in (1.0, 0.3))

    assert won.won == pytest.approx(0.006)
    assert lost.lost == pytest.approx(0.001)
    assert (won.wins, lost.losses, lost.losing) == (1, 1, 1)


def test_a_streak_or_a_loss_in_all_slows_down_until_it_is_over() -> None:
    slow = plan(Sizing(recent_trips=4, recent_streak=2, recent_multiplier=0.5))

    assert lately(slow, track(-0.1, -0.1)) == 0.5
    assert lately(slow, track(0.01, -0.1, -0.1)) == 1.0, "fewer than four have been left, and the row has ended"
    assert lately(slow, track(0.01, -0.1, -0.1, 0.1)) == 0.5, "the four lost together"
    assert lately(slow, track(0.3, 0.01, -0.1, -0.1)) == 1.0
    assert lately(plan(Sizing()), track(-0.1, -0.1, -0.1)) == 1.0


@given(results, sizings, st.floats(0, 2), st.floats(0.1, 3))
def test_nothing_that_adapts_goes_beyond_the_accounts_risk_per_trade(
    gains: list[float], sizing: Sizing, regime: float, size_multiplier: float
) -> None:
    made, seen = plan(sizing, size_multiplier), track(*gains)

    risk = capped(made, base_risk(made, seen), regime * lately(made, seen))

    assert 0.0 <= risk <= 0.02 * max(1.0, size_multiplier)


@given(st.floats(0.0, 0.02), st.floats(0.01, 1_000), st.floats(0.5, 0.999), st.floats(0, 2_000), st.floats(1e3, 1e9))
def test_a_size_by_volatility_neither_risks_nor_ties_up_more_than_asked(
    risk: float, entry: float, stop_share: float, span: float, equity: float
) -> None:
    """Wilder's range (1978) only ever makes a position smaller: its stop may be far, and never counts as nearer."""
    stop, terms = entry * stop_share, Terms(risk, 0.25, 0.001, span)

    size = entry_lots(equity, equity, entry, entry * 1.05, stop, 1e-8, 0.0, terms) * 1e-8

    assert size * max(span, entry - stop) <= equity * risk * (1 + 2 * FORGIVEN)
    assert size * entry * 1.05 * 1.001 <= equity * 0.25 * (1 - HELD_FREE + 2 * FORGIVEN)


def test_wider_ranges_make_smaller_positions() -> None:
    """2 % of 100,000 over a range of 2, 4 and 8 buys 1,000, 500 and 250; the stop, 4 away, allows no more than 500."""
    sizes = [
        entry_lots(1e5, 1e9, 100.0, 100.0, 96.0, 1.0, 0.0, Terms(0.02, 1.0, 0.0, span)) for span in (2.0, 4.0, 8.0)
    ]

    assert sizes == [500, 500, 250]
    assert all(more >= less for more, less in pairwise(sizes))


def test_a_plain_risk_is_what_it_always_was() -> None:
    rules = replace(FREE, limits=replace(FREE.limits, risk_per_trade=Decimal("0.005")))

    made = plan_of(rules, Gates(size_multiplier=0.7))

    assert capped(made, base_risk(made, NOTHING), 1.0) == 0.005 * 0.7

"""Sizes: never more at risk or tied up than asked, no lot less than allowed, and none that hangs on a rounding."""

from math import nextafter

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tradewind.backtest.compiler import compiled
from tradewind.risk.position_size import FORGIVEN, HELD_FREE, Terms, entry_lots, whole_lots

TERMS = Terms(risk_fraction=0.02, exposure_fraction=0.25, fee=0.001)
FREE = Terms(1.0, 1.0, 0.0)
PLENTY = 1e17
"""Equity that no limit of a test comes near."""

counts = st.integers(1, 9_000_000)
lots = st.sampled_from([1.0, 100.0, 0.01, 0.001, 1e-8])
WORD = 10**18
"""Lots beyond which nobody is sized, since they would not fit into 64 bits."""

prices = st.floats(0.01, 100_000)
differences = st.floats(-1e-9, 1e-9)


def by_risk(equity: float, entry: float, stop: float, lot: float) -> int:
    """Size where only the risk decides."""
    return entry_lots(equity, PLENTY, entry, entry, stop, lot, 0.0, FREE)


@given(st.floats(1, 1e9), prices, st.floats(0.5, 0.9999), st.floats(0, 0.1), lots)
def test_a_size_never_risks_or_ties_up_more_than_asked(
    equity: float, entry: float, stop_share: float, collar: float, lot: float
) -> None:
    worst, stop = entry * (1 + collar), entry * stop_share

    size = entry_lots(equity, equity, entry, worst, stop, lot, 0.0, TERMS)

    assert size * lot * (entry - stop) <= equity * 0.02 * (1 + 2 * FORGIVEN)
    assert size * lot * worst * 1.001 <= equity * 0.25 * (1 - HELD_FREE + 2 * FORGIVEN)


@given(st.floats(1, 1e9), prices, st.floats(0.5, 0.9999), lots)
@example(732_422_682.0, 0.01171875, 0.5, 1e-8)
def test_one_step_more_would_be_too_much(equity: float, entry: float, stop_share: float, lot: float) -> None:
    stop = entry * stop_share

    size = entry_lots(equity, equity, entry, entry, stop, lot, 0.0, TERMS)

    assert size <= WORD
    assume(size < WORD)
    more = max(size + 1, size * (1 + 1.1e-6))  # beyond ten million lots steps are ten, a hundred, … lots
    risked, tied = more * lot * (entry - stop), more * lot * entry * 1.001
    assert risked >= equity * 0.02 * (1 - 1e-9) or tied >= equity * 0.25 * (1 - 3e-8)


@given(counts, st.integers(1, 1_000), lots, differences)
def test_a_difference_of_a_billionth_moves_no_lot_at_the_edge_of_one(
    count: int, distance: int, lot: float, difference: float
) -> None:
    entry, stop = 2_000.0, 2_000.0 - distance
    edge = count * lot * distance

    assert by_risk(edge * (1 + difference), entry, stop, lot) == by_risk(edge, entry, stop, lot) == count


@given(counts, st.integers(1, 1_000), lots)
def test_production_and_backtest_size_alike_at_the_edge_of_a_lot(count: int, distance: int, lot: float) -> None:
    fast = compiled(entry_lots, within=False)
    entry, stop = 2_000.0, 2_000.0 - distance
    edge = count * lot * distance
    for equity in (edge, nextafter(edge, 0.0), nextafter(edge, 1e18), edge * (1 - 1e-12), edge * (1 + 1e-12)):
        asked = (equity, PLENTY, entry, entry, stop, lot, 0.0, FREE)
        assert fast(*asked) == entry_lots(*asked) == count


@given(st.integers(1, 1_000), st.integers(1, 1_000))
def test_a_cent_less_than_a_whole_lot_buys_one_less(count: int, distance: int) -> None:
    assert by_risk(count * distance - 0.01, 2_000.0, 2_000.0 - distance, 1.0) == count - 1


@given(st.floats(1e7, 1e18))
def test_a_size_has_no_more_than_eight_digits(size: float) -> None:
    digits = str(whole_lots(size)).rstrip("0")

    assert len(digits) <= 8
    assert whole_lots(size) == pytest.approx(size, rel=1e-6)


@pytest.mark.parametrize("stop", [0.0, -1.0, 100.0, 101.0, float("nan")])
def test_nothing_is_sized_without_a_stop_below_the_price(stop: float) -> None:
    assert entry_lots(100_000.0, 100_000.0, 100.0, 105.0, stop, 1.0, 0.0, TERMS) == 0


@pytest.mark.parametrize("size", [0.0, -3.0, float("nan"), 0.999])
def test_less_than_a_lot_is_none(size: float) -> None:
    assert whole_lots(size) == 0


@given(st.floats(1, 1e6), st.floats(10, 1e5))
def test_a_size_whose_stop_is_below_the_venue_s_smallest_order_is_none(equity: float, least: float) -> None:
    size = entry_lots(equity, equity, 10.0, 10.0, 9.0, 0.001, least, TERMS)
    free = entry_lots(equity, equity, 10.0, 10.0, 9.0, 0.001, 0.0, TERMS)
    assume(free)

    assert size in {0, free}
    assert (size == 0) == (free * 0.001 * 9.0 * (1 + FORGIVEN) < least)


def test_a_size_without_end_ends_somewhere() -> None:
    assert whole_lots(float("inf")) == 10**18

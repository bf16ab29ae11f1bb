"""Hand-computed: two shares bought at 100 and sold at 110 gain 20 less fees."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, BOLT, PAPER, STRATEGY, day
from tradewind.cli.report.performance import (
    EquityPoint,
    deepest,
    equity_curve,
    exposure_share,
    record,
    round_trips,
    step_of,
)
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Side
from tradewind.domain.timeframe import DAY

D = Decimal


def fill(
    parent: str,
    leg: Leg,
    ts: int,
    price: str,
    quantity: str = "2",
    fee: str = "1",
    realised: str = "-1",
    instrument: InstrumentId = ACME,
) -> Fill:
    return Fill(
        trade_id=f"{parent}-{leg}-{ts}",
        order_id=IntentId(f"{parent}-{leg}"),
        account=PAPER,
        instrument=instrument,
        strategy=STRATEGY,
        leg=leg,
        side=Side.BUY if leg is Leg.ENTRY else Side.SELL,
        quantity=D(quantity),
        price=D(price),
        fee=D(fee),
        realised=D(realised),
        ts=ts,
        parent=IntentId(parent),
        reason=str(leg),
    )


WON = (fill("a", Leg.ENTRY, day(1), "100"), fill("a", Leg.TARGET, day(4), "110", realised="19"))
LOST = (
    fill("b", Leg.ENTRY, day(2), "50", instrument=BOLT),
    fill("b", Leg.STOP, day(3), "45", realised="-11", instrument=BOLT),
)
OPEN = (fill("c", Leg.ENTRY, day(4), "100"),)


def test_a_round_trip_joins_entry_and_exit_and_pays_the_fees_of_both() -> None:
    lost, won = round_trips([*WON, *LOST, *OPEN])

    assert (won.instrument, won.quantity, won.entry, won.exit) == (ACME, D(2), D(100), D(110))
    assert (won.opened, won.closed, won.leg) == (day(1), day(4), Leg.TARGET)
    assert (won.fees, won.pnl, won.change) == (D(2), D(18), D("0.09"))
    assert (lost.pnl, lost.leg) == (D(-12), Leg.STOP)


def test_a_position_sold_in_parts_is_one_round_trip_at_average_prices() -> None:
    parts = [
        fill("a", Leg.ENTRY, day(1), "100", quantity="3"),
        fill("a", Leg.EXIT, day(2), "110", quantity="1", realised="9"),
        fill("a", Leg.EXIT, day(3), "104", quantity="2", realised="7"),
    ]

    assert round_trips(parts[:2]) == []
    (trip,) = round_trips(parts)
    assert (trip.exit, trip.pnl, trip.closed) == (D(106), D(15), day(3))


def test_the_record_counts_wins_and_losses() -> None:
    counted = record(round_trips([*WON, *LOST, *OPEN]))

    assert (counted.trips, counted.wins, counted.losses) == (2, 1, 1)
    assert (counted.win_rate, counted.profit_factor) == (D("0.5"), D("1.5"))
    assert (counted.average, counted.average_win, counted.average_loss) == (D(3), D(18), D(-12))
    assert (counted.best, counted.worst) == (D(18), D(-12))


def test_no_round_trips_have_no_rates_rather_than_false_ones() -> None:
    empty = record([])

    assert (empty.trips, empty.win_rate, empty.profit_factor, empty.average, empty.best) == (0, None, None, None, None)


def test_the_curve_is_cash_and_what_is_held_at_its_last_mark() -> None:
    by_step = {day(1): [WON[0]], day(2): [LOST[0]], day(3): [LOST[1]], day(4): [WON[1]]}
    marks = [(day(1), {ACME: D(101)}), (day(2), {BOLT: D(49)}), (day(3), {ACME: D(90)}), (day(4), {ACME: D(111)})]

    curve = equity_curve(D(1000), by_step, marks)

    # 1000 − 200 − 1; − 100 − 1; + 90 − 1; + 220 − 1
    assert [point.cash for point in curve] == [D(799), D(698), D(787), D(1006)]
    assert [point.held for point in curve] == [D(202), D(300), D(180), D(0)]
    assert curve[-1].equity == D(1000) + sum(trip.pnl for trip in round_trips([*WON, *LOST]))


STEPS = [day(1), day(2), day(3)]


def test_market_orders_fill_in_the_bar_that_opens_then_and_stops_in_the_one_that_closes() -> None:
    assert step_of(WON[0], STEPS, rested=False) == day(2)
    assert step_of(LOST[1], STEPS, rested=False) == day(3)


def test_an_entry_that_waited_for_its_price_counts_in_the_bar_that_reached_it() -> None:
    assert step_of(WON[0], STEPS, rested=True) == day(1)


def test_a_fill_between_two_closes_counts_at_the_next_and_one_after_all_of_them_at_the_last() -> None:
    noon = day(1) + DAY // 2

    assert step_of(fill("w", Leg.ENTRY, noon, "100"), STEPS, rested=False) == day(2)
    assert step_of(fill("w", Leg.STOP, noon, "100"), STEPS, rested=False) == day(2)
    assert step_of(fill("w", Leg.ENTRY, day(9), "100"), STEPS, rested=False) == day(3)


def points(*equity: int) -> list[EquityPoint]:
    return [EquityPoint(number, D(value), D(0)) for number, value in enumerate(equity)]


def test_the_deepest_drawdown_is_by_fraction_from_the_peak_before_it() -> None:
    fall = deepest(points(100, 120, 90, 200, 160, 210))

    assert (fall.amount, fall.fraction, fall.peak_ts, fall.trough_ts) == (D(30), D("0.25"), 1, 2)


def test_what_only_rises_has_no_drawdown() -> None:
    assert deepest(points(1, 2, 3)).amount == 0
    assert deepest([]).fraction == 0


def test_time_in_market_is_the_share_of_steps_with_anything_held() -> None:
    held = [
        EquityPoint(1, D(1), D(0)),
        EquityPoint(2, D(1), D(5)),
        EquityPoint(3, D(1), D(5)),
        EquityPoint(4, D(1), D(0)),
    ]

    assert exposure_share(held) == D("0.5")


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=60))
def test_no_fall_between_two_moments_is_deeper_than_the_deepest(values: list[int]) -> None:
    worst = max((D(a - b) / a for i, a in enumerate(values) for b in values[i:] if a > b), default=D(0))

    assert deepest(points(*values)).fraction == worst

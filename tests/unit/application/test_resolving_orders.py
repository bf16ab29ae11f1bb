"""What became of orders that nobody has heard of, of bars that the book has not seen, and of ladders."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import (
    BOLT,
    FREE,
    PAPER,
    SHARE,
    bar,
    day,
    entry,
    flat_bar,
    intent,
    order_id,
)
from tests.fakes.world import FakeVenue
from tests.unit.application.executing import BUY, RESOLVE, SELL, World, in_position
from tradewind.application.ports import Absent, ExecutionVenue, Reported, VenueAnswer
from tradewind.domain.configuration import Limits
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import Leg, Order, OrderIntent, OrderStatus
from tradewind.domain.timeframe import DAY

# ── bars that the book has not seen ──────────────────────────────────────────────────────────────────────────────


def test_bars_up_to_the_decision_are_applied_before_it() -> None:
    """The message of bar 3 was lost: its stop took the position out, and the exit finds nothing to close."""
    stop = entry(leg=Leg.STOP, id=order_id(Leg.STOP), price=Decimal("95.00"), created=day(2), reserved=Decimal(0))
    world = in_position(orders=(stop,))
    world.history = [bar(3, 100, 101, 94, 96), flat_bar(4, 1.0)]

    world.execute(intent(Leg.EXIT, ts=day(3)))

    assert world.order(intent(Leg.EXIT, ts=day(3))).reason.startswith("NOTHING_TO_CLOSE: ")
    assert world.book.last_bar == day(3)
    assert [fill.leg for fill in world.ledger.items.fills.values()] == [Leg.STOP]


# ── the resolver ─────────────────────────────────────────────────────────────────────────────────────────────────


def unclear(venue: ExecutionVenue) -> World:
    world = World(venue)
    world.execute(BUY)
    assert world.order().status is OrderStatus.UNKNOWN
    return world


def test_the_resolver_learns_what_became_of_an_unclear_order() -> None:
    world = unclear(FakeVenue(loses_answers=1))

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.ACCEPTED


def test_an_order_that_stays_unclear_is_not_recorded_again() -> None:
    world = unclear(FakeVenue(loses_orders=1, unclear_for=9))
    before = world.entries

    world.execute.resolve(RESOLVE)

    assert (world.order().status, world.entries) == (OrderStatus.UNKNOWN, before)


def test_a_resubmit_repeats_every_check_without_counting_its_own_reservation() -> None:
    venue = FakeVenue(loses_orders=1)
    tight = replace(FREE, cash=Decimal(1_050), limits=Limits(instrument_exposure=Decimal(1)))
    world = World(venue, rules=tight)
    world.execute(BUY)

    world.execute.resolve(RESOLVE)

    assert (world.order().status, venue.received) == (OrderStatus.ACCEPTED, [BUY.id])
    assert world.account.free_cash == 0


def test_a_resubmit_that_is_refused_now_is_denied_and_frees_its_cash() -> None:
    venue = FakeVenue(loses_orders=1)
    world = unclear(venue)
    world.ledger.items.controls[PAPER] = Control(TradingState.HALTED)

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.DENIED
    assert world.order().reason.startswith("KILL_SWITCH_HALTED")
    assert (venue.received, world.account.stakes, world.book.orders) == ([], {}, ())


def test_a_resubmit_past_its_time_is_expired() -> None:
    venue = FakeVenue(loses_orders=1)
    world = unclear(venue)
    world.clock.time = day(1) + DAY + 1

    world.execute.resolve(RESOLVE)

    assert (world.order().status, venue.received) == (OrderStatus.EXPIRED, [])
    assert world.account.stakes == {}
    assert world.order().reason == f"valid until {BUY.valid_until}, it is {day(1) + DAY + 1}"


def test_a_resubmit_after_its_book_has_gone_on_is_expired() -> None:
    """Else a decision of one bar would fill at the open of a much later one."""
    world = unclear(FakeVenue(loses_orders=1))
    world.execute.apply_bars.ledger.mark(replace(world.book, last_bar=day(2)))

    world.execute.resolve(RESOLVE)

    assert world.order().status is OrderStatus.EXPIRED


def test_an_exit_that_was_lost_is_sent_again() -> None:
    venue = FakeVenue(loses_orders=1)
    world = in_position(venue)
    world.execute(SELL)
    assert world.order(SELL).status is OrderStatus.UNKNOWN

    world.execute(SELL)

    assert (world.order(SELL).status, venue.received) == (OrderStatus.ACCEPTED, [SELL.id])


@pytest.mark.parametrize("status", [OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED])
def test_an_unclear_order_becomes_whatever_the_venue_reports(status: OrderStatus) -> None:
    class Answering(FakeVenue):
        def find(self, order: Order) -> VenueAnswer:
            return Reported(status)

    world = unclear(Answering(loses_answers=1))

    world.execute.resolve(RESOLVE)

    assert world.order().status is status


def test_an_order_that_is_settled_is_not_asked_about() -> None:
    class Silent(FakeVenue):
        def find(self, order: Order) -> VenueAnswer:
            raise AssertionError("asked about a settled order")

    world = World(Silent())
    world.execute(BUY)

    world.execute.resolve(RESOLVE)


def test_resolving_an_order_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInputError, match="is not in the ledger of paper"):
        World().execute.resolve(replace(RESOLVE, order_id=IntentId("nobody")))


def test_a_venue_that_proves_absence_at_once_leaves_the_order_submitted() -> None:
    class Vanishing(FakeVenue):
        def submit(self, order: Order) -> VenueAnswer:
            return Absent()

    world = World(Vanishing())
    world.execute(BUY)

    assert world.order().status is OrderStatus.SUBMITTED


def test_an_intent_for_an_unknown_account_or_instrument_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="unknown account 'live'"):
        World().execute(replace(BUY, account="live"))
    with pytest.raises(BadInputError, match=r"unknown instrument BOLT.TEST"):
        World().execute(replace(BUY, instrument=BOLT))


def test_prices_of_an_order_are_on_the_tick() -> None:
    world = World()
    world.execute(replace(BUY, reference_price=Decimal("99.99")))

    assert world.order().worst_price % SHARE.tick == 0


# ── ladders ──────────────────────────────────────────────────────────────────────────────────────────────────────

MORE = intent(ts=day(2), adds_to=str(order_id()), assumed_version=1)


def test_a_ladder_s_further_entry_belongs_to_the_position_that_it_adds_to() -> None:
    world = in_position()

    world.execute(MORE)

    order = world.order(MORE)
    assert (order.status, order.parent, order.leg) == (OrderStatus.ACCEPTED, order_id(), Leg.ENTRY)


GONE = "NOTHING_TO_ADD_TO: the position that it would add to is gone"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (replace(MORE, adds_to="00000000-0000-0000-0000-000000000000"), GONE),
        (replace(MORE, adds_to=""), "ALREADY_IN_POSITION: the strategy holds the instrument"),
    ],
    ids=["another position", "an entry of its own"],
)
def test_an_entry_that_fits_no_position_is_denied(wish: OrderIntent, reason: str) -> None:
    world = in_position()

    world.execute(wish)

    assert (world.order(wish).status, world.order(wish).reason) == (OrderStatus.DENIED, reason)


def test_nothing_is_added_to_what_is_gone_or_on_its_way_out() -> None:
    gone, leaving = World(), in_position()
    leaving.execute(SELL)

    gone.execute(replace(MORE, assumed_version=-1))
    leaving.execute(MORE)

    assert gone.order(MORE).reason.startswith("NOTHING_TO_ADD_TO: ")
    assert leaving.order(MORE).reason == "EXIT_WORKING: an exit is on its way already"

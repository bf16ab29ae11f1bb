"""What was lost on the way is found: nothing is sent twice, no fill is missed, no secret shows."""

import logging
import os

import pytest

from tests.unit.application.at_venue.desk import ADD, Desk, stop_at
from tests.venues import faults
from tests.venues.private import KEY, SECRET
from tradewind.application.ports_venue import SKEW
from tradewind.domain.errors import InvariantError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.order import Leg, OrderStatus


def test_an_entry_whose_answer_was_lost_is_found_and_booked_once(served: Desk) -> None:
    served.at.served.faults.append(faults.lost(path=ADD[served.at.served.name]))
    order = served.send(served.wish())
    assert order.status is OrderStatus.UNKNOWN

    order = served.ask(order)

    assert order.status is OrderStatus.FILLED
    assert len(stop_at(served)) == 1
    served.check()


def test_an_entry_that_never_arrived_is_sent_again_only_when_it_cannot_arrive_any_more(served: Desk) -> None:
    served.at.served.faults.append(faults.hang_up(path=ADD[served.at.served.name]))
    order = served.send(served.wish())

    assert served.ask(order).status is OrderStatus.UNKNOWN
    assert served.at.book.orders == {}
    served.at.time.now = (order.deadline + SKEW + 1) / 1000

    assert served.ask(order).status is OrderStatus.FILLED
    assert sum(not one.wish.trigger for one in served.at.book.orders.values()) == 1
    served.check()


def test_an_entry_that_the_venue_took_twice_is_a_broken_promise(served: Desk) -> None:
    served.at.served.faults.append(faults.twice(path=ADD[served.at.served.name]))

    with pytest.raises(InvariantError, match="took it twice"):
        served.send(served.wish())


def test_fills_that_are_not_shown_yet_are_booked_when_they_are(served: Desk) -> None:
    assert served.at.account
    served.at.account.hides = 3_000
    order = served.send(served.wish())
    assert order.status.is_working

    served.at.time.sleep(4)

    assert served.ask(order).status is OrderStatus.FILLED
    assert len(stop_at(served)) == 1
    served.check()


def test_a_session_leaves_no_secret_behind(
    served: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    served.at.served.faults.append(faults.lost(path=ADD[served.at.served.name]))
    served.ask(served.send(served.wish()))
    served.at.time.sleep(60)
    served.send(served.wish(Leg.EXIT))
    assert served.at.account
    served.at.account.key = "rotated"
    served.send(served.wish(id=intent_id("again")))

    everything = "\n".join(
        [repr(served.ledger.items), repr(served.order), caplog.text, *capfd.readouterr(), *os.environ.values()]
    )

    assert "BAD_CREDENTIALS" in everything
    assert KEY not in everything
    assert SECRET not in everything

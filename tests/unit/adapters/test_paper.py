from tests.builders import entry
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.ports import Absent, Reported
from tradewind.domain.order import OrderStatus


def test_the_paper_venue_takes_every_order_at_once() -> None:
    assert PaperVenue().submit(entry()) == Reported(OrderStatus.ACCEPTED)


def test_the_paper_venue_has_no_memory_so_absence_is_proof() -> None:
    venue = PaperVenue()
    venue.submit(entry())

    assert venue.find(entry()) == Absent()

"""Testing a connection, where a venue does not answer as it should."""

from dataclasses import dataclass, field

import pytest

from tests.fakes.world import FakeClock, FakeVenue
from tradewind.application.ports import Balance, VenueOrder
from tradewind.application.probe_venue import Probed, ProbeVenue
from tradewind.domain.errors import TransientError

START = 1_000_000


@dataclass
class Venue(FakeVenue):
    """A venue that takes 20 ms for each answer, and is silent about some things.

    Attributes
    ----------
    ahead : int
        By how many ms its clock is ahead of ours.
    asked : list of str
        What it was asked, in turn.
    """

    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    silent: str = ""
    ahead: int = 0
    asked: list[str] = field(default_factory=list)

    def now(self) -> int:
        self._hear("now")
        return self.clock.time - 10 + self.ahead

    def balances(self) -> dict[str, Balance]:
        self._hear("balances")
        return {}

    def open_orders(self) -> tuple[VenueOrder, ...]:
        self._hear("orders")
        return ()

    def _hear(self, what: str) -> None:
        self.asked.append(what)
        self.clock.time += 20
        if what == self.silent:
            raise TransientError("nobody\nthere: secret=hush-hush")


def probe(venue: Venue) -> tuple[Probed, list[str]]:
    return ProbeVenue({"one": venue}, venue.clock, _unknown)("one"), venue.asked


def _unknown(account: str) -> tuple[str, ...]:
    raise TransientError(f"the secret of {account} cannot be fetched")


def test_the_way_to_the_venue_and_back_is_no_difference_between_clocks() -> None:
    told, asked = probe(Venue(ahead=-700))

    assert (told.connected, told.skew, told.took, told.balances, told.orders) == (True, -700, 60, 0, 0)
    assert asked == ["now", "balances", "orders"]


@pytest.mark.parametrize(
    ("silent", "asked", "rights"),
    [
        ("now", ["now"], ("not asked", "not asked")),
        ("balances", ["now", "balances"], ("no answer", "not asked")),
        ("orders", ["now", "balances", "orders"], ("works", "no answer")),
    ],
)
def test_a_venue_that_falls_silent_is_not_asked_on(silent: str, asked: list[str], rights: tuple[str, str]) -> None:
    told, heard = probe(Venue(silent=silent))

    assert heard == asked
    assert (told.read_balances, told.read_orders) == rights
    assert told.failure == "nobody there: secret=[secret]"
    assert told.connected is (silent == "orders")


@pytest.mark.parametrize(("may", "said"), [(True, "works"), (False, "refused"), (None, "not told")])
def test_a_right_to_trade_is_said_as_the_venue_tells_it(may: bool | None, said: str) -> None:
    class Telling(Venue):
        def may_trade(self) -> bool | None:
            return may

    assert probe(Telling())[0].trade == said

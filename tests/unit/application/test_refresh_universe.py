from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.providers import FakeUniverses
from tests.fakes.world import FakeNotices
from tradewind.application.ports_market import NOT_IN_ANSWER, Answer, Failure, NotOfferedError, Quotes
from tradewind.application.refresh_universe import MONTH, RefreshUniverse
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, ListingStatus, Quote
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.universe import Filter, Profile
from tradewind.domain.validation import RawBar

TODAY = 20_000
NOW = TODAY * DAY + 5
CENT = Decimal("0.01")


def listing(base: str, status: ListingStatus = ListingStatus.TRADING) -> Listing:
    name = InstrumentId(f"{base}-USDT.X")
    return Listing(name, f"{base}USDT", base, "USDT", CENT, CENT, CENT, CENT, status)


@dataclass
class Venue:
    """What of a provider a universe asks."""

    listings: list[Listing]
    turnover: dict[str, int] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    dies: bool = False
    fails: dict[InstrumentId, Failure] = field(default_factory=dict)
    without_bars: dict[InstrumentId, Failure] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)

    def instruments(self, venue: str) -> Sequence[Listing]:
        return self.listings

    def quotes(self, instruments: Sequence[InstrumentId]) -> Quotes:
        if not self.turnover:
            raise NotOfferedError("no quotes here")
        return Quotes(
            {
                name: Quote(name, NOW, Decimal("9.99"), Decimal("10.01"), Decimal(10), None, Decimal(much))
                for name in instruments
                if (much := self.turnover.get(name.partition("-")[0]))
            },
            self.fails,
        )

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        self.asked.append(list(instruments))
        assert (timeframe, since_close, until) == (Timeframe.D1, (TODAY - MONTH) * DAY, TODAY * DAY)
        if self.dies:
            raise TransientError("gone")
        told = [name for name in instruments if name not in self.without_bars]
        failures = {name: why for name, why in self.without_bars.items() if name in instruments}
        return Answer({name: self._rows(self.days.get(name.partition("-")[0], MONTH)) for name in told}, failures)

    def _rows(self, count: int) -> list[RawBar]:
        days = range(TODAY - count, TODAY)
        return [RawBar(day * DAY, 10.0 + day % 2, 12.0, 9.0, 10.0 + day % 2, 1.0) for day in days]


@dataclass
class World:
    venue: Venue
    store: FakeUniverses = field(default_factory=FakeUniverses)
    notices: FakeNotices = field(default_factory=FakeNotices)

    def refresh(self, rules: Filter, *configured: str, now: int = NOW, scored: int = 100) -> list[str]:
        names = [InstrumentId(f"{base}-USDT.X") for base in configured]
        venue: Any = self.venue
        use_case = RefreshUniverse(venue, self.store, self.notices, scored)
        return [name.partition("-")[0] for name in use_case("x", "X", rules, now, names).members]


def test_a_day_has_its_members_with_scores_and_everything_that_was_listed() -> None:
    world = World(Venue([listing("AAA"), listing("BBB"), listing("CCC")], {"AAA": 5_000_000, "BBB": 7_000_000}))

    assert world.refresh(Filter(minimum_turnover=1.0)) == ["BBB", "AAA"]
    stored = world.store.on("x", TODAY)
    assert stored
    assert [one.base for one in stored.listed] == ["AAA", "BBB", "CCC"]
    first = stored.listed[0]
    assert first.spread_bps == pytest.approx(20.0)
    assert (first.days, first.profile) == (MONTH, Profile.WILD)
    assert -0.1 < first.trend < 0.1


def test_a_second_refresh_of_a_day_changes_nothing_and_a_later_day_is_its_own() -> None:
    world = World(Venue([listing("AAA")], {"AAA": 5}))
    world.refresh(Filter())
    world.venue.listings = [listing("BBB")]
    world.refresh(Filter())
    world.venue.turnover, world.venue.listings = {"BBB": 5}, [listing("BBB")]

    days = [world.store.on("x", day) for day in (TODAY - 1, TODAY, TODAY + 5)]
    assert days[0] is None
    assert [one and [name[:3] for name in one.members] for one in days[1:]] == [["AAA"], ["AAA"]]


def test_bars_are_asked_only_of_the_most_traded() -> None:
    world = World(Venue([listing("AAA"), listing("BBB")], {"AAA": 5, "BBB": 7}))

    world.refresh(Filter(), scored=1)

    assert world.venue.asked == [["BBB-USDT.X"]]


def test_what_is_too_young_is_left_out_once_its_bars_tell() -> None:
    world = World(Venue([listing("AAA"), listing("BBB")], {"AAA": 5, "BBB": 7}, {"BBB": 3}))

    assert world.refresh(Filter(minimum_days=20)) == ["AAA"]


def test_nobody_belongs_unseen_where_age_counts() -> None:
    young = {"BBB": 3, "CCC": 4}
    turnover = {"BBB": 9, "CCC": 8, "AAA": 7, "DDD": 6}
    world = World(Venue([listing(base) for base in turnover], turnover, young))

    assert world.refresh(Filter(minimum_days=20, top=1), scored=0) == ["AAA"]
    assert world.venue.asked == [["BBB-USDT.X"], ["CCC-USDT.X"], ["AAA-USDT.X"]]


@pytest.mark.parametrize(
    ("rules", "members"), [(Filter(), ["BBB", "AAA"]), (Filter(minimum_days=20), None)]
)  # fmt: skip
def test_nobody_belongs_whose_age_could_not_be_had_where_age_counts(rules: Filter, members: list[str] | None) -> None:
    late = {InstrumentId("BBB-USDT.X"): Failure("OUT_OF_TIME", "late")}
    world = World(Venue([listing("AAA"), listing("BBB")], {"AAA": 5, "BBB": 7}, without_bars=late))

    if members:
        assert world.refresh(rules) == members
    else:
        with pytest.raises(TransientError, match="1 of 2 ages could not be had: late"):
            world.refresh(rules)
        assert world.store.on("x", TODAY) is None


@pytest.mark.parametrize(("failure", "stored"), [(Failure("TIMEOUT", "late"), False),
    (Failure(NOT_IN_ANSWER, "nothing"), True), (Failure("UNKNOWN_PAIR", "no", lasting=True), True)])  # fmt: skip
def test_no_day_is_stored_whose_quotes_could_not_be_had(failure: Failure, stored: bool) -> None:
    world = World(Venue([listing("AAA"), listing("BBB")], {"AAA": 5}, fails={InstrumentId("BBB-USDT.X"): failure}))

    with nullcontext() if stored else pytest.raises(TransientError, match="1 of 2 quotes could not be had: late"):
        world.refresh(Filter(minimum_turnover=1.0))

    assert bool(world.store.on("x", TODAY)) is stored


@pytest.mark.parametrize("turnover", [{}, {"AAA": 5}])
def test_a_provider_without_quotes_or_bars_still_gives_a_universe(turnover: dict[str, int]) -> None:
    world = World(Venue([listing("AAA")], turnover, dies=True))

    assert world.refresh(Filter()) == ["AAA"]


def test_what_is_configured_and_not_listed_is_named_once() -> None:
    world = World(Venue([listing("AAA"), listing("BBB", ListingStatus.DELISTED)], {"AAA": 5}))

    for _ in range(2):
        world.refresh(Filter(), "AAA", "BBB", "FARTCOIN")

    told = [notice.event for notice in world.notices.waiting.values()]
    assert [(one.kind, one.instrument) for one in told] == [
        ("INSTRUMENT_UNLISTED", "BBB-USDT.X"), ("INSTRUMENT_UNLISTED", "FARTCOIN-USDT.X"),
    ]  # fmt: skip

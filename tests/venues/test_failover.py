"""Two providers over HTTP: the first dies in mid-session, the second serves, and all comes back by itself."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSliceStore
from tests.fakes.providers import FakeBreakers
from tests.fakes.world import FakeNotices
from tests.venues.faults import Fault, garbage, hang_up, status
from tests.venues.stage import NOON, Stage, staged
from tradewind.application.failover import FailoverSource, Provider
from tradewind.application.fetch_bars import FetchBars
from tradewind.domain.breaker import Circuit
from tradewind.domain.calendar import Calendar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import TransientError
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe

PLENTY = -1
WAYS: dict[str, Callable[[], Fault]] = {
    "it hangs up": lambda: hang_up(PLENTY),
    "it answers 500": lambda: status(500, PLENTY),
    "it answers nonsense": lambda: garbage(b"[1, 2", PLENTY),
    "it says too many": lambda: status(429, PLENTY, Retry_After="600"),
}


@dataclass
class Session:
    """A shard that is fetched minute by minute."""

    first: Stage
    second: Stage
    breakers: FakeBreakers = field(default_factory=FakeBreakers)
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    minute: int = 0

    def __post_init__(self) -> None:
        self.shard = Shard("x-1m", Timeframe.M1, "kraken", tuple(self.first.names[:2]), ("coinbase",))
        providers = [Provider("kraken", self.first.provider), Provider("coinbase", self.second.provider)]
        source = FailoverSource(providers, self.breakers, Calendar(), lambda: self.now)
        self.fetch = FetchBars(
            source, self.slices, FakeRefusalLog(), FakeHoles(), FakeNotices(), first_bars=3, repair_bars=3, gaps=True
        )

    @property
    def now(self) -> int:
        return NOON + self.minute * MINUTE

    def go(self, minutes: int) -> None:
        for _ in range(minutes):
            self.minute += 1
            for stage in (self.first, self.second):
                stage.time.now = self.now / 1000 + 5
            self.fetch(self.shard, self.now)

    def seen(self) -> list[Slice]:
        return self.slices.between("x-1m", NOON, 2**60)


@pytest.fixture
def session() -> Iterator[Session]:
    options = {"attempts": 2, "budget": 30.0}
    with ExitStack() as stack:
        first, second = (stack.enter_context(staged(name, options)) for name in ("kraken", "coinbase"))
        yield Session(first, second)


@pytest.mark.parametrize("way", WAYS)
def test_no_bar_is_lost_or_doubled_when_the_first_dies_and_comes_back(session: Session, way: str) -> None:
    session.go(2)
    session.first.venue.faults.append(WAYS[way]())
    session.go(4)
    assert session.breakers.items["kraken"].state is Circuit.OPEN
    session.first.venue.faults.clear()
    session.go(20)

    assert session.breakers.items["kraken"].is_fresh
    assert [one.ts_close for one in session.seen() if one.rev == 1] == [NOON + k * MINUTE for k in range(1, 27)]
    assert all(len(one.bars) == 2 for one in session.seen())
    served = [set(one.sources.values()) for one in session.seen() if one.rev == 1]
    assert served[:2] == [set(), set()]
    assert served[2:6] == [{"coinbase"}] * 4
    assert served[-1] == set()


def test_when_all_die_nothing_is_written_and_recovery_is_by_itself(session: Session) -> None:
    session.go(2)
    for stage in (session.first, session.second):
        stage.venue.faults.append(hang_up(PLENTY))
    for _ in range(3):
        with pytest.raises(TransientError, match="no instrument of shard x-1m could be fetched"):
            session.go(1)
    assert len(session.seen()) == 2
    for stage in (session.first, session.second):
        stage.venue.faults.clear()
    session.minute += 15
    session.go(1)

    assert [one.ts_close for one in session.seen()] == [NOON + k * MINUTE for k in range(1, 22)]

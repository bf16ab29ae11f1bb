"""A hundred functions share one limit, in virtual time."""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest

from tests.fakes.providers import FakeRateBudget
from tradewind.application.ports_reliability import RateBudget
from tradewind.application.rate_limiter import ConsiderateLimiter, RateLimiter
from tradewind.domain.rate import RateLimit

SECOND = 1_000_000


@dataclass
class Venue:
    """Counts what arrives within any window of its limit's length, and refuses what is too much."""

    limit: RateLimit
    window: deque[int] = field(default_factory=deque)
    served: int = 0
    refused: int = 0

    def receive(self, now: int) -> None:
        while self.window and self.window[0] <= now - self.limit.seconds * SECOND:
            self.window.popleft()
        if len(self.window) >= self.limit.requests:
            self.refused += 1
            return
        self.window.append(now)
        self.served += 1


@dataclass
class Fleet:
    """Workers in virtual time: each asks for its turn, waits, and sends; the way to the venue takes a while."""

    limit: RateLimit
    budget: RateBudget
    workers: int
    requests: int
    seed: int = 0
    now: int = 0
    last: int = 0

    def run(self) -> Venue:
        venue, rng = Venue(self.limit), Random(self.seed)  # noqa: S311 - a seed is the point of it
        limiters = [self._limiter() for _ in range(self.workers)]
        queue = [(rng.randrange(SECOND), worker) for worker in range(self.workers)]
        left = [self.requests] * self.workers
        arrivals: list[int] = []
        heapq.heapify(queue)
        while queue:
            self.now, worker = heapq.heappop(queue)
            wait = limiters[worker]()
            arrivals.append(self.now + int(wait * SECOND) + rng.randrange(20_000, 60_000))
            left[worker] -= 1
            if left[worker]:  # threads of one function wait for their turns side by side
                heapq.heappush(queue, (self.now + int(wait * SECOND) + 1, worker))
        for arrival in sorted(arrivals):
            venue.receive(arrival)
        self.last = max(arrivals)
        return venue

    def _limiter(self) -> RateLimiter:
        limiter = RateLimiter(self.budget, "venue", self.limit, lambda: self.now, horizon=1e9)
        limiter.expect(self.requests)
        return limiter


@pytest.mark.parametrize(
    "limit", [RateLimit(600, 60), RateLimit(20, 1), RateLimit(120, 60), RateLimit(60, 60)], ids=str
)
@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_workers_are_never_refused_and_use_nine_tenths_of_what_is_allowed(
    limit: RateLimit, seed: int
) -> None:
    budget = FakeRateBudget()
    fleet = Fleet(limit, budget, workers=100, requests=60, seed=seed)

    venue = fleet.run()

    allowed = fleet.last / SECOND * limit.requests / limit.seconds
    assert (venue.refused, venue.served) == (0, 6_000)
    assert venue.served >= 0.9 * allowed
    assert budget.writes <= venue.served / 10


@dataclass
class One:
    budget: FakeRateBudget = field(default_factory=FakeRateBudget)
    now: int = 100 * SECOND

    def limiter(self, expected: int = 0, horizon: float = 60.0) -> RateLimiter:
        made = RateLimiter(self.budget, "venue", RateLimit(19, 20), lambda: self.now, horizon)  # a slot in 1.108 s
        made.expect(expected)
        return made


def waits(limiter: RateLimiter, times: int) -> Iterator[float]:
    return (round(limiter(), 1) for _ in range(times))


def test_slots_are_as_far_apart_as_the_limit_asks() -> None:
    assert list(waits(One().limiter(5), 5)) == [0.0, 1.1, 2.2, 3.3, 4.4]


@pytest.mark.parametrize(("expected", "leased"), [(0, 1), (1, 1), (7, 7), (20, 20), (90, 20)])
def test_as_many_slots_are_leased_as_are_needed(expected: int, leased: int) -> None:
    one = One()

    one.limiter(expected)()

    assert one.budget.free["venue"] - one.now == leased * RateLimit(19, 20).interval


def test_a_slot_that_was_missed_is_not_used_late() -> None:
    one = One()
    limiter = one.limiter(3)
    limiter()
    one.now += 60 * SECOND

    assert limiter() == 0.0
    assert one.budget.writes == 2


def test_where_no_slot_can_be_had_in_time_the_answer_is_never_and_nothing_is_taken() -> None:
    one = One()
    one.limiter(20)()
    writes = one.budget.writes

    assert one.limiter(1, horizon=20.0)() == float("inf")
    assert one.budget.writes == writes
    assert one.limiter(1, horizon=30.0)() == pytest.approx(22.2, abs=0.1)


def test_whoever_has_time_leaves_room_for_those_who_have_none() -> None:
    one, limit = One(), RateLimit(20, 1)

    def sleep(seconds: float) -> None:
        one.now += round(seconds * SECOND)

    patient = ConsiderateLimiter(one.budget, "venue", limit, lambda: one.now, 60.0, share=0.25, sleep=sleep)
    urgent = RateLimiter(one.budget, "venue", limit, lambda: one.now, 60.0)
    begun, longest = one.now, 0.0
    for number in range(400):
        sleep(patient())
        if number % 10 == 0:
            urgent.expect(1)
            longest = max(longest, urgent())

    assert 400 / ((one.now - begun) / SECOND) == pytest.approx(0.25 * 19, rel=0.15)
    assert longest <= 2.1

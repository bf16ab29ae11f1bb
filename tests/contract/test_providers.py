"""Breakers move one write at a time, and no slot of a rate budget is had twice."""

from dataclasses import replace
from typing import Any

import pytest

from tests.contract.backends import AwsBackend, Backend, Ports
from tradewind.adapters.dynamodb.providers import DynamoRateBudget
from tradewind.adapters.dynamodb.table import Table
from tradewind.domain.breaker import Breaker
from tradewind.domain.errors import ConflictError

SECOND = 1_000_000


def test_a_breaker_nobody_wrote_is_closed(ports: Ports) -> None:
    assert ports.breakers.get("kraken") == Breaker("kraken")


def test_a_breaker_comes_back_as_it_was_put(backend: Backend) -> None:
    opened = Breaker("kraken").failed(1, "TIMEOUT").failed(2, "TIMEOUT: after 5 s")
    backend.process().breakers.put(replace(opened, version=1))

    assert backend.process().breakers.get("kraken") == replace(opened, version=1)
    assert backend.process().breakers.get("coinbase") == Breaker("coinbase")


def test_of_two_that_claim_a_trial_one_has_it(ports: Ports) -> None:
    ports.breakers.put(Breaker("kraken", version=1))
    claimed = ports.breakers.get("kraken").trial(5)
    ports.breakers.put(claimed)

    with pytest.raises(ConflictError):
        ports.breakers.put(claimed)
    with pytest.raises(ConflictError):
        ports.breakers.put(Breaker("kraken", version=1))


def test_slots_follow_one_another_whoever_takes_them(backend: Backend) -> None:
    now = 50 * SECOND
    starts = [
        lease.start
        for process in (backend.process(), backend.process(), backend.process())
        for slots in (3, 1)
        if (lease := process.budget.lease("kraken", slots, SECOND, now, now + 99 * SECOND))
    ]

    assert [start - now for start in starts] == [0, 3 * SECOND, 4 * SECOND, 7 * SECOND, 8 * SECOND, 11 * SECOND]


def test_after_a_rest_slots_begin_now_and_nothing_was_saved_up(backend: Backend) -> None:
    backend.process().budget.lease("kraken", 3, SECOND, 0, 0)

    for now in (10 * SECOND, 99 * SECOND):
        lease = backend.process().budget.lease("kraken", 2, SECOND, now, now)
        assert lease
        assert (lease.start, lease.slots) == (now, 2)


def test_where_the_queue_is_too_long_nothing_is_taken(backend: Backend) -> None:
    first, second = backend.process().budget, backend.process().budget
    first.lease("kraken", 10, SECOND, 0, 0)

    assert [one.lease("kraken", 1, SECOND, 0, 9 * SECOND) for one in (first, second, first)] == [None] * 3
    late = second.lease("kraken", 1, SECOND, 0, 10 * SECOND)
    assert late
    assert late.start == 10 * SECOND


def test_providers_have_budgets_of_their_own(ports: Ports) -> None:
    ports.budget.lease("kraken", 10, SECOND, 0, 0)

    other = ports.budget.lease("coinbase", 1, SECOND, 0, 0)
    assert other
    assert other.start == 0


def test_a_lease_is_one_write_however_many_functions_are_at_it(aws: AwsBackend) -> None:
    calls: list[str] = []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            return getattr(aws.market.client, name)

    client: Any = Counted()
    budgets = [DynamoRateBudget(Table(client, aws.market.name)) for _ in range(10)]

    for now in range(SECOND, 4 * SECOND, SECOND):
        for budget in budgets:
            budget.lease("kraken", 20, SECOND, now, now + 9_999 * SECOND)

    assert set(calls) == {"update_item"}
    assert len(calls) <= 30 + 10  # each has to learn once that others are at it

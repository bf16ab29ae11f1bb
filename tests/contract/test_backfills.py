"""A backfill is remembered until it is finished, and each of its windows with what became of it."""

from dataclasses import replace

from tests.builders import ACME, BOLT
from tests.contract.backends import Backend, Ports
from tradewind.domain.backfill import Outcome, plan
from tradewind.domain.timeframe import DAY, Timeframe

NOW = 20_000 * DAY
WISH = plan([ACME, BOLT], [Timeframe.H1, Timeframe.D1], 90, NOW, "binance")


def test_a_plan_stays_what_it_was_until_it_is_finished(backend: Backend) -> None:
    later = replace(WISH, start=WISH.start + DAY, end=WISH.end + DAY)

    assert backend.process().backfills.begun(WISH.name) is None
    assert backend.process().backfills.begin(WISH) == WISH
    assert backend.process().backfills.begin(later) == WISH
    assert backend.process().backfills.begun(WISH.name) == WISH

    backend.process().backfills.finish(WISH)
    assert backend.process().backfills.begin(later) == later


def test_what_became_of_windows_is_kept_once_each(backend: Backend) -> None:
    first, second, third, *_ = WISH.windows()
    ports = backend.process().backfills
    ports.record(WISH, Outcome(first, 5, 5))
    ports.record(WISH, Outcome(first, 700, 3, 1, {"MISSING": 20}))
    ports.record(WISH, Outcome(third, 9, 9))
    ports.record(WISH, Outcome(second, 1, 1))
    ports.reopen(WISH, second)
    ports.reopen(WISH, second)

    found = {one.window: one for one in backend.process().backfills.outcomes(WISH)}

    assert found == {first: Outcome(first, 700, 3, 1, {"MISSING": 20}), third: Outcome(third, 9, 9)}


def test_windows_of_another_end_are_apart(ports: Ports) -> None:
    ports.backfills.record(WISH, Outcome(next(iter(WISH.windows())), 5, 5))

    assert list(ports.backfills.outcomes(replace(WISH, end=WISH.end + DAY))) == []

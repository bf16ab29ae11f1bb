from dataclasses import replace

import pytest

from tradewind.domain.breaker import COOL_DOWN, LONGEST, PATIENCE, THRESHOLD, Breaker, Circuit

NEW = Breaker("kraken")
NOW = 1_000_000


def failing(times: int) -> Breaker:
    breaker = NEW
    for _ in range(times):
        breaker = breaker.failed(NOW, "TIMEOUT")
    return breaker


def test_it_opens_once_so_many_calls_in_a_row_have_failed() -> None:
    assert [failing(times).state for times in range(THRESHOLD + 1)] == [Circuit.CLOSED] * THRESHOLD + [Circuit.OPEN]
    assert failing(THRESHOLD - 1).succeeded().failed(NOW, "").state is Circuit.CLOSED


def test_while_it_is_open_nobody_asks_until_its_time_has_passed() -> None:
    breaker = failing(THRESHOLD)

    assert [breaker.admits(NOW + COOL_DOWN - 1), breaker.admits(NOW + COOL_DOWN)] == [False, True]


def test_of_the_trial_others_know() -> None:
    trial = failing(THRESHOLD).trial(NOW + COOL_DOWN)

    assert trial.state is Circuit.HALF_OPEN
    assert [trial.admits(NOW + COOL_DOWN), trial.admits(NOW + COOL_DOWN + PATIENCE)] == [False, True]


@pytest.mark.parametrize(("trials", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 15), (60, 15)])
def test_each_trial_that_fails_doubles_the_wait_up_to_a_limit(trials: int, minutes: int) -> None:
    breaker = failing(THRESHOLD + trials)

    assert (breaker.until - NOW, LONGEST) == (minutes * 60_000, 15 * 60_000)


def test_it_knows_since_when_and_forgets_all_with_a_success() -> None:
    breaker = failing(THRESHOLD).trial(NOW + 1).failed(NOW + 99, "RESET")

    assert (breaker.opened, breaker.reason) == (NOW, "RESET")
    assert breaker.succeeded() == replace(NEW, version=breaker.version + 1)


def test_every_move_is_a_version() -> None:
    assert [failing(times).version for times in range(4)] == [0, 1, 2, 3]
    assert failing(2).trial(NOW).version == 3

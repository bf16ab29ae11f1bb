"""When the driver looks."""

from typing import NoReturn

import pytest

from tradewind.cli.run import rhythm as rhythm_module
from tradewind.cli.run.rhythm import Rhythm


def test_one_slow_wait_hardly_delays_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock()
    monkeypatch.setattr(rhythm_module, "time", clock)
    rhythm = Rhythm(first=0.02)

    rhythm.wait(lambda: clock.monotonic() >= 2.0, _never, patience=60)

    assert clock.monotonic() == pytest.approx(2.0, abs=0.06)
    assert rhythm.first == pytest.approx(0.024)


def test_looks_for_what_is_late_become_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, looks = _Clock(), []
    monkeypatch.setattr(rhythm_module, "time", clock)

    def done() -> bool:
        looks.append(clock.monotonic())
        return clock.monotonic() >= 2.0

    Rhythm(first=0.02).wait(done, _never, patience=60)

    assert len(looks) < 60
    assert clock.monotonic() < 2.06


def test_looks_that_find_it_done_come_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rhythm_module, "time", _Clock())
    rhythm = Rhythm(first=0.3)

    for _ in range(45):
        rhythm.wait(lambda: True, _never, patience=60)

    assert rhythm.first < 0.04


class _Clock:
    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def _never() -> NoReturn:
    raise AssertionError("patience ran out")

import random
import time

import pytest

from tradewind.adapters.clock import JitterPause, ReplayClock, SystemClock


def test_the_system_s_time_is_milliseconds_and_no_bar_s_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)

    assert SystemClock().now(5) == 1_700_000_000_123


def test_a_replay_s_time_is_the_bar_s_own_close() -> None:
    assert ReplayClock().now(86_400_000) == 86_400_000


def test_pauses_grow_to_half_a_second_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    spans: list[tuple[float, float]] = []
    slept: list[float] = []

    def middle(low: float, high: float) -> float:
        spans.append((low, high))
        return (low + high) / 2

    monkeypatch.setattr(random, "uniform", middle)
    monkeypatch.setattr(time, "sleep", slept.append)

    for attempt in (1, 2, 3, 7, 11):
        JitterPause().before_retry(attempt)

    assert spans == [(0, 0.01), (0, 0.02), (0, 0.04), (0, 0.5), (0, 0.5)]
    assert slept == [high / 2 for _, high in spans]

"""One seed is one history: whoever meets a failure meets it again."""

import os
import subprocess
import sys

import pytest

from tests.simulation.plan import MODES, plan_of
from tests.simulation.run import simulate


@pytest.mark.parametrize("mode", MODES)
def test_a_seed_makes_the_same_port_calls_every_time(mode: str) -> None:
    traces: list[list[str]] = [[], []]
    for trace in traces:
        simulate(plan_of(7, mode), trace=trace)

    assert traces[0] == traces[1]
    assert traces[0]


def test_a_seed_makes_the_same_port_calls_in_every_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "3", "--trace"]
    runs = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": salt}, check=True, capture_output=True)  # noqa: S603
        for salt in ("1", "2")
    ]

    assert runs[0].stdout == runs[1].stdout


def test_another_seed_makes_another_history() -> None:
    traces: list[list[str]] = [[], []]
    for seed, trace in zip((7, 12), traces, strict=True):
        simulate(plan_of(seed, "free"), trace=trace)

    assert traces[0] != traces[1]

"""Cold start: CPU of import and first event of each hot function, over boto3 with one client and one put.

Each child is a fresh interpreter without site-packages that sees only the built layers, as a function does; its user
and system time are the operating system's word. Floor and functions alternate in every round, and a figure is the
median of the rounds' ratios: whatever slows this machine slows both sides of a pair.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from compileall import compile_dir
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from typing import Any

from benchmarks.figures import Figure
from benchmarks.scene import Theatre, theatre
from infra import layers
from tradewind.cli.local.places import uv

ROUNDS = 15
TARGETS = {"evaluate_bars": 1.5, "execute_orders": 1.5, "fetch_bars": 2.0}
CHILD = Path(__file__).with_name("child.py")
FLOOR = layers.ROOT / "build" / "bench" / "floor"
_REQUIREMENTS = layers.ROOT / "layers" / "runtime" / "requirements.txt"

type Seconds = Mapping[str, float]
"""CPU by what was started."""


def measure() -> list[Figure]:
    """Measure every function in alternation with the floor."""
    build()
    with theatre() as made:
        made.stage.client("dynamodb").create_table(
            TableName="floor",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        one_round(made)  # the first one fills the page cache
        rounds = [one_round(made) for _ in range(ROUNDS)]
    return list(_figures(rounds))


def _figures(rounds: Sequence[Seconds]) -> Iterator[Figure]:
    for name, target in TARGETS.items():
        ratio = median(one[name] / one["floor"] for one in rounds)
        yield Figure(f"cold start of {name} over boto3 and one put", ratio, "times", target)
    for name in rounds[0]:
        yield Figure(f"cold start of {name}, CPU", 1000 * median(one[name] for one in rounds), "ms")


def build() -> None:
    """Build the layers for this machine, and the floor: boto3 as it is published, compiled as the layers are."""
    layers.main(["host", "--uv", uv()])
    stamp = FLOOR / "requirements.txt"
    if stamp.is_file() and stamp.read_text() == _REQUIREMENTS.read_text():
        return
    command = [uv(), "pip", "install", "--quiet", "--no-deps", "--target", str(FLOOR), "-r", str(_REQUIREMENTS)]
    subprocess.run([*command, "--python", sys.executable], check=True)
    compile_dir(FLOOR, quiet=1, workers=1, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    stamp.write_text(_REQUIREMENTS.read_text())


def one_round(made: Theatre) -> Seconds:
    """Start the floor and then every function once."""
    put = {"TableName": "floor", "Item": {"pk": {"S": "one"}}}
    seconds = {"floor": _cpu({"path": [str(FLOOR)], "kind": "floor", "event": put}, made.stage.variables)}
    for scene in made.scenes:
        names = ("runtime", "tradewind", *(["http"] if scene.function == "fetch_bars" else []))
        work = {
            "path": [str(layers.OUTPUT / "host" / name / "python") for name in names],
            "kind": "function",
            "handler": str(layers.ROOT / "functions" / scene.function / "handler.py"),
            "event": scene.event,
            "kraken": made.stage.gateway.endpoint if scene.function == "fetch_bars" else "",
        }
        with made.playing(scene):
            seconds[scene.function] = _cpu(work, made.stage.variables)
    return seconds


def _cpu(work: Mapping[str, Any], variables: Mapping[str, str]) -> float:
    """Run a child to its end and return its CPU time in seconds.

    Raises
    ------
    RuntimeError
        If it fails; with its last words.
    """
    command = [sys.executable, "-I", "-S", str(CHILD), json.dumps(work)]
    environment = {"PATH": os.environ["PATH"], **variables}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        assert child.stderr
        words = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{work.get('handler', 'the floor')}: {words.decode()[-2000:]}")
    return used.ru_utime + used.ru_stime

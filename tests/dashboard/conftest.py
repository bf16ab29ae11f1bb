"""One browser and one stage for every test of the pages; each test opens a page of its own."""

import os
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from random import Random

import pytest

from infra.web import WebError, build
from tests import findings
from tests.aws import mocked_aws
from tests.builders import bar, day
from tests.dashboard.serving import Served, serving
from tests.functions.environment import write_configuration
from tests.functions.stage import Stage, create, environment
from tradewind import bootstrap
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Table
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS, Slice
from tradewind.domain.timeframe import Timeframe

COUNT = 611
_DAYS = 3
NAMES = [InstrumentId(f"SYM{number:03d}.TEST") for number in range(COUNT)]
SHARDS = {f"daily-{n}": part for n, part in enumerate(batched(NAMES, MAXIMUM_INSTRUMENTS, strict=False))}


@pytest.fixture(scope="module")  # no longer: its tables would stand in the way of other tests
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the built dashboard over 611 instruments with three days each."""
    try:
        build()
    except WebError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("dashboard")
    with pytest.MonkeyPatch.context() as patch:
        _configure(patch, folder)
        with mocked_aws():
            bootstrap.forget_clients()
            stage = create(dict(os.environ))
            _fill(stage)
            with serving(stage) as made:
                yield made
    bootstrap.forget_clients()


def _configure(patch: pytest.MonkeyPatch, folder: Path) -> None:
    shards = [{"name": n, "timeframe": "1d", "provider": "replay", "instruments": part} for n, part in SHARDS.items()]
    path = write_configuration(
        folder,
        shards=shards,
        instruments={name: {"tick": "0.01", "lot": "1"} for name in NAMES},
        alerts={"channels": [{"name": "phone", "kind": "ntfy", "severity": "WARNING", "hourly": 20}]},
    )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in environment(path).items():
        patch.setenv(name, value)


def _fill(stage: Stage) -> None:
    chance, slices = Random(5), DynamoSlices(Table(stage.client("dynamodb"), "market"), lambda: 0.0)  # noqa: S311
    for number in range(1, _DAYS + 1):
        for shard, names in SHARDS.items():
            bars = {name: _bar(chance, number) for name in names}
            slices.put(Slice(shard, Timeframe.D1, day(number), bars, previous=day(number - 1)))
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
    group = "/aws/lambda/tradewind-test-execute_orders"
    stage.client("logs").create_log_group(logGroupName=group)
    findings.publish(stage.client("s3"), "data")


def _bar(chance: Random, number: int) -> Bar:
    close = chance.uniform(20, 200)
    return bar(number, close, close + 2, close - 2, close + chance.uniform(-1, 1))

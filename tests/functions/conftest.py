import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws import mocked_aws
from tests.builders import SHARE, bar
from tests.functions.environment import write_configuration
from tests.functions.stage import Stage, create, environment
from tradewind import bootstrap
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.series import Series
from tradewind.domain.timeframe import DAY, Timeframe

DAYS = 6


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Return the functions over moto, with six recorded days of one share in the bucket."""
    environ = environment(write_configuration(tmp_path))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with mocked_aws():
        bootstrap.forget_clients()
        made = create(environ)
        bars = [bar(number, 100, 102, 98, 101) for number in range(1, DAYS + 1)]
        recorded = dataset(Series(SHARE, Timeframe.D1, bars)).to_bytes()
        key = dataset_key(SHARE.id, Timeframe.D1)
        made.client("s3").put_object(Bucket=environ["DATA_BUCKET"], Key=key, Body=recorded)
        yield made
    bootstrap.forget_clients()


@pytest.fixture
def market(stage: Stage) -> Stage:
    """Return the stage with its bars fetched and decided."""
    stage.call("fetch_bars", {"shard": "daily", "now": 7 * DAY})
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
    stage.queued("orders.fifo")
    return stage

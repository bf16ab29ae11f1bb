"""`data archive` and `data purge` over real tables and a real bucket."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
from tradewind.adapters.dynamodb.evidence import DynamoEvidence
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.parquet import ParquetBars
from tradewind.application.ports_bars import BarMonth
from tradewind.application.purge_bars import PurgeBars
from tradewind.cli.bar_files import read_series
from tradewind.cli.bar_names import scan
from tradewind.cli.deployed import Deployed
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end, month_named
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.timeframe import DAY, Timeframe

GONE, D1 = InstrumentId("GONE-USD.SIM"), Timeframe.D1
JANUARY = month_named("2020-01")
BARS = [Bar(ts, ts + DAY, 1.5, 2.5, 0.5, 1.25, 0.1 + 0.2) for ts in range(JANUARY, JANUARY + 60 * DAY, DAY)]


@pytest.fixture
def worker(standing: Deployed) -> PurgeBars:
    """Keep sixty days of an instrument that nobody follows, January also in Parquet."""
    series = DynamoArchivedSeries(standing.market)
    archive = ParquetBars(S3Store(standing.client("s3"), "data"))
    made = PurgeBars(series, archive)
    made(GONE, D1, 2**42)
    series.put(SeriesChunk(GONE, D1, period_start(D1, JANUARY), BARS[-1].ts_close, BARS))
    archive.write(BarMonth(GONE, D1, JANUARY, BARS[:31]), "")
    return made


def test_everything_of_an_instrument_is_forgotten_once_it_was_exported(
    command: Run, worker: PurgeBars, tmp_path: Path
) -> None:
    said = command("data", "purge", GONE, "--export", tmp_path, "--yes", "--json")

    told = json.loads(said.output)
    assert told["forgotten"] == {"1d": {"bars": 60, "chunks": 1, "months": 1}}
    assert worker.look(GONE, D1, 2**42).bars == 0
    (file,) = scan(tmp_path)
    assert told["exported"] == [str(file.path)]
    assert list(read_series(file, None, None, 2**41).bars) == BARS


def test_an_export_writes_over_none_and_then_nothing_is_forgotten(
    command: Run, worker: PurgeBars, tmp_path: Path
) -> None:
    ask = ("data", "purge", GONE, "--export", tmp_path, "--yes")
    command(*ask, "--before", "2020-01-11")

    said = command(*ask)

    assert "--export to another folder" in str(said.exception)
    assert worker.look(GONE, D1, 2**42).bars == 50


def test_only_what_is_older_is_forgotten_and_nothing_without_a_yes(command: Run, worker: PurgeBars) -> None:
    said = command("data", "purge", GONE, "--before", "2020-01-11")
    assert (said.exit_code, worker.look(GONE, D1, 2**42).bars) == (1, 60)
    assert "10 bars at 1d until 2020-01-11" in said.output

    command("data", "purge", GONE, "--before", "2020-01-11", "--yes")

    assert worker.bars(GONE, D1, 2**42) == BARS[10:]
    assert [len(one.bars) for one in worker.archive.read_many(GONE, D1, [JANUARY])] == [21]
    assert command("data", "purge", GONE, "--before", "2020-01-11").output == f"{GONE} has no bars to forget\n"


def test_what_is_followed_keeps_what_its_state_is_rebuilt_from(command: Run, standing: Deployed) -> None:
    name = standing.configuration.shards[0].instruments[0]

    said = command("data", "purge", name, "--yes")

    assert said.exit_code == 1
    assert "give --keep-days 35" in str(said.exception)


def test_a_chunk_that_is_written_meanwhile_is_not_forgotten(worker: PurgeBars) -> None:
    (chunk,) = worker.series.chunks(GONE, D1, JANUARY, month_end(JANUARY))
    changed = replace(chunk, bars=[BARS[0]._replace(close=1.0), *BARS[1:]])
    worker.series.put(changed)

    assert worker.series.forget(chunk) is False
    assert worker.bars(GONE, D1, 2**42) == list(changed.bars)


def test_the_archive_is_brought_up_to_date_by_hand_and_a_day_of_it_again(command: Run, standing: Deployed) -> None:
    shard = standing.configuration.shards[0].name
    log = DynamoEvidence(standing.market, lambda: 0.0)
    log.advance(shard, month_named("2013-02"))  # so that weeks are left to be done, not years

    done = json.loads(command("data", "archive", "--json").output)
    again = command("data", "archive", "--day", "2013-02-01", "--shard", shard)
    wrong = command("data", "archive", "--shard", "nowhere")

    assert {f"{shard} bars", f"{shard} evidence"} <= set(done)
    assert f"{shard} evidence: " in again.output
    assert "there is no shard nowhere" in str(wrong.exception)
    assert S3Store(standing.client("s3"), "data").keys(f"decisions/shard={shard}/")

from decimal import Decimal
from pathlib import Path

import pytest

from tests.builders import share
from tests.unit.cli.desk import ROOT
from tradewind.cli.configuration.models import EnvironmentFile
from tradewind.cli.configuration.reading import read
from tradewind.cli.run.plan import SESSIONS, RunPlan, RunRequest, load, plan
from tradewind.cli.times import parse_time
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.series import Series
from tradewind.domain.timeframe import DAY, Timeframe


@pytest.fixture
def file() -> EnvironmentFile:
    return read(ROOT / "config" / "local.toml")


def series(name: str, first: int, count: int) -> Series:
    """Return daily bars of days `first`, `first + 1`, …; day n closes at n days."""
    bars = [Bar((n - 1) * DAY, n * DAY, 10, 11, 9, 10, 100) for n in range(first, first + count)]
    return Series(share(name), Timeframe.D1, bars)


def days(plan_: RunPlan) -> tuple[int, int, int, int]:
    """Return how many steps warm up and are traded, and the first and last traded day."""
    return len(plan_.warm_up), len(plan_.traded), plan_.traded[0] // DAY, plan_.traded[-1] // DAY


def test_without_a_start_the_latest_steps_are_traded_after_a_warm_up(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=100), file, [series("A.US", 1, 1000)])

    assert days(made) == (SESSIONS, 100, 901, 1000)
    assert made.configuration["trade_from"] == 900 * DAY


def test_all_steps_are_all_but_the_warm_up(file: EnvironmentFile) -> None:
    assert days(plan(RunRequest(steps=None), file, [series("A.US", 1, 1000)])) == (SESSIONS, 750, 251, 1000)


def test_from_a_start_the_first_steps_are_traded_and_what_comes_before_warms_up(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=10, start=99 * DAY), file, [series("A.US", 1, 1000)])

    assert days(made) == (99, 10, 100, 109)


def test_an_instrument_listed_later_begins_with_its_first_bar(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=100), file, [series("A.US", 1, 1000), series("NEW.US", 950, 51)])

    assert [len(one.bars) for one in made.series] == [350, 51]


def test_an_instrument_without_bars_in_the_chosen_time_is_left_out(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=100), file, [series("A.US", 500, 500), series("OLD.US", 1, 100)])

    assert [one.instrument.id for one in made.series] == ["A.US"]
    assert list(made.configuration["instruments"]) == ["A.US"]


def test_bars_too_few_to_warm_anything_up_are_all_stepped_through(file: EnvironmentFile) -> None:
    assert days(plan(RunRequest(), file, [series("A.US", 1, 150)])) == (0, 150, 1, 150)


def test_a_strategy_that_needs_longer_warms_up_longer(file: EnvironmentFile) -> None:
    slow = file.strategies[0].model_copy(update={"parameters": {"ema_slow": 400.0}})

    made = plan(RunRequest(steps=10), file.model_copy(update={"strategies": [slow]}), [series("A.US", 1, 2000)])

    assert len(made.warm_up) > SESSIONS


def test_a_time_without_bars_is_refused(file: EnvironmentFile) -> None:
    with pytest.raises(BadInputError, match="widen FROM= and TO="):
        plan(RunRequest(start=5000 * DAY), file, [series("A.US", 1, 1000)])


def test_cash_and_timeframe_of_the_run_replace_those_of_the_file(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=5, cash=Decimal("2500.50")), file, [series("A.US", 1, 600)])

    assert made.configuration["accounts"][0]["cash"] == "2500.5"
    assert made.configuration["strategies"][0]["timeframe"] == "1d"
    assert made.configuration["clock"] == "replay"


def test_each_venue_has_its_shards_and_its_fee_counts(file: EnvironmentFile) -> None:
    made = plan(RunRequest(steps=5), file, [series("A.US", 1, 600), series("BTC-USD.BINANCE", 1, 600)])

    assert made.shards == ("binance-1d-1", "us-1d-1")
    assert made.configuration["accounts"][0]["fee_bps"] == 10


def test_the_same_request_gives_the_same_configuration(file: EnvironmentFile) -> None:
    request = RunRequest(steps=50)

    assert plan(request, file, load(request)).configuration == plan(request, file, load(request)).configuration


def test_the_sample_bars_are_the_five_stocks() -> None:
    assert [one.instrument.id for one in load(RunRequest())] == ["AAPL.US", "IBM.US", "MSFT.US", "GOOG.US", "FB.US"]
    assert [one.instrument.id for one in load(RunRequest(symbols=("us:ibm",)))] == ["IBM.US"]


def test_the_sample_bars_have_one_interval() -> None:
    with pytest.raises(BadInputError, match="the sample bars are daily, not 1h: give BARS=DIR"):
        load(RunRequest(interval="1h"))


def test_bars_before_the_start_are_read_for_the_warm_up(tmp_path: Path) -> None:
    rows = [f"{n * DAY},10,11,9,10,5" for n in range(15_000, 15_020)]
    (tmp_path / "us_ACME_1d.csv").write_text("ts,open,high,low,close,volume\n" + "\n".join(rows) + "\n")

    (one,) = load(RunRequest(bars=tmp_path, start=15_010 * DAY, end=15_015 * DAY))

    assert [bar.ts_open // DAY for bar in one.bars] == list(range(15_000, 15_015))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T00:30", DAY + 1_800_000),
        ("1970-01-02T02:00:00+02:00", DAY),
        ("1325376000000", 1_325_376_000_000),
    ],
)
def test_times_are_read_as_people_and_programs_write_them(text: str, expected: int) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["yesterday", "2012-13-01", "1325376000"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="is no time"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01", "2500-01-01", "99999999999999999", "9" * 19])
def test_a_time_that_no_bar_can_have_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInputError, match="outside the years 1900 to 2199"):
        parse_time(text)


def test_a_number_that_goes_on_for_ever_is_no_time() -> None:
    with pytest.raises(BadInputError, match="is no time"):
        parse_time("9" * 5000)

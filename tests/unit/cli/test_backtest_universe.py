"""A backtest under a universe as a person meets it: from a file, from what an environment stored, or by itself."""

import gzip
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_universes import FIRST
from tests.samples.make_bars import FOLDER
from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import OPTIONS, tables
from tests.unit.cli.environment_file import environment
from tradewind.adapters.dynamodb.universes import DynamoUniverses
from tradewind.cli.bars import load_folder
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import DAY

QUICK = ("--strategy", "rsi_pullback_pro", "--engine", "interpreted", "--json", "-")
PARAMETERS = ("ema_fast=10", "ema_slow=30", "rsi_period=5", "maximum_bars=9")
BEGUN = 19_723
"""2024-01-01, the day on which the sample bars begin."""

AAA, BBB, GONE = "AAA-USDT.SAMPLE", "BBB-USDT.SAMPLE", "GONE-USDT.SAMPLE"
DAYS: dict[int, Sequence[str]] = {
    BEGUN: [AAA, GONE],
    **{BEGUN + number: [AAA, BBB] for number in range(1, 9)},
    **{BEGUN + number: [BBB] for number in range(9, 18)},
}

CONFIGURATION = environment(
    """\
[universes.wide]
venue = "SAMPLE"
provider = "bybit"

[universes.fresh]
venue = "SAMPLE"
provider = "bybit"

[[markets]]
venue = "SAMPLE"
provider = "bybit"
timeframes = ["1h"]
universe = "wide"
""",
    "1h",
    "gates = { minimum_strength = 0, confirmations = 0 }\n",
)


@pytest.fixture
def told(command: Run) -> Any:
    """Return a function that runs a backtest of the sample bars and gives what it tells programs."""

    def run(*arguments: object, bars: Path = FOLDER) -> dict[str, Any]:
        parameters = [part for one in PARAMETERS for part in ("--param", one)]
        answer = command("backtest", bars, *QUICK, *parameters, *arguments)
        if answer.exception:
            raise answer.exception
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    return run


@pytest.fixture
def desk(project: Path) -> Path:
    """Describe an environment that follows a universe, with its pinned members."""
    (project / "config" / "desk.toml").write_text(CONFIGURATION)
    folder = project / "config" / "universes"
    folder.mkdir(exist_ok=True)
    row = {"symbol": "BBB-USDT", "tick": "0.01", "lot": "0.01", "minimum_notional": "1"}
    (folder / "wide.json").write_text(json.dumps({"shards": [[row]]}))
    return project


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """Give an environment that stored who belonged on each day."""
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds

    with mock_aws():
        environment = Deployed("desk", {}, OPTIONS)
        environment.outputs = tables(environment)
        universes = DynamoUniverses(environment.market)
        for day, names in DAYS.items():
            universes.put(replace(FIRST, universe="wide", day=day, members=tuple(map(InstrumentId, names))))
        monkeypatch.setattr("tradewind.cli.deployed.connect", lambda _: environment)
        yield environment


def file_of(folder: Path, days: Any, name: str = "mine") -> Path:
    path = folder / "members.json"
    path.write_text(json.dumps({"universe": name, "days": days}))
    return path


def shortened(folder: Path, name: str, last: int) -> Path:
    """Copy the sample bars, one file of them only up to a time."""
    shutil.copytree(FOLDER, folder)
    head, *rows = gzip.decompress((folder / name).read_bytes()).decode().splitlines()
    kept = [row for row in rows if int(row.partition(",")[0]) <= last]
    (folder / name).write_bytes(gzip.compress("\n".join([head, *kept]).encode()))
    return folder


def test_a_file_says_who_may_be_entered_and_the_report_says_who_that_was(told: Any, desk: Path) -> None:
    days = {"2024-01-01": [AAA, GONE], "2024-01-02": [AAA, BBB], "2024-01-10": [BBB]}

    found, free = told("--universe", file_of(desk, days)), told()

    universe = found["universe"]
    assert {name: universe[name] for name in ("name", "first_day", "last_day", "first", "last")} == {
        "name": "mine", "first_day": "2024-01-01", "last_day": "2024-01-18", "first": 2, "last": 1,
    }  # fmt: skip
    assert (universe["joined"], universe["left"], universe["members"]) == (1, 2, 3)
    assert universe["without_bars"] == [GONE]
    assert free["universe"] is None
    assert {order["instrument"] for order in found["orders"]} == {"AAA-USD.SAMPLE", "BBB-USD.SAMPLE"}
    assert found["reasons"]["rsi_pullback_pro"]["HOLD NOT_A_MEMBER"] > 1_000
    assert found["decisions_digest"] != free["decisions_digest"]
    entered = [
        one["created"] // DAY for one in found["orders"] if one["leg"] == "ENTRY" and one["instrument"][0] == "A"
    ]
    assert entered
    assert max(entered) <= BEGUN + 9
    (aaa,) = load_folder(FOLDER, ("AAAUSDT",))
    assert found["metrics"]["buy_and_hold"] == pytest.approx(aaa.bars[-1].close / aaa.bars[0].close - 1)
    assert any("1 of 3 members of mine have no bars here (GONE-USDT.SAMPLE)" in line for line in found["warnings"])
    assert any("on 15 days the members of mine were not recorded" in line for line in found["warnings"])


def test_what_an_environment_stored_and_what_was_exported_of_it_are_the_same(
    command: Run, told: Any, desk: Path, stored: Deployed
) -> None:
    path = desk / "wide.json"

    answer = command("universe", "export", "wide", "--env", "desk", "--to", "2024-01-31", "--out", path)
    by_name = told("--env", "desk", "--universe", "wide")
    by_file = told("--env", "desk", "--universe", path)

    assert "18 days, 2024-01-01 to 2024-01-18, 3 that belonged" in answer.output
    words = ("universe", "export", "wide", "--from", "2024-01-03", "--to", "2024-01-05", "--out", desk / "part.json")
    part = json.loads(command(*words, "--json").output)
    assert (part["span"], part["days"], part["instruments"]) == (["2024-01-03", "2024-01-05"], 3, [AAA, BBB])
    assert by_name["decisions_digest"] == by_file["decisions_digest"]
    assert (by_name["universe"].pop("source"), by_file["universe"].pop("source")) == ("desk", str(path))
    assert by_name["universe"] == by_file["universe"]
    assert not any("recorded" in line for line in by_name["warnings"])


def test_a_configuration_that_follows_a_universe_is_backtested_under_it_without_being_asked(
    told: Any, desk: Path, stored: Deployed
) -> None:
    by_itself, asked = told("--env", "desk"), told("--env", "desk", "--universe", "wide")
    free = told("--env", "desk", "--universe", "none")

    assert by_itself["universe"] == asked["universe"]
    assert by_itself["decisions_digest"] == asked["decisions_digest"] != free["decisions_digest"]
    assert free["universe"] is None


def test_where_members_are_not_known_one_line_says_that_everybody_counts(
    told: Any, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> None:
        raise CommandError("nothing is deployed as desk from here")

    monkeypatch.setattr("tradewind.cli.deployed.connect", refuse)

    found, free = told("--env", "desk"), told("--env", "desk", "--universe", "none")

    (line,) = [line for line in found["warnings"] if "wide" in line]
    assert "cannot be read (nothing is deployed as desk from here): give a file with --universe FILE" in line
    assert "every instrument counts as a member" in line
    assert found["decisions_digest"] == free["decisions_digest"]


def test_before_the_first_day_that_is_known_nothing_is_entered_and_that_is_said(told: Any, desk: Path) -> None:
    found = told("--universe", file_of(desk, {"2024-01-08": [AAA, BBB]}))

    known = (BEGUN + 7) * DAY
    assert found["orders"]
    assert min(one["created"] for one in found["orders"]) > known
    assert found["universe"]["unknown_days"] == 7
    assert any("is known from 2024-01-08 on: nothing was entered on the 7 days" in one for one in found["warnings"])


@pytest.mark.parametrize(("options", "became"), [((), "held at it"), (("--close-delisted",), "sold at it")])
def test_what_is_held_of_a_delisted_member_is_said(
    told: Any, desk: Path, tmp_path: Path, options: tuple[str, ...], became: str
) -> None:
    days = {"2024-01-01": ["AAA-USD.SAMPLE", "BBB-USD.SAMPLE"], "2024-01-15": ["BBB-USD.SAMPLE"]}
    path = file_of(desk, days)
    fills = [one for one in told("--universe", path)["fills"] if one["instrument"] == "AAA-USD.SAMPLE"]
    last = max(one["ts"] for one in fills if one["leg"] == "ENTRY")
    folder = shortened(tmp_path / "bars", "sample_AAAUSDT_1h.csv.gz", last)

    found = told("--universe", path, *options, bars=folder)

    (ended,) = found["universe"]["ended"]
    assert (ended["instrument"], ended["became"]) == ("AAA-USD.SAMPLE", became)
    (line,) = [line for line in found["warnings"] if "its bars end" in line]
    assert line.endswith(f"at {ended['price']:g}; {became}")
    sold = [one for one in found["orders"] if one["reason"] == "DELISTED"]
    assert len(sold) == len(options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "members.json is no file of a universe: it holds"),
        ('{"universe": "x"', "members.json is no JSON: .*line 1 column 17"),
        ('{"universe": "x", "days": {}}', "members.json has no days"),
        ('{"universe": "x", "days": {"soon": []}}', "'soon' is no day: write it as 2026-05-01"),
        (
            '{"universe": "x", "days": {"2024-01-01": ["BTC"]}}',
            '2024-01-01: "BTC" is no instrument, as BTC-USDT.BYBIT is',
        ),
        ('{"universe": "x", "days": {"2024-01-01": "BTC-USDT.X"}}', "members.json, 2024-01-01: members are a list"),
        ('{"universe": "x", "days": {"2024-01-01": [], "2024-01-01": []}}', "'2024-01-01' is there twice"),
        ('{"universe": "x", "days": {"2025-01-01": ["AAA-USD.SAMPLE"]}}', "is known from 2025-01-01 on, and the bars"),
        (
            '{"universe": "x", "days": {"2024-01-01": ["ZZZ-USD.SAMPLE"]}}',
            "none of the bars' instruments .*ZZZ-USD.SAMPLE",
        ),
        ('{"universe": "x", "days": {"2024-01-01": []}}', "its members then: nobody; --universe none trades without"),
    ],
)
def test_a_file_that_cannot_be_gone_by_is_refused_in_one_sentence(told: Any, desk: Path, text: str, words: str) -> None:
    path = desk / "members.json"
    path.write_text(text)

    with pytest.raises(Exception, match=words):
        told("--universe", path)


def test_what_is_not_there_is_refused_with_what_is(command: Run, told: Any, desk: Path, stored: Deployed) -> None:
    with pytest.raises(Exception, match=r"there is no file .*none.json: write one with `tradewind universe export"):
        told("--universe", desk / "none.json")
    with pytest.raises(
        Exception, match=r"desk has no universe 'narrow' \(it has fresh, wide\); a file is given by its path"
    ):
        told("--env", "desk", "--universe", "narrow")
    with pytest.raises(Exception, match="nothing is stored in desk of who belonged to fresh up to 2024-01-18"):
        told("--env", "desk", "--universe", "fresh")
    assert "nothing is known of narrow up to" in str(command("universe", "export", "narrow").exception)
    early = command("universe", "export", "wide", "--from", "2024-02-01", "--to", "2024-01-01")
    assert "--from 2024-02-01 is after --to 2024-01-01" in str(early.exception)

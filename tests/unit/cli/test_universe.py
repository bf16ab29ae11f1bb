"""Universes as a person meets them: previewed, pinned into shards that stay, refused where they do not fit."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.application.test_refresh_universe import Venue, listing
from tests.unit.cli.conftest import Run
from tests.unit.cli.environment_file import environment
from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import read
from tradewind.domain.errors import BadInputError

CONFIGURATION = environment(
    """\
[universes.wide]
venue = "X"
provider = "bybit"
preset = "liquid-90"
minimum_turnover = 10
top = {top}

[[markets]]
venue = "X"
provider = "{provider}"
timeframes = ["1m"]
universe = "wide"
""",
    "1m",
)

type Lists = Callable[..., None]


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Return a function that says what the provider lists, the most traded first."""

    def say(*bases: str) -> None:
        turnover = {base: 2_000_000 - rank for rank, base in enumerate(bases)}
        venue = Venue([listing(base) for base in bases], turnover)
        monkeypatch.setattr("tradewind.adapters.market.registry.build", lambda *_, **__: venue)
        monkeypatch.setattr("tests.unit.application.test_refresh_universe.TODAY", 0)
        monkeypatch.setattr("tradewind.cli.commands.universe._now", lambda: 5)

    return say


@pytest.fixture
def desk(project: Path) -> Path:
    path = project / "config" / "desk.toml"
    path.write_text(CONFIGURATION.format(top=90, provider="bybit"))
    return path


def shards(desk: Path) -> dict[str, list[str]]:
    return {row["name"]: [name[:3] for name in row["instruments"]] for row in build(read(desk))["shards"]}


def test_a_preview_shows_who_belongs_and_why_others_do_not_and_writes_nothing(
    command: Run, desk: Path, lists: Lists
) -> None:
    lists("AAA", "BBB", "USDC", "BTC3L")

    said = command("universe", "preview", "wide", "--env", "desk")

    assert said.exit_code == 0, said.output
    assert "2 of 4 listed instruments belong" in said.output
    assert said.output.index("AAA-USDT.X") < said.output.index("BBB-USDT.X")
    assert "left out: 2 CATEGORY" in said.output
    assert not (desk.parent / "universes").exists()


def test_a_preview_for_programs_has_every_reason(command: Run, desk: Path, lists: Lists) -> None:
    lists("AAA", "USDC")

    told = json.loads(
        command("universe", "preview", "liquid-90", "--provider", "bybit", "--env", "desk", "--json").output
    )

    assert [row["instrument"] for row in told["members"]] == ["AAA-USDT.X"]
    assert told["left_out"] == {"USDC-USDT.X": "CATEGORY stable"}


def test_what_was_never_pinned_is_refused_with_what_to_do(desk: Path) -> None:
    with pytest.raises(
        BadInputError, match=r"desk.toml:15: .*wide was never pinned: run `tradewind universe pin wide`"
    ):
        read(desk)


def test_pinned_members_fill_shards_and_stay_in_them(command: Run, desk: Path, lists: Lists) -> None:
    names = [f"C{number:02d}" for number in range(91)]
    desk.write_text(CONFIGURATION.format(top=200, provider="bybit"))
    lists(*names)
    assert command("universe", "pin", "wide", "--env", "desk").exit_code == 0
    assert {name: len(members) for name, members in shards(desk).items()} == {"x-1m-1": 90, "x-1m-2": 1}

    lists("NEW", *names[1:])
    said = json.loads(command("universe", "pin", "wide", "--env", "desk", "--json").output)

    assert (said["came"], said["went"]) == (["NEW-USDT.X"], ["C00-USDT.X"])
    assert shards(desk) == {"x-1m-1": [*names[1:90], "NEW"], "x-1m-2": ["C90"]}


def test_rules_of_pinned_instruments_come_with_them(command: Run, desk: Path, lists: Lists) -> None:
    lists("AAA")
    command("universe", "pin", "wide", "--env", "desk")

    assert build(read(desk))["instruments"] == {
        "AAA-USDT.X": {"tick": "0.01", "lot": "0.01", "minimum_notional": "0.01", "minimum_quantity": "0.01"}
    }


def test_rules_of_one_s_own_for_a_member_stand_before_and_after_it_is_pinned(
    command: Run, desk: Path, lists: Lists
) -> None:
    desk.write_text(f'{desk.read_text()}\n[instruments."AAA-USDT.X"]\ntick = "0.5"\nlot = "1"\n')
    lists("AAA")

    for _ in range(2):
        assert command("universe", "pin", "wide", "--env", "desk").exit_code == 0
    assert build(read(desk))["instruments"]["AAA-USDT.X"]["tick"] == "0.5"
    lists("BBB")
    command("universe", "pin", "wide", "--env", "desk")
    with pytest.raises(BadInputError, match=r"AAA-USDT.X: no market lists this instrument"):
        read(desk)


def test_a_universe_beyond_its_providers_limits_is_refused_with_the_largest_that_fits(
    command: Run, desk: Path, lists: Lists
) -> None:
    lists(*(f"C{number:02d}" for number in range(90)))
    command("universe", "pin", "wide", "--env", "desk")
    desk.write_text(CONFIGURATION.format(top=90, provider="kraken"))

    with pytest.raises(BadInputError, match=r"90 instruments of 1m are more than Kraken .* at most 38 fit"):
        read(desk)


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ('universe = "wide"', 'universe = "narrow"', r"there is no \[universes.narrow\]: there are wide"),
        ('universe = "wide"', "", "name its instruments, or a universe"),
        ('preset = "liquid-90"', 'preset = "best"', "unknown preset 'best': use one of liquid-90"),
    ],
)
def test_mistakes_are_told_with_their_remedy(desk: Path, wrong: str, right: str, fault: str) -> None:
    desk.write_text(desk.read_text().replace(wrong, right))

    with pytest.raises(BadInputError, match=fault):
        read(desk, pinned=False)


def test_an_unknown_universe_names_the_known_ones(command: Run, desk: Path) -> None:
    said = command("universe", "preview", "narrow", "--env", "desk")

    assert "it has wide" in str(said.exception)

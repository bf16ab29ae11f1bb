from pathlib import Path

import pytest

from tradewind.cli.configuration.models import EnvironmentFile
from tradewind.cli.configuration.reading import parse, read
from tradewind.domain.errors import BadInputError

SOUND = """\
[environment]
name = "desk"
clock = "replay"

[[markets]]
venue = "US"
provider = "replay"
timeframes = ["1d"]
instruments = ["AAPL", "IBM"]
tick = "0.01"
lot = "1"

[[accounts]]
name = "paper"
cash = 100000

[accounts.limits]
open_positions = 5
exposure = 1.0

[[strategies]]
name = "rsi_pullback_pro"
account = "paper"
timeframe = "1d"

[strategies.parameters]
ema_fast = 50

[alerts]
emails = []
"""


def checked(text: str) -> EnvironmentFile:
    return parse(text, Path("config/desk.toml"))


def complaints(old: str, new: str, text: str = SOUND) -> list[str]:
    """Return what is said of the sound file with one thing replaced."""
    assert old in text
    with pytest.raises(BadInputError) as caught:
        checked(text.replace(old, new))
    return str(caught.value).splitlines()


def test_a_sound_file_is_read() -> None:
    file = checked(SOUND)

    assert file.environment.name == "desk"
    assert file.accounts[0].limits.open_positions == 5


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_every_file_that_is_shipped_is_sound(name: str) -> None:
    file = read(Path(__file__).parents[4] / "config" / f"{name}.toml")

    assert file.environment.name == name


@pytest.mark.parametrize(
    ("old", "new", "place", "hint"),
    [
        ("exposure = 1.0", "exposure = 1.5", "desk.toml:19: accounts[1].limits.exposure:", "less than or equal to 1"),
        ("exposure = 1.0", "exposre = 1.0", "desk.toml:19: accounts[1].limits.exposre:", "did you mean exposure?"),
        ("exposure = 1.0", "exposure = 1.5", "desk.toml:19: accounts[1].limits.exposure: 1.5: ", "less than"),
        ("cash = 100000", "cash = nan", "desk.toml:15: accounts[1].cash: nan: ", "finite"),
        ("open_positions = 5", "open_positions = 0", "desk.toml:18: accounts[1].limits.open_positions:", "greater"),
        ("open_positions = 5", 'open_positions = "x"', "desk.toml:18: accounts[1].limits.open_positions:", "integer"),
        ("cash = 100000", "", "desk.toml:13: accounts[1].cash:", "add cash = …"),
        ("cash = 100000", 'cash = 100000\nmode = "live"', "desk.toml:16: accounts[1].mode:", "needs a venue"),
        ('provider = "replay"', 'provider = "reply"', "desk.toml:7: markets[1].provider:", "use kraken, binance"),
        ('timeframes = ["1d"]', 'timeframes = ["2d"]', "desk.toml:8: markets[1].timeframes[1]:", "'1d'"),
        ('"IBM"]', '"IBM", "AAPL"]', "desk.toml:9: markets[1].instruments[3]:", "AAPL.US at 1d is listed twice"),
        ('tick = "0.01"', "", "desk.toml:9: markets[1].instruments[1]:", "AAPL.US has no tick and lot"),
        ('tick = "0.01"', 'tick = "-1"', "desk.toml:10: markets[1].tick:", "greater than 0"),
        ('name = "desk"', 'name = "prod"', "desk.toml:2: environment.name:", 'write name = "desk"'),
        ('clock = "replay"', 'clock = "system"', "desk.toml:7: markets[1].provider:", "does not go with"),
        ("rsi_pullback_pro", "rsi_pullback", "desk.toml:22: strategies[1].name:", "unknown strategy 'rsi_pullback'"),
        ("ema_fast = 50", "ema_fast = 1", "desk.toml:27: strategies[1].parameters.ema_fast:", "outside 2 to 400 bars"),
        (
            "ema_fast = 50",
            "ema_quick = 5",
            "desk.toml:27: strategies[1].parameters.ema_quick:",
            "no parameter 'ema_quick'",
        ),
        (
            "ema_fast = 50",
            "ema_fast = 300",
            "desk.toml:27: strategies[1].parameters.ema_fast:",
            "must be below ema_slow",
        ),
        ('account = "paper"', 'account = "real"', "desk.toml:23: strategies[1].account:", "there are paper"),
        ("emails = []", 'emails = ["nobody"]', "desk.toml:30: alerts.emails[1]:", "does not look right"),
        ("emails = []", 'webhooks = ["http://x.y"]', "desk.toml:30: alerts.webhooks[1]:", "begin with https://"),
        ("emails = []", 'emails = []\n[schedules]\nwatch = "hourly"', "desk.toml:32: schedules.watch:", "no schedule"),
        ("[environment]", "[environment", "desk.toml:1:", "not TOML"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(old: str, new: str, place: str, hint: str) -> None:
    lines = complaints(old, new)

    assert len(lines) == 1, lines
    assert lines[0].startswith(f"config/{place}")
    assert hint in lines[0]


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    lines = complaints("exposure = 1.0", "exposure = 7", SOUND.replace('venue = "US"', 'venue = "us"'))

    assert [line.split(":")[1] for line in lines] == ["6", "19"]


def test_an_element_of_a_long_array_is_named_by_its_own_line() -> None:
    array = 'instruments = [\n  "AAPL", # first\n  "ibm",\n]'

    (line,) = complaints('instruments = ["AAPL", "IBM"]', array)

    assert line.startswith("config/desk.toml:11: markets[1].instruments[2]:")


def test_parameters_are_judged_together_before_each_alone() -> None:
    assert checked(SOUND.replace("ema_fast = 50", "ema_fast = 300\nema_slow = 500"))


def test_an_account_trades_bars_of_one_length() -> None:
    second = '[[strategies]]\nname = "rsi_pullback_pro"\naccount = "paper"\ntimeframe = "1h"\n\n[alerts]'

    lines = complaints("[alerts]", second, SOUND.replace('["1d"]', '["1d", "1h"]'))

    assert any("already at work for paper" in line for line in lines)
    assert any("use an account for each timeframe" in line for line in lines)


def test_an_absent_file_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(SOUND)

    with pytest.raises(BadInputError, match=r"there is no .*/qa.toml: the environments are local"):
        read(tmp_path / "qa.toml")

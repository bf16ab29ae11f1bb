"""What a provider has not, or does not allow so often, is refused before anything is deployed."""

from pathlib import Path

import pytest

from tests.unit.cli.environment_file import environment
from tradewind.cli.configuration.models import EnvironmentFile
from tradewind.cli.configuration.reading import parse
from tradewind.domain.errors import BadInputError

FILE = environment(
    """\
[[markets]]
venue = "KRAKEN"
provider = "{provider}"
timeframes = [{timeframes}]
instruments = [{instruments}]
tick = "0.01"
lot = "0.0001"
""",
    "{first}",
)


def checked(provider: str, instruments: int, *timeframes: str) -> EnvironmentFile:
    names = ", ".join(f'"C{number}-USD"' for number in range(instruments))
    frames = ", ".join(f'"{frame}"' for frame in timeframes)
    text = FILE.format(provider=provider, timeframes=frames, instruments=names, first=timeframes[0])
    if provider == "alpaca":
        text += '[providers.alpaca]\ncredentials = "ssm:/data"\n'
    return parse(text, Path("config/desk.toml"))


def test_ninety_minutes_on_kraken_are_refused_with_how_many_fit() -> None:
    with pytest.raises(
        BadInputError, match=r"desk.toml:8: .*90 instruments of 1m are more than Kraken.*at most 38 fit"
    ):
        checked("kraken", 90, "1m")


@pytest.mark.parametrize(
    ("provider", "count", "frame"), [("kraken", 38, "1m"), ("binance", 611, "1m"), ("alpaca", 611, "1m")]
)
def test_what_fits_is_sound(provider: str, count: int, frame: str) -> None:
    assert len(checked(provider, count, frame).markets[0].instruments) == count


def test_a_limit_by_the_day_is_one_for_minutes_too() -> None:
    with pytest.raises(BadInputError, match=r"25 requests in 86400 s\) in the time of one fetch: at most 0 fit"):
        checked("alpha_vantage", 1, "1m")


def test_the_largest_that_fits_does_and_one_more_does_not() -> None:
    checked("kraken", 38, "1m")
    with pytest.raises(BadInputError, match="at most 38 fit"):
        checked("kraken", 39, "1m")


def test_a_provider_that_leaves_time_for_the_next_has_less_for_itself() -> None:
    text = FILE.replace('provider = "{provider}"', 'provider = "kraken"\nfallbacks = ["coinbase"]')
    names = ", ".join(f'"C{number}-USD"' for number in range(23))

    with pytest.raises(BadInputError, match="at most 22 fit"):
        parse(text.format(timeframes='"1m"', instruments=names, first="1m"), Path("config/desk.toml"))


def test_longer_bars_leave_less_for_the_shorter() -> None:
    with pytest.raises(BadInputError, match=r"20 instruments of 1m are more .* at most 18 fit"):
        checked("kraken", 20, "1m", "5m")


def test_a_simulated_venue_allows_what_it_is_told_to() -> None:
    assert checked("kraken@http://127.0.0.1:8123", 90, "1m")


def test_an_interval_that_a_provider_has_not_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"desk.toml:7: .*Coinbase has no 4h bars: it has 1m, 5m, 15m, 1h, 1d"):
        checked("coinbase", 1, "4h")

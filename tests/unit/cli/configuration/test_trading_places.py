from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.cli.configuration.test_reading import SOUND, checked, complaints
from tradewind import brokerage
from tradewind.adapters.venues.alpaca import AlpacaVenue
from tradewind.adapters.venues.kraken import KrakenVenue
from tradewind.cli.configuration.building import build, write
from tradewind.cli.configuration.reading import parse
from tradewind.domain.configuration import AccountMode, Configuration
from tradewind.domain.errors import BadInputError

LIVE = SOUND.replace('clock = "replay"', 'clock = "system"').replace('"replay"\ntimeframes', '"alpaca"\ntimeframes')
ACCOUNT = 'name = "paper"\ncash'


def elsewhere(lines: str) -> str:
    keys = '\n[providers.alpaca]\ncredentials = "ssm:/data"\n'
    return LIVE.replace(ACCOUNT, f'name = "paper"\n{lines}\ncash') + keys


def configured(lines: str, folder: Path) -> Configuration:
    return write(build(checked(elsewhere(lines))), folder / "environment.json")


SANDBOX = 'mode = "sandbox"\nvenue = "alpaca"\ncredentials = "secretsmanager:tradewind/alpaca"'
SIMULATED = 'mode = "sandbox"\nvenue = "kraken@http://127.0.0.1:8000"\ncredentials = "ssm:/tradewind/kraken"'


def test_a_paper_account_needs_no_venue(tmp_path: Path) -> None:
    account = write(build(checked(SOUND)), tmp_path / "environment.json").accounts[0]

    assert (account.venue, account.mode, account.credentials) == ("PAPER", AccountMode.PAPER, "")


def test_an_account_names_its_venue_and_where_its_credentials_lie(tmp_path: Path) -> None:
    account = configured(SIMULATED, tmp_path).accounts[0]

    assert (account.venue, account.mode) == ("KRAKEN", AccountMode.SANDBOX)
    assert (account.credentials, account.address) == ("ssm:/tradewind/kraken", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('mode = "live"', "needs a venue"),
        ('mode = "margin"', "unknown mode 'margin'"),
        ('mode = "sandbox"', "needs a venue"),
        ('venue = "kraken"', "a paper account is matched here"),
        ('mode = "sandbox"\nvenue = "mtgox"', "unknown venue 'mtgox'"),
        ('mode = "sandbox"\nvenue = "alpaca"', "needs credentials"),
        ('mode = "sandbox"\nvenue = "kraken"\ncredentials = "ssm:/a"', "KRAKEN has no accounts with play money"),
        ('mode = "sandbox"\nvenue = "kraken@http://10.0.0.1:80"', "no address of a simulated venue on this machine"),
        ('mode = "sandbox"\nvenue = "alpaca"\ncredentials = "PKABCDEF"', "credentials are named by their place"),
    ],
)
def test_what_does_not_fit_together_is_said(lines: str, said: str) -> None:
    found = "\n".join(complaints(ACCOUNT, f'name = "paper"\n{lines}\ncash', LIVE))

    assert said in found
    assert "PKABCDEF" not in found


@pytest.mark.parametrize("environment", ["local", "dev"])
def test_real_money_is_never_traded_from_a_desk(environment: str) -> None:
    real = elsewhere(SANDBOX.replace("sandbox", "live")).replace('"desk"', f'"{environment}"')

    with pytest.raises(BadInputError, match=f"{environment} trades no real money"):
        parse(real, Path(f"config/{environment}.toml"))
    assert parse(elsewhere(SANDBOX.replace("sandbox", "live")), Path("config/desk.toml")).accounts[0].mode == "live"


def test_recorded_time_asks_no_venue() -> None:
    said = complaints(ACCOUNT, f'name = "paper"\n{SANDBOX}\ncash', SOUND)

    assert any("time is recorded here" in line for line in said)


def nobody(service: str) -> object:
    raise AssertionError(f"{service} was asked before there was a question")


def test_each_account_has_an_adapter_of_its_own_and_asks_for_nothing_until_it_is_asked(tmp_path: Path) -> None:
    found: Mapping[str, object] = brokerage.venues(configured(SIMULATED, tmp_path), nobody)
    alpaca = brokerage.venues(configured(SANDBOX, tmp_path), nobody)["paper"]

    assert set(found) == {"PAPER", "paper"}
    assert isinstance(found["paper"], KrakenVenue)
    assert found["paper"].instruments == []  # AAPL.US is none of Kraken's
    assert isinstance(alpaca, AlpacaVenue)
    assert alpaca.wire.base_url == "https://paper-api.alpaca.markets"
    assert list(alpaca.instruments) == ["AAPL.US", "IBM.US"]

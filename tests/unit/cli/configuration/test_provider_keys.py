"""Where the credentials of market data providers lie is said in the file, and checked before anything is deployed."""

from pathlib import Path

import pytest

from tests.unit.cli.environment_file import environment
from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import parse
from tradewind.domain.errors import BadInputError

FILE = environment(
    """\
[[markets]]
venue = "US"
provider = "{provider}"
fallbacks = ["{fallback}"]
timeframes = ["1d"]
instruments = ["AAPL"]
tick = "0.01"
lot = "1"
""",
    "1d",
)
ALPACA = '[providers.alpaca]\ncredentials = "secretsmanager:data/alpaca"\n'
POLYGON = '[providers.polygon]\ncredentials = "ssm:/data/polygon"\n'


def built(provider: str, fallback: str, tables: str) -> dict[str, object]:
    text = FILE.format(provider=provider, fallback=fallback) + tables
    return build(parse(text, Path("config/desk.toml")))


def test_each_credential_is_built_by_the_variable_that_a_person_would_set() -> None:
    assert built("alpaca", "polygon", ALPACA + POLYGON)["provider_keys"] == {
        "ALPACA_KEY_ID": "secretsmanager:data/alpaca",
        "ALPACA_SECRET_KEY": "secretsmanager:data/alpaca",
        "POLYGON_API_KEY": "ssm:/data/polygon",
    }


@pytest.mark.parametrize(
    ("provider", "fallback", "tables", "message"),
    [
        ("alpaca", "polygon", ALPACA, r"desk.toml:7: .*polygon asks for credentials: put POLYGON_API_KEY somewhere"),
        ("polygon", "alpaca", ALPACA, r"desk.toml:6: .*polygon asks for credentials"),
        ("alpaca", "polygon", ALPACA + POLYGON.replace("ssm:/data/polygon", "hunter2"), "named by their place"),
        (
            "alpaca",
            "polygon",
            ALPACA + POLYGON + '[providers.kraken]\ncredentials = "ssm:/x"\n',
            "kraken asks for no credentials: remove its table",
        ),
    ],
    ids=["fallback", "first", "in the open", "needless"],
)
def test_credentials_that_are_nowhere_in_the_open_or_needless_are_refused(
    provider: str, fallback: str, tables: str, message: str
) -> None:
    with pytest.raises(BadInputError, match=message) as refused:
        built(provider, fallback, tables)

    assert "hunter2" not in str(refused.value)


def test_who_needs_none_is_built_without() -> None:
    assert "provider_keys" not in built("kraken", "binance", "")

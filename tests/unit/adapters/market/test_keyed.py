"""A provider that asks for credentials finds them where they lie, and stops nobody else while they are missing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tradewind.adapters.market import registry
from tradewind.adapters.market.keyed import LASTS, KeyedSource, SecretVariables
from tradewind.adapters.secrets import Secrets
from tradewind.application.failover import Provider
from tradewind.application.ports_market import Answer, BarSource
from tradewind.bootstrap import process
from tradewind.domain.errors import BadInputError, PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe
from tradewind.settings import RuntimeSettings

NAME = InstrumentId("AAPL.US")
PLACES = {"ALPACA_KEY_ID": "ssm:/alpaca", "ALPACA_SECRET_KEY": "ssm:/alpaca", "POLYGON_API_KEY": "ssm:/polygon"}


class Parameters:
    """Plays SSM."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert WithDecryption
        return {"Parameter": {"Value": self.values[Name]}}


def variables(**values: str) -> SecretVariables:
    client = Parameters({f"/{name}": value for name, value in values.items()})
    return SecretVariables({"HOME": "/root"}, PLACES, Secrets(lambda _: client))


def test_variables_that_lie_elsewhere_are_read_when_they_are_asked_for() -> None:
    known = variables(alpaca=json.dumps({"ALPACA_KEY_ID": "id", "ALPACA_SECRET_KEY": "secret"}), polygon=" key\n")

    assert registry.keys_of(registry.facts("alpaca"), known) == {"ALPACA_KEY_ID": "id", "ALPACA_SECRET_KEY": "secret"}
    assert registry.keys_of(registry.facts("polygon"), known) == {"POLYGON_API_KEY": "key"}
    assert (known["HOME"], known.get("nothing"), len(known)) == ("/root", None, len(list(known)))


def test_a_secret_that_is_not_what_it_should_be_is_told_by_its_place_alone() -> None:
    with pytest.raises(PermanentError, match="ssm:/alpaca must be a JSON object with ALPACA_KEY_ID") as told:
        registry.keys_of(registry.facts("alpaca"), variables(alpaca="hunter2"))

    assert "hunter2" not in str(told.value)


def test_settings_of_a_function_find_credentials_where_its_deployment_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "client", lambda _: Parameters({"/polygon": "key"}))
    told = RuntimeSettings({"PROVIDER_KEYS": json.dumps({"POLYGON_API_KEY": "ssm:/polygon"})})

    assert process.with_keys(told).variables["POLYGON_API_KEY"] == "key"
    plain = RuntimeSettings({})
    assert process.with_keys(plain) is plain


class Served(BarSource):
    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        assert (timeframe, since_close, until) == (Timeframe.D1, 1, 2)
        return Answer(dict.fromkeys(instruments, ()), {})

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return 7


def test_credentials_that_are_missing_fail_the_provider_s_own_calls_until_they_are_there() -> None:
    there = list[bool]()

    def build() -> Provider:
        if not there:
            raise BadInputError("Polygon needs credentials")
        return Provider("polygon", Served(), lambda _: None)

    source = KeyedSource(build, lambda: 0.0)

    for asks in (lambda: source.bars([NAME], Timeframe.D1, 1, 2), lambda: source.expect(3)):
        with pytest.raises(TransientError, match="Polygon needs credentials"):
            asks()
    assert source.listed_since(NAME, Timeframe.D1) == 0
    there.append(True)
    assert source.bars([NAME], Timeframe.D1, 1, 2).rows == {NAME: ()}
    assert source.listed_since(NAME, Timeframe.D1) == 7


def test_credentials_are_read_again_after_a_while() -> None:
    built, now = list[float](), [0.0]

    def build() -> Provider:
        built.append(now[0])
        return Provider("polygon", Served(), lambda _: None)

    source = KeyedSource(build, lambda: now[0])
    for now[0] in (0.0, LASTS, LASTS + 1, LASTS + 2):
        source.bars([NAME], Timeframe.D1, 1, 2)

    assert built == [0.0, LASTS + 1]

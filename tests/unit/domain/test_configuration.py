from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain.configuration import Configuration, Gates, Limits
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

ACME = InstrumentId("ACME.TEST")
JSON: dict[str, Any] = {
    "environment": "test",
    "clock": "system",
    "shards": [{"name": "daily", "timeframe": "1d", "provider": "replay", "instruments": ["ACME.TEST"]}],
    "instruments": {"ACME.TEST": {"tick": "0.01", "lot": "1", "minimum_notional": "5"}},
    "accounts": [
        {"name": "paper", "venue": "PAPER", "cash": "100000.00", "fee_bps": 10, "slippage_bps": 5,
         "limits": {"open_positions": 3, "exposure": "0.9", "collar_bps": 300}}
    ],
    "strategies": [
        {"name": "dipper", "account": "paper", "timeframe": "1d", "parameters": {"n": 3},
         "gates": {"minimum_strength": 0.5}}
    ],
    "alerts": {"webhooks": ["https://example.com/hook"]},
}  # fmt: skip


def test_a_configuration_reads_back_with_exact_amounts() -> None:
    made = Configuration.from_json(JSON, "c0ffee")

    assert str(made.account("paper").cash) == "100000.00"
    assert made.account("paper").limits == Limits(open_positions=3, exposure=Decimal("0.9"), collar_bps=300)
    assert made.instrument(ACME).minimum_notional == 5
    assert made.shard("daily").timeframe is Timeframe.D1
    assert made.strategies[0].gates == Gates(0.5, 2)
    assert (made.webhooks, made.trade_from, made.hash) == (("https://example.com/hook",), 0, "c0ffee")


def test_what_may_be_left_out_has_a_safe_default() -> None:
    bare = {
        **JSON,
        "instruments": {"ACME.TEST": {"tick": "0.01", "lot": "1"}},
        "accounts": [{key: value for key, value in JSON["accounts"][0].items() if key != "limits"}],
        "strategies": [{"name": "dipper", "account": "paper", "timeframe": "1d"}],
    }
    del bare["alerts"]

    made = Configuration.from_json(bare, "")

    assert made.account("paper").limits == Limits()
    assert (made.strategies[0].parameters, made.strategies[0].gates) == ({}, Gates())
    assert not made.webhooks
    assert made.instrument(ACME).minimum_notional == 0
    assert made.instrument(ACME).minimum_quantity == 0


def test_what_is_not_configured_is_refused_by_name() -> None:
    made = Configuration.from_json(JSON, "")

    with pytest.raises(BadInputError, match="unknown shard 'hourly': test has daily"):
        made.shard("hourly")
    with pytest.raises(BadInputError, match="unknown account 'live' in test"):
        made.account("live")
    with pytest.raises(BadInputError, match=r"unknown instrument BOLT.TEST in test"):
        made.instrument(InstrumentId("BOLT.TEST"))

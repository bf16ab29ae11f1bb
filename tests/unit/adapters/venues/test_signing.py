"""Signatures are those of the venues' own documentation, and of every recorded vector."""

import json
from typing import Any

import pytest

from tests.unit.adapters.market.recordings import FOLDER
from tradewind.adapters.venues import bybit, kraken

_VECTORS = FOLDER / "signing" / "vectors.json"


def vectors(exchange: str) -> list[dict[str, Any]]:
    if not _VECTORS.exists():
        return []
    return [one for one in json.loads(_VECTORS.read_text()) if one["exchange"] == exchange and "header" in one]


def recorded(exchange: str) -> list[dict[str, Any]]:
    found = vectors(exchange)
    if not found:
        pytest.skip(f"the recorded signatures are not here: {_VECTORS}")
    return found


def test_krakens_documented_example() -> None:
    """The example of docs.kraken.com/exchange/guides/rest/authentication; its key was never a real one."""
    secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="  # noqa: S105
    body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"

    made = kraken.signature("/0/private/AddOrder", "1616492376594", body, secret)

    assert made == "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="


def test_bybits_signature_is_over_time_key_window_and_payload_in_this_order() -> None:
    made = bybit.signature(
        "1658384313791", "XXXXXXXXXX", "5000", "category=option&symbol=BTC-29JUL22-25000-C", "X" * 10
    )

    assert made == "b3a13cbd6f9de0ad7ece696645a98000281be3558716624cfca03debd2f24574"


def test_every_recorded_signature_of_kraken() -> None:
    for one in recorded("kraken"):
        assert kraken.signature(one["path"], one["nonce"], one["body"], one["secret"]) == one["expected"]


def test_every_recorded_signature_of_bybit() -> None:
    for one in recorded("bybit"):
        parts = (one["timestamp"], one["api_key"], one["recv_window"], one["payload"], one["secret"])
        assert bybit.signature(*parts) == one["expected"]

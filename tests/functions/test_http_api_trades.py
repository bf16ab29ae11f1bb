"""Round trips over HTTP: told again while nothing happened, and never as they were before something did."""

import pytest

from tests.functions.asking import ask
from tests.functions.environment import ACME
from tests.functions.stage import Stage, sqs_event
from tradewind.application import trade_view

BUY = {"instrument": "ACME", "side": "BUY", "stop": "90", "target": "120"}


def trade(stage: Stage, number: int) -> None:
    """Buy and sell so many once."""
    buy = {**BUY, "quantity": str(number)}
    paths = {"buy": ("/api/manual-trade", buy), "close": (f"/api/positions/{ACME}/close", {})}
    for what, (path, body) in paths.items():
        headers = {"idempotency-key": f"{what}-{number:04}"}
        assert ask(stage, "POST", path, "trader", body=body, headers=headers).status == 202
        stage.call("execute_orders", sqs_event([one["Body"] for one in stage.queued("orders.fifo")]))


def told(stage: Stage) -> list[str]:
    """Return the quantities of all round trips, the latest first."""
    return [one["quantity"] for one in ask(stage, "GET", "/api/trades").json()["items"]]


def test_round_trips_are_told_again_in_one_request_until_there_is_another(market: Stage) -> None:
    trade(market, 1)
    assert told(market) == told(market) == ["1"]

    with market.requests("dynamodb") as asked:
        again = told(market)
    trade(market, 2)

    assert (again, asked) == (["1"], ["BatchGetItem"])
    assert told(market) == told(market) == ["2", "1"]


def test_what_lags_behind_the_journal_goes_on_with_each_question(
    market: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        trade(market, number)
    monkeypatch.setattr(trade_view, "_ENTRIES", 2)
    monkeypatch.setattr(trade_view, "_PAGES", 1)

    counts = [len(told(market)) for _ in range(12)]

    assert (counts[0], counts[-1]) == (0, 3)
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3}

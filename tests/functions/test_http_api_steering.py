"""Steering over HTTP: every order through the queue and past risk, once for each key, on the audit trail first."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import PAPER
from tests.functions.asking import Answer, ask
from tests.functions.environment import ACME
from tests.functions.stage import Stage, sqs_event
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.order_books import DynamoOrderBooks
from tradewind.adapters.dynamodb.table import Table
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel, OrderBook

KEY = {"idempotency-key": "key-0001"}
BUY = {"instrument": "ACME", "side": "BUY", "quantity": "10", "stop": "90", "target": "120"}
DAY = 86_400_000


def buy(stage: Stage, **options: Any) -> Answer:
    return ask(stage, "POST", "/api/manual-trade", "trader", **({"body": BUY, "headers": KEY} | options))


def test_a_preview_says_what_the_executor_would_and_sends_nothing(market: Stage) -> None:
    answer = ask(market, "POST", "/api/manual-trade/preview", "trader", body=BUY).json()

    assert answer["allowed"]
    assert (answer["order"]["status"], answer["fills"][0]["price"]) == ("FILLED", "101.00")
    assert market.queued("orders.fifo") == []
    assert ask(market, "GET", "/api/orders").json()["items"] == []


def test_an_order_by_hand_becomes_what_its_preview_said(market: Stage) -> None:
    preview = ask(market, "POST", "/api/manual-trade/preview", "trader", body=BUY).json()
    (asked,) = buy(market).json()["messages"]

    market.call("execute_orders", sqs_event([one["Body"] for one in market.queued("orders.fifo")]))

    told = ask(market, "GET", f"/api/orders/{asked['id']}").json()
    assert told["order"]["status"] == "FILLED"
    assert told["fills"][0]["price"] == preview["fills"][0]["price"]
    (held,) = ask(market, "GET", "/api/positions").json()["items"]
    assert (held["strategy"], held["quantity"], held["stop"]) == ("manual", "10", "90")


def test_a_position_is_told_at_its_latest_mark_though_nothing_was_traded_since(market: Stage) -> None:
    buy(market)
    market.call("execute_orders", sqs_event([one["Body"] for one in market.queued("orders.fifo")]))
    ask(market, "GET", "/api/positions")
    ledger = DynamoLedger(Table(market.client("dynamodb"), "ledger"))
    book = ledger.view(PAPER, InstrumentId(ACME), None).book

    ledger.mark(replace(book, last_bar=book.last_bar + DAY, mark=Decimal("111.00")))

    assert ask(market, "GET", "/api/positions").json()["items"][0]["mark"] == "111.00"


def test_the_same_key_is_the_same_order_and_is_answered_as_the_first_time(market: Stage) -> None:
    first, second = buy(market), buy(market)

    assert (first.status, second.status) == (202, 202)
    assert first.json() == second.json()
    assert len(market.queued("orders.fifo")) == 1


def test_a_key_that_was_used_for_something_else_is_refused(market: Stage) -> None:
    buy(market)

    answer = buy(market, body={**BUY, "quantity": "11"})

    assert (answer.status, answer.json()["detail"]) == (422, "this key was used for something else: take a new one")


def test_without_a_key_nothing_is_changed(market: Stage) -> None:
    answer = buy(market, headers={})

    assert answer.status == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert market.queued("orders.fifo") == []


@pytest.mark.parametrize(("key", "said"), [("k" * 65, "it has 65 characters"), ("my key is", "or others")])
def test_a_key_that_is_none_says_which_limit_it_passes_and_changes_nothing(market: Stage, key: str, said: str) -> None:
    answer = buy(market, headers={"idempotency-key": key})

    assert answer.status == 400
    assert "of 8 to 64 letters, digits" in answer.json()["detail"]
    assert said in answer.json()["detail"]
    assert market.queued("orders.fifo") == []


def test_who_asked_for_what_is_on_the_trail_even_where_it_came_to_nothing(market: Stage) -> None:
    answer = buy(market, body={**BUY, "side": "SELL"})

    assert answer.status == 409
    entries = market.client("dynamodb").query(
        TableName="ledger", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "JOURNAL#audit"}}
    )["Items"]
    ((event,),) = (json.loads(one["data"]["S"])[3] for one in entries)
    assert (event["kind"], event["data"]["by"]) == ("ASKED", "one-trader")
    assert json.loads(event["data"]["body"])["side"] == "SELL"


def test_whoever_trades_may_stop_and_only_an_admin_lets_it_go_on(market: Stage) -> None:
    path = "/api/kill-switch"
    stop = {"state": "REDUCING", "reason": "lunch"}

    assert ask(market, "PUT", path, "trader", body=stop, headers=KEY).status == 200
    preview = ask(market, "POST", "/api/manual-trade/preview", "trader", body=BUY).json()
    back = {"state": "NORMAL"}

    assert (preview["allowed"], preview["reason"].partition(":")[0]) == (False, "KILL_SWITCH_REDUCING")
    assert ask(market, "PUT", path, "trader", body=back, headers={"idempotency-key": "key-0002"}).status == 403
    assert ask(market, "PUT", path, "admin", body=back, headers={"idempotency-key": "key-0003"}).status == 200


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("{", "body"),
        ("[]", "body"),
        ({**BUY, "quantity": "-1"}, "quantity"),
        ({**BUY, "quantity": "1e999"}, "quantity"),
        ({**BUY, "quantity": "NaN"}, "quantity"),
        ({**BUY, "amount": "5"}, "either quantity or amount"),
        ({**BUY, "side": "HOLD"}, "side"),
        ({**BUY, "colour": "red"}, "colour"),
        ({**BUY, "reason": "x" * 201}, "reason"),
    ],
)
def test_a_form_that_is_wrong_is_refused_with_its_field(market: Stage, body: object, where: str) -> None:
    answer = buy(market, body=body)

    assert answer.status == 422
    assert where in answer.json()["detail"]
    assert market.queued("orders.fifo") == []


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "application/x-www-form-urlencoded", "text/xml; charset=utf-8"]
)
def test_only_json_is_read(market: Stage, kind: str) -> None:
    assert buy(market, headers={**KEY, "content-type": kind}).status == 415


def test_an_instrument_that_nobody_knows_is_not_found(market: Stage) -> None:
    answer = buy(market, body={**BUY, "instrument": "NONE.SUCH"})

    assert answer.status == 404
    assert ACME in answer.json()["detail"]


def executed(stage: Stage) -> None:
    stage.call("execute_orders", sqs_event([one["Body"] for one in stage.queued("orders.fifo")]))


@pytest.fixture
def protected(market: Stage) -> tuple[Stage, str]:
    """Return the stage with a position of a person, and its stop."""
    buy(market)
    executed(market)
    working = ask(market, "GET", "/api/orders", query={"status": "working"}).json()["items"]
    return market, next(one["id"] for one in working if one["leg"] == "STOP")


def test_orders_that_work_are_told_page_by_page_to_the_last(protected: tuple[Stage, str]) -> None:
    stage, stop = protected

    first = ask(stage, "GET", "/api/orders", query={"status": "working", "limit": 1}).json()
    rest = ask(stage, "GET", "/api/orders", query={"status": "working", "limit": 1, "cursor": first["next"]}).json()

    assert {one["leg"] for one in first["items"] + rest["items"]} == {"STOP", "TARGET"}
    assert (stop in {one["id"] for one in first["items"] + rest["items"]}, rest["next"]) == (True, None)


def moved(stage: Stage, stop: str, body: Any, key: str = "move-0001") -> Answer:
    return ask(stage, "PATCH", f"/api/orders/{stop}", "trader", body=body, headers={"idempotency-key": key})


def test_a_stop_that_is_moved_stands_where_it_was_put(protected: tuple[Stage, str]) -> None:
    stage, stop = protected

    answer = moved(stage, stop, {"trigger": "95.5"})
    executed(stage)

    assert (answer.status, answer.json()["messages"][0]["what"]) == (202, "change")
    assert ask(stage, "GET", f"/api/orders/{stop}").json()["order"]["price"] == "95.5"
    assert ask(stage, "GET", "/api/positions").json()["items"][0]["stop"] == "95.5"


def test_a_stop_beyond_the_market_stays_where_it_was_and_says_why(protected: tuple[Stage, str]) -> None:
    stage, stop = protected

    moved(stage, stop, {"trigger": "500"})
    executed(stage)

    told = ask(stage, "GET", f"/api/orders/{stop}").json()["order"]
    assert told["price"] == "90"
    assert told["reason"].startswith("CHANGE_REFUSED WOULD_TRIGGER")


@pytest.mark.parametrize(
    ("body", "why"),
    [({}, "say what is to be changed"), ({"limit": "95"}, "has no limit"), ({"quantity": "3"}, "has no quantity")],
)
def test_a_change_of_what_an_order_does_not_have_is_refused(protected: tuple[Stage, str], body: Any, why: str) -> None:
    answer = moved(*protected, body)

    assert answer.status == 409
    assert why in answer.json()["detail"]


def test_what_was_bought_and_closed_is_a_round_trip_and_adds_up(market: Stage) -> None:
    for number in range(3):
        buy(market, headers={"idempotency-key": f"buy-000{number}"})
        executed(market)
        headers = {"idempotency-key": f"close-000{number}"}
        assert ask(market, "POST", f"/api/positions/{ACME}/close", "trader", body={}, headers=headers).status == 202
        executed(market)
        ask(market, "GET", "/api/performance")  # what was added up already is not added again

    first = ask(market, "GET", "/api/trades", query={"limit": 2}).json()
    rest = ask(market, "GET", "/api/trades", query={"limit": 2, "cursor": first["next"]}).json()
    told = ask(market, "GET", "/api/performance").json()
    (account,) = ask(market, "GET", "/api/account").json()["items"]

    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert (told["all"]["trips"], told["behind"]) == (3, 0)
    assert Decimal(told["days"][-1]["total"]) == Decimal(account["realised"])
    assert sum(Decimal(one["pnl"]) for one in first["items"] + rest["items"]) == Decimal(account["realised"])
    assert [one["name"] for one in told["by_exit"]] == ["EXIT"]
    assert [(one["name"], one["trips"]) for one in told["by_regime"]] == [("UNKNOWN", 3)]  # a person asks no regime


def test_what_today_lost_is_told_by_the_day_of_the_bars_and_what_waits_takes_a_place(market: Stage) -> None:
    buy(market)
    executed(market)
    bids = (BookLevel(Decimal(99), Decimal(50)),)  # two less than was paid
    DynamoOrderBooks(Table(market.client("dynamodb"), "market")).put(OrderBook(InstrumentId(ACME), 6 * DAY, bids, ()))
    ask(market, "POST", f"/api/positions/{ACME}/close", "trader", body={}, headers={"idempotency-key": "close-01"})
    executed(market)
    buy(market, body={**BUY, "kind": "LIMIT", "limit": "95"}, headers={"idempotency-key": "wait-0001"})
    executed(market)

    (account,) = ask(market, "GET", "/api/account").json()["items"]
    used = {one["limit"]: one for one in ask(market, "GET", "/api/risk").json()["items"]}

    assert Decimal(account["realised_today"]) == Decimal(-20)
    assert Decimal(used["daily_loss"]["used"]) == Decimal(20)
    assert (account["positions"], used["open_positions"]["used"]) == (0, "1")


def test_nothing_of_a_role_is_open_to_a_lower_one(market: Stage) -> None:
    roles = ["nobody", "viewer", "trader", "admin"]
    paths = ask(market, "GET", "/api/openapi.json", None).json()["paths"]
    walked = 0
    for template, methods in paths.items():
        path = template.replace("{symbol}", ACME).replace("{order_id}", "0" * 36)
        for method, operation in methods.items():
            least = roles.index(operation["x-role"])
            for groups, rank in ((None, 0), ("", 0), ("viewer", 1), ("trader", 2), ("admin", 3)):
                body: Any = {} if method in {"post", "put", "patch"} else None
                status = ask(market, method.upper(), path, groups, body=body, headers=KEY).status
                refused = 401 if groups is None else 403
                where = f"{method} {path} as {groups!r}"
                if rank < least:
                    assert status == refused, where
                elif "session" not in path and "webhook" not in path:
                    assert status not in {401, 403, 500}, where
                walked += 1
    assert walked > 100

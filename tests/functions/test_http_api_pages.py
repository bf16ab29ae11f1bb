"""Pages that would be too large end early: whoever goes on by the cursor has everything, once and in its order."""

from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from tests.functions.asking import ask
from tests.functions.stage import Stage, sqs_event
from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.s3.reports import S3Reports
from tradewind.api import answers
from tradewind.api.desk import Desk
from tradewind.application.ports_alerts import Delivery
from tradewind.domain.events import Event, Severity
from tradewind.domain.reporting import EquityPoint
from tradewind.domain.timeframe import DAY

BUY = {"instrument": "ACME", "side": "BUY", "stop": "90", "target": "120"}
LISTS = (
    "/api/orders",
    "/api/orders?status=working",
    "/api/fills",
    "/api/monitor/trades",
    "/api/decisions",
    "/api/alerts",
)


@pytest.fixture
def traded(stage: Stage) -> Stage:
    """Return the functions after six days, and four purchases by hand with a stop and a target each."""
    stage.call("fetch_bars", {"shard": "daily", "now": 7 * DAY})
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
    stage.queued("orders.fifo")
    for number in range(1, 5):
        asked = {"body": {**BUY, "quantity": str(number)}, "headers": {"idempotency-key": f"buy-{number:05}"}}
        assert ask(stage, "POST", "/api/manual-trade", "trader", **asked).status == 202
        stage.call("execute_orders", sqs_event([one["Body"] for one in stage.queued("orders.fifo")]))
    return stage


def page(stage: Stage, path: str, role: str = "viewer", **query: object) -> Any:
    where, _, more = path.partition("?")
    answer = ask(stage, "GET", where, role, query={**dict(one.split("=") for one in more.split("&") if one), **query})
    assert answer.status == 200, answer.text
    assert len(answer.text.encode()) <= answers.LARGEST_ANSWER
    return answer.json()


def every(stage: Stage, path: str, rows: str, role: str = "viewer", **query: object) -> list[list[Any]]:
    """Return the rows of each page, to the last."""
    found = page(stage, path, role, **query)
    pages = [found[rows]]
    while found["next"]:
        found = page(stage, path, role, **query, cursor=found["next"])
        pages.append(found[rows])
    return pages


def test_the_largest_limit_that_is_allowed_never_fails(traded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {path: page(traded, path, limit=500)["items"] for path in LISTS}
    traded.restart()  # nothing that was answered is known any more

    for path, rows in whole.items():
        monkeypatch.setattr(answers, "LARGEST_ANSWER", len(answers.dumped(rows)) * 3 // 5)
        pages = every(traded, path, "items", limit=500)

        assert len(pages) > 1, f"{path} had room: {len(rows)} rows"
        assert list(chain(*pages)) == rows, path


@pytest.fixture
def filled(traded: Stage) -> Stage:
    """Return the stage with its position closed, six reports and three alerts of one moment."""
    asked = {"body": {}, "headers": {"idempotency-key": "close-00001"}}
    assert ask(traded, "POST", "/api/positions/ACME/close", "trader", **asked).status == 202
    traded.call("execute_orders", sqs_event([one["Body"] for one in traded.queued("orders.fifo")]))
    reports = S3Reports(traded.client("s3"), "data")
    for number in range(6):
        reports.keep(f"2026-03-0{number}T09:00", "text", "html")
    alerts = DynamoAlerts(Table(traded.client("dynamodb"), "market"), lambda: 0.0)
    for number in range(3):
        alerts.save(Delivery(f"paper-{number}", 5, Event("DEPLOYED", Severity.INFO, "x")))
    return traded


SINGLY = {
    "/api/orders": 6,
    "/api/fills": 5,
    "/api/monitor/trades": 5,
    "/api/trades": 1,
    "/api/positions": 0,
    "/api/alerts": 3,
    "/api/alerts/deliveries": 3,
    "/api/reports": 6,
    "/api/audit": 5,
    "/api/decisions": 6,
    "/api/brain": 0,
    "/api/symbols": 1,
    "/api/monitor/tickers": 1,
}
"""How many rows each list has at least."""


def test_a_list_that_is_read_item_by_item_is_the_same_list(filled: Stage) -> None:
    for path, least in SINGLY.items():
        whole = page(filled, path, "admin", limit=500)
        singly = every(filled, path, "items", "admin", limit=1)

        assert list(chain(*singly)) == whole["items"], path
        assert (len(whole["items"]) >= least, whole["next"]) == (True, None), path


def test_every_list_that_grows_has_a_cursor(stage: Stage) -> None:
    paths = ask(stage, "GET", "/api/openapi.json", None).json()["paths"]
    without = set()
    for path, methods in paths.items():
        answer = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        known = {one.get("name") for one in methods.get("get", {}).get("parameters", ())}
        if "Page" in str(answer.get("application/json", {}).get("schema", {})) and "cursor" not in known:
            without.add(path)

    assert without == {  # as many as the configuration, or one bar, has: none grows
        "/api/account",
        "/api/alerts/channels",
        "/api/explain",
        "/api/kill-switch",
        "/api/monitor/storage",
        "/api/monitor/universe",
        "/api/risk",
        "/api/strategies",
    }


def test_bars_that_have_no_room_are_the_earlier_ones_and_follow(traded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = page(traded, "/api/market-data/ACME", limit=2_000)["ts_open"]
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 320)

    pages = every(traded, "/api/market-data/ACME", "ts_open", limit=2_000)

    assert len(pages) > 1
    assert list(chain(*reversed(pages))) == whole


def test_one_thing_that_has_no_room_alone_is_refused(traded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 50)

    assert ask(traded, "GET", "/api/account").status == 413
    assert ask(traded, "GET", "/api/orders").status == 413


def test_what_an_account_earned_has_room_however_much_there_is(traded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EquityPoint(number, Decimal(f"100000.{number:018}")) for number in range(1, 900)]
    monkeypatch.setattr(Desk, "worth", lambda *_: points)
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 20_000)

    told = page(traded, "/api/performance")["worth"]

    assert 200 < len(told) < 900
    assert told[-1]["ts"] == 899

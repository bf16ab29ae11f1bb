"""Pages that would be too large end early: whoever goes on by the cursor has everything, once and in its order."""

from itertools import chain
from typing import Any

import pytest

from tests.functions.asking import ask
from tests.functions.stage import Stage, sqs_event
from tradewind.api import answers
from tradewind.domain.timeframe import DAY

BUY = {"instrument": "ACME", "side": "BUY", "stop": "90", "target": "120"}
LISTS = ("/api/orders", "/api/orders?status=working", "/api/fills", "/api/decisions", "/api/alerts")


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


def page(stage: Stage, path: str, **query: object) -> Any:
    where, _, more = path.partition("?")
    answer = ask(stage, "GET", where, query={**dict(one.split("=") for one in more.split("&") if one), **query})
    assert answer.status == 200, answer.text
    assert len(answer.text.encode()) <= answers.LARGEST_ANSWER
    return answer.json()


def every(stage: Stage, path: str, rows: str, **query: object) -> list[list[Any]]:
    """Return the rows of each page, to the last."""
    found = page(stage, path, **query)
    pages = [found[rows]]
    while found["next"]:
        found = page(stage, path, **query, cursor=found["next"])
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

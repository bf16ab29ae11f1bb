"""Round trips over HTTP: told again while nothing happened, and never as they were before something did."""

from itertools import product

import pytest

from tests.functions.asking import ask
from tests.functions.environment import ACME
from tests.functions.stage import Stage, sqs_event
from tradewind.application import activity, in_time, trade_view
from tradewind.domain.timeframe import DAY

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


@pytest.fixture
def dated(stage: Stage) -> list[int]:
    """Return the days on which a share, two shares and so on were bought and sold again."""
    days = [3, 4, 5, 6]
    for number, day in enumerate(days, 1):
        stage.call("fetch_bars", {"shard": "daily", "now": day * DAY})
        stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
        stage.queued("orders.fifo")
        trade(stage, number)
    return days


def numbers(stage: Stage, path: str, after: int, until: int, limit: int) -> list[str]:
    """Return the quantities that a list tells of between the ends of two days, each once."""
    query: dict[str, object] = {"from": after * DAY, "to": until * DAY, "limit": limit}
    rows, more = [], ""
    while more is not None:
        answer = ask(stage, "GET", path, query=query | ({"cursor": more} if more else {})).json()
        rows += [one["quantity"] for one in answer["items"]]
        more = answer["next"]
    return list(dict.fromkeys(rows))


def test_what_happened_is_found_by_its_time(stage: Stage, dated: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    for path, (aside, limit) in product(("/api/fills", "/api/orders", "/api/trades"), ((0, 1), (2 * DAY, 100))):
        monkeypatch.setattr(in_time, "ASIDE", aside)

        assert numbers(stage, path, dated[0] - 1, dated[-1], limit) == ["4", "3", "2", "1"], path
        assert numbers(stage, path, dated[0], dated[2], limit) == ["3", "2"], path
        assert numbers(stage, path, dated[-1], 99, limit) == [], path
        assert numbers(stage, path, 0, dated[0] - 1, limit) == [], path

    alerts = ask(stage, "GET", "/api/alerts", query={"from": dated[0] * DAY, "to": dated[1] * DAY}).json()["items"]
    assert {one["ts"] for one in alerts} == {dated[1] * DAY}


def test_a_search_by_time_looks_at_none_of_what_came_later(
    stage: Stage, dated: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "ASIDE", 0)
    monkeypatch.setattr(activity, "_LOOKS", 4)  # of fifty entries: who began at the end would find nothing at once

    (_, first) = ask(stage, "GET", "/api/fills", query={"to": dated[0] * DAY}).json()["items"]

    assert first["quantity"] == "1"


def test_orders_that_work_are_those_of_now(stage: Stage) -> None:
    answer = ask(stage, "GET", "/api/orders", query={"status": "working", "to": 5})

    assert (answer.status, answer.json()["detail"]) == (400, "working orders are those of now: leave from and to away")

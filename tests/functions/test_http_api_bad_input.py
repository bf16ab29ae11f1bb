"""What nobody in their right mind sends: it is answered with the right status and one sentence, never with 500."""

import base64
import json
from typing import Any

import pytest

from tests.functions.asking import ask
from tests.functions.stage import Stage
from tradewind.api.paging import cursor_of

KEY = {"idempotency-key": "key-0001"}
DAY = 86_400_000


@pytest.mark.parametrize(
    ("path", "kind", "position"),
    [
        ("/api/monitor/tickers", "tickers", []),
        ("/api/monitor/tickers", "tickers", ["a", "b"]),
        ("/api/monitor/tickers", "tickers", [1.5, 0]),
        ("/api/monitor/tickers", "tickers", [True, 0]),
        ("/api/strategy-status", "strategy-status", [1, 2, 3]),
        ("/api/decisions", "decisions", ["a"]),
        ("/api/decisions", "decisions", [DAY, [1], 2, 3]),
        ("/api/symbols", "symbols", -1),
    ],
)
def test_a_cursor_that_somebody_made_up_is_refused(stage: Stage, path: str, kind: str, position: Any) -> None:
    answer = ask(stage, "GET", path, query={"cursor": cursor_of(kind, position)})

    assert (answer.status, answer.json()["detail"]) == (
        400,
        "this cursor is none of this list: begin again without one",
    )


@pytest.mark.parametrize(
    ("body", "binary"),
    [("[" * 16_000, False), ('{"quantity": ' + "1" * 5_000 + "}", False), (b"\xff\xfe", True), (b"{\xff}", True)],
)
def test_a_body_that_no_reader_gets_to_the_end_of_is_refused(stage: Stage, body: Any, binary: bool) -> None:
    sent = base64.b64encode(body).decode() if binary else body
    answer = ask(stage, "POST", "/api/manual-trade", "trader", body=sent, headers=KEY, isBase64Encoded=binary)

    assert answer.status == 422
    assert answer.json()["detail"].startswith("body: it cannot be read as JSON")


@pytest.mark.parametrize("odd", ['"', "`", "a#b", "a\nb"])
def test_a_name_that_no_address_has_leads_nowhere_in_a_sentence(stage: Stage, odd: str) -> None:
    answer = ask(stage, "GET", f"/api/market-data/{odd}")

    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(answer.text)["detail"].startswith("there is nothing at this path")


def test_a_log_ahead_of_time_is_empty_without_asking_anybody(stage: Stage) -> None:
    with stage.requests("logs") as asked:
        answer = ask(stage, "GET", "/api/monitor/logs", query={"function": "http_api", "from": 9_999_999_999_999})

    assert (answer.status, answer.json()["items"], asked) == (200, [], [])


def test_whoever_asks_again_while_the_first_is_at_work_is_told_to_come_back(stage: Stage) -> None:
    def stop() -> Any:
        return ask(stage, "PUT", "/api/kill-switch", "trader", body={"state": "HALTED"}, headers=KEY)

    stop()
    place = {"pk": {"S": "REQUEST#one-trader"}, "sk": {"S": KEY["idempotency-key"]}}
    stage.client("dynamodb").update_item(
        TableName="ledger", Key=place, UpdateExpression="REMOVE #s", ExpressionAttributeNames={"#s": "status"}
    )
    answer = stop()

    assert (answer.status, answer.headers["retry-after"]) == (409, "1")
    assert answer.json()["detail"] == "this very request is at work: ask again in a moment"

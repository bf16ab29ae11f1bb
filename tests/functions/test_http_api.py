"""The way in over HTTP: who may, what is answered, and every mistake as one sentence."""

import time

import pytest

from tests.functions.asking import ask
from tests.functions.stage import Stage, sqs_event
from tradewind import bootstrap
from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.table import Table
from tradewind.api import seeing
from tradewind.application.ports_repair import Hole
from tradewind.domain.timeframe import DAY


def test_a_sign_of_life_needs_no_login(stage: Stage) -> None:
    answer = ask(stage, "GET", "/api/health/simple", None)

    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_without_verified_claims_nothing_is_told(stage: Stage) -> None:
    answer = ask(stage, "GET", "/api/account", None)

    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "log in first: this needs an access token"


def test_somebody_without_a_role_may_nothing(stage: Stage) -> None:
    answer = ask(stage, "GET", "/api/account", "")

    assert answer.status == 403
    assert "needs the role viewer" in answer.json()["detail"]


def test_an_account_that_never_traded_has_what_it_begins_with(stage: Stage) -> None:
    (account,) = ask(stage, "GET", "/api/account").json()["items"]

    assert (account["account"], account["equity"], account["trading"]) == ("paper", "100000", "NORMAL")


def test_what_was_asked_of_aws_is_counted_and_then_forgotten(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        ask(stage, "GET", "/api/account")

    (used,) = [vars(record) for record in caplog.records if record.getMessage() == "used"]
    assert used["calls"] >= 1
    assert bootstrap.meter().recorder.calls == []


def test_whoever_has_an_answer_already_is_told_so(stage: Stage) -> None:
    first = ask(stage, "GET", "/api/account")

    again = ask(stage, "GET", "/api/account", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})

    assert (again.status, again.text) == (304, "")
    assert again.headers["etag"] == first.headers["etag"]


def test_what_waits_in_queues_and_which_bars_lack_is_told_again_for_ten_seconds_and_no_longer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(seeing, "monotonic", lambda: now[0])

    def told() -> tuple[int, int]:
        (queue,) = ask(stage, "GET", "/api/health").json()["queues"]
        (shard,) = ask(stage, "GET", "/api/market-data/status").json()["shards"]
        return queue["messages"], shard["holes"]

    first = told()
    stage.call("execute_orders", sqs_event(["nonsense"]))
    DynamoHoles(Table(stage.client("dynamodb"), "market"), time.time).note(Hole("daily", DAY, due=DAY))
    now[0] += 9.9
    with stage.requests("sqs") as asked:
        again = told()
    now[0] += 0.1

    assert (first, again, asked) == ((0, 0), (0, 0), [])
    assert told() == (1, 1)


@pytest.mark.parametrize(
    ("method", "path", "query", "status", "detail"),
    [
        ("GET", "/api/nothing", {}, 404, "there is nothing at this path"),
        ("DELETE", "/api/account", {}, 405, "this path knows GET, not DELETE"),
        ("GET", "/api/account", {"account": "other"}, 404, "there is no account 'other'"),
        ("GET", "/api/account", {"account": "x" * 65}, 422, "query.account: String should have at most 64"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(
    stage: Stage, method: str, path: str, query: dict[str, str], status: int, detail: str
) -> None:
    answer = ask(stage, method, path, query=query)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]
    assert answer.json()["instance"] == path


def test_a_body_that_is_too_large_is_not_read(stage: Stage) -> None:
    assert ask(stage, "POST", "/api/session", None, body="[" * 20_000).status == 413


def test_a_session_is_renewed_by_its_cookie_wherever_the_gateway_puts_it(stage: Stage) -> None:
    nobody = ask(stage, "PUT", "/api/session", None)
    other = ask(stage, "PUT", "/api/session", None, headers={"cookie": "other=1"})

    assert (nobody.status, nobody.json()["detail"]) == (401, "log in first")
    assert other.status == 401

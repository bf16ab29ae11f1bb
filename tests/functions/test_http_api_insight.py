"""Looking closely over HTTP: scans in numbers, chains of states, channels, costs, and what research published."""

import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.builders import SHARE, bar
from tests.functions.asking import ask
from tests.functions.environment import write_configuration
from tests.functions.stage import Stage
from tradewind import bootstrap
from tradewind.adapters.dynamodb.spending import DynamoSpending
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.dynamodb.universes import DynamoUniverses
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.studies import S3Studies, Study
from tradewind.api.desk import Desk
from tradewind.application.refresh_universe import Membership
from tradewind.application.spending import Spending, Use
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.universe import Candidate

BARS = 135
"""So many that a checkpoint is kept, and the strategy is warm."""


def decide(stage: Stage, count: int) -> None:
    """Let so many random days be fetched and decided, by a strategy that is soon warm."""
    strategy = {"name": "channel_rider", "account": "paper", "timeframe": "1d"}
    write_configuration(Path(stage.environ["CONFIGURATION_PATH"]).parent, strategies=[strategy])
    chance, close, bars = Random(7), 100.0, []  # noqa: S311
    for number in range(1, count + 1):
        before, close = close, round(close * (1 + chance.gauss(0, 0.02)), 2)
        low, high = min(before, close) - 1, max(before, close) + 1
        bars.append(bar(number, before, high, low, close))
    recorded = dataset(Series(SHARE, Timeframe.D1, bars)).to_bytes()
    stage.client("s3").put_object(Bucket="data", Key=dataset_key(SHARE.id, Timeframe.D1), Body=recorded)
    stage.call("fetch_bars", {"shard": "daily", "now": (count + 1) * DAY})
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))


def told(stage: Stage, path: str, role: str = "viewer", **query: object) -> Any:
    answer = ask(stage, "GET", path, role, query=query)
    assert answer.status == 200, answer.text
    return answer.json()


def test_the_chain_that_is_shown_is_the_one_that_decided(stage: Stage) -> None:
    decide(stage, BARS)
    found = told(stage, "/api/brain/ACME")
    (row,) = told(stage, "/api/brain")["items"]
    (latest,) = told(stage, "/api/strategy-status")["items"]
    gate = next(one for one in latest["gates"] if one["name"] == "brain")

    assert found["edge"] == pytest.approx(gate["value"], abs=1e-6)
    assert -found["errors_needed"] * found["error"] == pytest.approx(gate["threshold"], abs=1e-5)
    assert (found["regime"], row["regime"]) == (latest["regime"], latest["regime"])
    assert row["edge"] == gate["value"]
    assert found["steps"][-1] == {
        "ts": latest["ts"],
        **{name: found[name] for name in ("state", "samples", "edge", "error")},
    }
    # From the oldest checkpoint on, and not from the first bar.
    assert 64 <= found["bars"] < BARS
    row_of = found["states"].index(found["state"])
    assert sum(found["counts"][row_of]) == pytest.approx(found["samples"], rel=0.01)
    assert sum(found["chances"][row_of]) == pytest.approx(1.0)


def test_a_chain_is_walked_once_until_its_next_bar(stage: Stage) -> None:
    decide(stage, BARS)
    first = told(stage, "/api/brain/ACME")
    with stage.requests("dynamodb") as asked:
        again = told(stage, "/api/brain/ACME")
    del stage.handlers["fetch_bars"]  # a warm one has read its recording
    decide(stage, BARS + 1)

    assert (again, asked) == (first, ["GetItem"])
    assert told(stage, "/api/brain/ACME")["steps"][-1]["ts"] == (BARS + 1) * DAY


def test_scans_count_every_decision_once_and_agree_with_the_decisions_themselves(stage: Stage) -> None:
    decide(stage, 40)
    summary = told(stage, "/api/decisions/summary", bars=30)
    decisions = told(stage, "/api/decisions", limit=30)["items"]

    assert (summary["bars"], summary["decisions"], summary["until"]) == (30, 30, decisions[0]["ts"])
    assert [one["ts"] for one in summary["scans"]] == [one["ts"] for one in decisions]
    reasons = {one["reason"]: one["count"] for one in summary["reasons"]}
    seen = [one["reason"].partition(":")[0] for one in decisions]
    assert reasons == {name: seen.count(name) for name in set(seen)}
    assert told(stage, "/api/decisions/summary", strategy="other")["decisions"] == 0
    assert told(stage, "/api/decisions/summary", bars=30) == summary  # from what is known, too
    assert told(stage, "/api/decisions/summary", bars=30, instrument="ACME", strategy="channel_rider") == summary


def test_what_nothing_has_changed_is_told_again_in_one_request_and_the_next_bar_changes_it(stage: Stage) -> None:
    decide(stage, 40)
    paths = ("/api/decisions", "/api/decisions/summary", "/api/strategy-status", "/api/brain")
    first = [told(stage, path) for path in paths]

    with stage.requests("dynamodb") as asked:
        again = [told(stage, path) for path in paths]
    del stage.handlers["fetch_bars"]  # a warm one has read its recording
    decide(stage, 41)
    with stage.requests("dynamodb") as asked_anew:
        summary = told(stage, "/api/decisions/summary")

    assert again == first
    assert asked == ["BatchGetItem"] * len(paths)
    assert told(stage, "/api/decisions")["items"][0]["ts"] == 41 * DAY
    assert (summary["bars"], summary["until"]) == (24, 41 * DAY)
    assert asked_anew == ["BatchGetItem"] * 2  # how far it has come, and what has come
    assert told(stage, "/api/strategy-status")["items"][0]["ts"] == 41 * DAY


def test_the_universe_of_today_is_told_again_without_a_request(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    path, today = Path(stage.environ["CONFIGURATION_PATH"]), 20_000
    path.write_text(json.dumps({**json.loads(path.read_text()), "universes": [{"name": "coins"}]}))
    monkeypatch.setattr("time.time_ns", lambda: (today * DAY + 1) * 1_000_000)
    cent, memberships = Decimal("0.01"), DynamoUniverses(Table(bootstrap.client("dynamodb"), "market"))
    listed = Candidate(InstrumentId("A-USD.X"), "A", "USD", cent, cent, cent, trading=True)
    memberships.put(Membership("coins", today - 1, (), ()))
    before = told(stage, "/api/universe")
    memberships.put(Membership("coins", today, (listed.id,), (listed,)))
    first = told(stage, "/api/universe")

    with stage.requests("dynamodb") as asked:
        again = told(stage, "/api/universe")

    assert (before["items"], [one["instrument"] for one in first["items"]]) == ([], ["A-USD.X"])
    assert (again, asked) == (first, [])


def test_a_profile_is_made_once_until_its_next_bar(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10 * DAY
    monkeypatch.setattr(Desk, "now", lambda _: now)

    def told() -> int:
        return int(ask(stage, "GET", "/api/symbol/ACME/profile").json()["bars"])

    def bars_until(day: int) -> None:
        stage.call("fetch_bars", {"shard": "daily", "now": day * DAY})
        stage.call("evaluate_bars", stage.stream("market", "SLICE#"))

    bars_until(4)
    assert told() == told() == 4

    with stage.requests("dynamodb") as asked:
        again = told()
    bars_until(5)
    later = told()
    now += 10 * MINUTE
    with stage.requests("dynamodb") as anew:
        assert told() == later

    assert (again, asked, later) == (4, ["BatchGetItem", "Query"], 5)  # a day may close at any hour: it is searched for
    assert len(anew) > len(asked)


def test_what_was_published_is_listed_and_told(stage: Stage) -> None:
    studies = S3Studies(S3Store(bootstrap.client("s3"), "data"), "backtests")
    for number, name in enumerate(("one", "two", "one")):
        studies.keep(Study(name, number, {"return": 0.1 * number, "sharpe": None}), {"metrics": {"return": number}})

    listed = told(stage, "/api/backtests")["items"]

    assert [(one["name"], one["ts"]) for one in listed] == [("one", 2), ("two", 1)]
    assert told(stage, "/api/backtests/one")["summary"] == {"metrics": {"return": 2}}
    assert told(stage, "/api/research")["items"] == []
    for name in ("three", ".list", "..%2Fone"):
        assert ask(stage, "GET", f"/api/backtests/{name}").status == 404


def test_what_was_published_is_read_once_until_it_is_published_again(stage: Stage) -> None:
    studies = S3Studies(S3Store(bootstrap.client("s3"), "data"), "research")
    studies.keep(Study("one", 1, {}), {"best": 1})
    paths = ("/api/research", "/api/research/one")
    first = [ask(stage, "GET", path) for path in paths]

    with stage.requests("s3") as asked:
        again = [
            ask(stage, "GET", path, headers={"if-none-match": one.headers["etag"]})
            for path, one in zip(paths, first, strict=True)
        ]
    studies.keep(Study("one", 2, {}), {"best": 2})

    assert [one.status for one in again] == [304, 304]
    assert asked == ["HeadObject", "HeadObject"]
    assert told(stage, "/api/research")["items"][0]["ts"] == 2
    assert told(stage, "/api/research/one")["summary"] == {"best": 2}


def test_a_channel_tells_what_it_wants_and_its_test_what_became_of_it(stage: Stage) -> None:
    channel = {"name": "phone", "kind": "ntfy", "severity": "WARNING", "quiet": [1320, 420], "hourly": 20}
    write_configuration(Path(stage.environ["CONFIGURATION_PATH"]).parent, alerts={"channels": [channel]})

    (shown,) = told(stage, "/api/alerts/channels")["items"]

    assert (shown["channel"], shown["severity"], shown["hourly"], shown["held"]) == ("phone", "WARNING", 20, 0)
    assert told(stage, "/api/alerts/deliveries")["items"] == []


@pytest.mark.parametrize(("since", "times"), [(0, 31 / 29), (28 * DAY, 3)])  # an environment a day old spends two more
def test_the_month_is_told_by_strategy_and_signal_and_forecast(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, since: int, times: float
) -> None:
    monkeypatch.setattr("time.time_ns", lambda: (29 * DAY + 600_000) * 1_000_000)  # the 30th of January 1970
    spending = Spending(until=29 * DAY, since=since, version=1)
    shares, signals = {"rsi_pullback_pro": 1.0}, {"rsi_pullback_pro": 4}
    spending.add([Use("evaluate_bars", 0, 1e6, 512, 10, 5, 5, shares=shares, signals=signals)])
    DynamoSpending(Table(bootstrap.client("dynamodb"), "market")).keep("1970-01", spending)

    month = told(stage, "/api/cost/month")

    (strategy,) = month["strategies"]
    assert strategy["dollars"] == pytest.approx(spending.dollars, abs=1e-6)
    assert strategy["dollars_a_signal"] == pytest.approx(spending.dollars / 4, abs=1e-7)
    assert month["forecast"] == pytest.approx(spending.dollars * times, abs=1e-4)


def test_a_function_that_never_ran_has_logged_nothing(stage: Stage) -> None:
    assert told(stage, "/api/monitor/logs", function="http_api") == {"items": [], "next": None}

"""Logging in over HTTP: who came in and who was refused is on the audit trail, and nobody floods it."""

from typing import Any

import pytest

from tests.fakes.identity import FakeIdentity, Person
from tests.functions.asking import Answer, ask
from tests.functions.stage import Stage
from tradewind.api.desk import Desk
from tradewind.application.note_login import MOST
from tradewind.domain.timeframe import MINUTE

PASSWORD = "Correct-horse-1x"  # noqa: S105 - of a user that lives as long as this test


@pytest.fixture
def pool(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    people = {"ann": Person(PASSWORD, "admin"), "carl": Person(PASSWORD, "viewer", invited=True)}
    monkeypatch.setattr(Desk, "identity", FakeIdentity(people))
    monkeypatch.setattr(Desk, "now", lambda _: 20_000 * MINUTE)
    return stage


def login(stage: Stage, name: str, password: str = PASSWORD) -> Answer:
    headers = {"x-forwarded-for": "203.0.113.7"}
    return ask(stage, "POST", "/api/session", None, body={"name": name, "password": password}, headers=headers)


def trail(stage: Stage) -> list[Any]:
    rows = ask(stage, "GET", "/api/audit", "admin", query={"limit": 500}).json()["items"]
    return [(one["by"], one["role"], one["what"], one["body"]) for one in reversed(rows)]


def test_who_came_in_who_was_asked_for_more_and_who_was_refused_is_on_the_trail(pool: Stage) -> None:
    statuses = [login(pool, "ann").status, login(pool, "carl").status, login(pool, "ann", "Wrong-horse-1x").status]

    assert statuses == [200, 200, 401]
    assert trail(pool) == [
        ("ann", "admin", "POST /api/session", "logged in, from 203.0.113.7"),
        ("carl", "nobody", "POST /api/session", "asked for NEW_PASSWORD_REQUIRED, from 203.0.113.7"),
        ("an…", "nobody", "POST /api/session", "refused, from 203.0.113.7"),
    ]


def test_a_password_is_on_no_trail_wherever_it_was_typed(pool: Stage) -> None:
    login(pool, PASSWORD, "ann")

    items = pool.client("dynamodb").scan(TableName="ledger")["Items"]

    assert items
    assert PASSWORD not in str(items)


def test_nobody_floods_the_trail_and_whoever_comes_in_is_written_all_the_same(pool: Stage) -> None:
    for _ in range(MOST + 3):
        login(pool, "bob", "Wrong-horse-1x")
    login(pool, "ann")

    told = [row[0] for row in trail(pool)]

    assert told == ["bo…"] * MOST + ["ann"]


def test_nobody_comes_in_whom_the_trail_does_not_know(pool: Stage) -> None:
    pool.client("dynamodb").delete_table(TableName="ledger")

    answer = login(pool, "ann")

    assert answer.status >= 500
    assert "access_token" not in answer.text
    assert answer.cookies == ()

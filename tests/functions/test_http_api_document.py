"""The OpenAPI document: committed as it is served, and nothing undocumented."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.functions.asking import ask
from tests.functions.stage import Stage

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(COMMITTED.read_text())


def test_the_committed_document_is_the_one_that_is_made_now() -> None:
    made = subprocess.run([sys.executable, "-m", "tradewind.api"], capture_output=True, text=True, check=True)

    assert made.stdout == COMMITTED.read_text(), "run `make openapi`"


def test_the_document_is_served_to_anybody(stage: Stage, document: Any) -> None:
    answer = ask(stage, "GET", "/api/openapi.json", None)

    assert answer.status == 200
    assert answer.json() == document


def test_every_operation_says_who_may_and_how_it_fails(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["x-role"] in {"nobody", "viewer", "trader", "admin"}, where
            assert bool(operation.get("security")) == (operation["x-role"] != "nobody"), where
            assert {"401", "404", "422", "500", "503"} <= operation["responses"].keys(), where
            assert operation["tags"], where
            assert operation["summary"], where


OPEN = {"/api/session", "/api/webhook", "/api/telegram"}
"""Where whoever changes something proves who it is by the request itself."""


def test_nobody_who_may_only_look_changes_anything_and_nothing_changes_twice(document: Any) -> None:
    operations = [(method, path, one) for path, methods in document["paths"].items() for method, one in methods.items()]
    for method, path, operation in operations:
        where, key = f"{method} {path}", {"$ref": "#/components/parameters/IdempotencyKey"}
        looks = method == "get" or path == "/api/manual-trade/preview"
        if path not in OPEN:
            assert looks or operation["x-role"] in {"trader", "admin"}, where
            assert (key in operation.get("parameters", [])) != looks, where

    told = {path for method, path, one in operations if method == "get" and one["x-role"] == "nobody"}
    assert told == {"/api/health/simple", "/api/openapi.json"}

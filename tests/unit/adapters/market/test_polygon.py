"""What Polygon says when it says nothing."""

import json
from typing import Any

import pytest

from tradewind.adapters.market.polygon import read_bars
from tradewind.adapters.market.shape import ShapeError, parse

NOTHING: dict[str, Any] = {"ticker": "ACME", "queryCount": 0, "resultsCount": 0, "adjusted": False, "status": "OK"}


def read(**said: Any) -> list[Any]:
    return read_bars(parse(json.dumps({**NOTHING, **said}).encode()), daily=False)


@pytest.mark.parametrize("said", [{}, {"results": None}, {"results": []}, {"status": "DELAYED"}, {"count": 0}])
def test_an_answer_that_counts_no_rows_has_no_bars(said: dict[str, Any]) -> None:
    assert read(**said) == []


@pytest.mark.parametrize(
    ("said", "field", "found"),
    [
        ({"resultsCount": 2}, "results", "resultsCount is 2"),
        ({"queryCount": 390}, "results", "queryCount is 390"),
        ({"results": [], "count": 1}, "results", "count is 1"),
        ({"resultsCount": None}, "resultsCount", "a number"),
        ({"status": "ERROR", "error": "Unknown API Key"}, "status", "'ERROR'"),
    ],
)
def test_rows_that_are_counted_and_not_there_are_no_absence_of_bars(
    said: dict[str, Any], field: str, found: str
) -> None:
    with pytest.raises(ShapeError, match=found) as caught:
        read(**said)
    assert caught.value.field == field


def test_an_answer_without_rows_and_without_a_count_is_a_shape_that_nobody_knows() -> None:
    with pytest.raises(ShapeError, match="resultsCount must be there"):
        read_bars(parse(b'{"status": "OK"}'), daily=False)

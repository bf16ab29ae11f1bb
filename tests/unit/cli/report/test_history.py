"""What an environment recorded, as a report reads it."""

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from tests.builders import ACME, FREE, SHARE, account, configuration, day, entry, flat_bar, held
from tests.builders import book as book_of
from tradewind.cli.report.history import History
from tradewind.cli.report.reasons import Tally
from tradewind.cli.report.summary import RunFacts, summarise
from tradewind.cli.report.terminal import show
from tradewind.domain.fill import Fill
from tradewind.domain.order import Order
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe

D = Decimal
LIMIT = replace(entry(), terms=Terms(OrderKind.LIMIT, limit=D(100)))
BY_HAND = replace(entry(), strategy="manual", source="manual")


def recorded(order: Order, ts: int) -> History:
    """Return three bars, and ten shares bought at 100 at a moment for a fee of 1."""
    fill = Fill.of(replace(order, quantity=D(10)), 1, D(10), D(100), D(1), D(-1), ts)
    slices = [
        Slice("daily", Timeframe.D1, day(number), {ACME: flat_bar(number, price)})
        for number, price in ((1, 100), (2, 104), (3, 107))
    ]
    book = book_of(positions=[held(strategy=order.strategy)], mark=D(107))
    return History(configuration([SHARE], FREE), (account(cash=D(98_999)),), (book,), (order,), (fill,), tuple(slices))


@pytest.mark.parametrize(
    ("order", "ts", "worth"),
    [
        pytest.param(entry(), day(1), [100_000, 100_039, 100_069], id="a market order fills at the next open"),
        pytest.param(LIMIT, day(2), [100_000, 100_039, 100_069], id="a limit fills by its bar's close"),
        pytest.param(LIMIT, day(3), [100_000, 100_000, 100_069], id="a limit reached in the last bar"),
        pytest.param(BY_HAND, day(1) + DAY // 3, [100_000, 100_039, 100_069], id="an order between two bars"),
        pytest.param(BY_HAND, day(3), [100_000, 100_000, 100_069], id="an order after the last bar"),
    ],
)
def test_the_curve_ends_at_the_equity_whenever_an_order_was_filled(order: Order, ts: int, worth: list[int]) -> None:
    history = recorded(order, ts)

    assert [point.equity for point in history.curve()] == worth
    assert history.curve()[-1].equity == history.equity


@pytest.mark.parametrize(("found", "command"), [("/usr/bin/tradewind", "tradewind"), (None, "bin/tradewind")])
def test_where_to_look_next_is_one_line_that_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, found: str | None, command: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: found)
    summary = summarise(recorded(entry(), day(1)), Tally(), RunFacts())
    narrow = Console(file=io.StringIO(), width=60)

    show(summary, Path("/a/folder/far/away/from/here/build/run"), narrow)

    shown = narrow.file.getvalue()  # type: ignore[attr-defined]
    assert f"{command} explain ACME.TEST 1970-01-01\n" in shown

"""Steering by hand in the browser: risk answers before the click, a fill follows it, a stop moves, all stops."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard.conftest import Open
from tests.e2e.replays import ACCOUNT
from tradewind.adapters.dynamodb import queries
from tradewind.cli.deployed import Deployed
from tradewind.domain.order import BY_HAND, Leg, Order

pytestmark = pytest.mark.e2e

NAME = "IBM.US"
"""Has bars from the beginning on; nothing but these tests trades it by hand."""
SHORT = NAME.partition(".")[0]


def stop_of(deployed: Deployed) -> Order:
    """Return the working stop of what these tests bought."""
    found = queries.orders(deployed.ledger, ACCOUNT)
    return next(one for one in found if one.strategy == BY_HAND and one.leg is Leg.STOP and one.status.is_working)


def latest(page: Page) -> Decimal:
    return Decimal(page.locator(".last b").inner_text().replace(",", ""))


def bought(page: Page, picture: Path) -> None:
    """Buy two by hand, as somebody would, unless they are held already."""
    last = latest(page)
    page.get_by_label("Quantity, in lots of 1").fill("2")
    page.get_by_label("Stop", exact=True).fill(f"{last * Decimal('0.95'):.2f}")
    page.get_by_label("Target (optional)").fill(f"{last * Decimal('1.08'):.2f}")
    expect(page.get_by_text("Risk lets it in")).to_be_visible()
    page.screenshot(path=picture)
    page.get_by_role("button", name="Buy 2 ").click()
    expect(page.locator(".sent")).to_contain_text("filled.")


@pytest.fixture
def held(open_: Open, deployed: Deployed, pictures: Path) -> Page:
    """The page Trade, with something bought by hand."""
    page = open_(f"/dashboard/trade?symbol={NAME}")
    expect(page.locator(".last b")).to_be_visible()
    orders = queries.orders(deployed.ledger, ACCOUNT)
    if not any(one.strategy == BY_HAND and one.status.is_working for one in orders):
        bought(page, pictures / "dashboard-trade.png")
    return page


def test_an_order_is_what_risk_said_of_it_before_the_click(held: Page, deployed: Deployed) -> None:
    row = held.get_by_role("region", name="Open positions").get_by_role("row", name="manual")
    fills = [one for one in queries.fills(deployed.ledger, ACCOUNT) if one.strategy == BY_HAND]

    expect(row).to_contain_text(SHORT)
    assert (Leg.ENTRY, Decimal(2), NAME) in [(one.leg, one.quantity, one.instrument) for one in fills]


def test_what_risk_refuses_cannot_be_sent_and_says_why(open_: Open) -> None:
    page = open_(f"/dashboard/trade?symbol={NAME}")
    expect(page.locator(".last b")).to_be_visible()

    page.get_by_label("Quantity, in lots of 1").fill("999999")
    page.get_by_label("Stop", exact=True).fill("1")

    expect(page.get_by_label("What risk says")).to_contain_text("Risk says no")
    expect(page.get_by_label("What risk says")).to_contain_text("too much of the equity")
    expect(page.get_by_role("button", name="Buy 999,999")).to_be_disabled()


def test_a_field_that_is_wrong_says_so_and_nothing_is_asked(open_: Open) -> None:
    page = open_(f"/dashboard/trade?symbol={NAME}")

    page.get_by_label("Quantity, in lots of 1").fill("two")

    expect(page.get_by_role("alert")).to_have_text("Write it as 10 or 101.25.")
    expect(page.get_by_role("button", name="Buy", exact=True)).to_be_disabled()


def test_a_stop_is_moved_in_a_dialog_that_says_what_it_means(held: Page, deployed: Deployed) -> None:
    before = stop_of(deployed)
    wanted = f"{before.price * Decimal('1.01'):.2f}"

    held.get_by_role("button", name=f"Move the stop of {SHORT}").click()
    dialog = held.get_by_role("dialog", name=f"Move the stop of {SHORT}")
    dialog.get_by_label("New price").fill("0.00001")
    expect(dialog.get_by_role("alert")).to_have_text("It has to be a whole number of ticks of 0.0001.")
    dialog.get_by_label("New price").fill(wanted)
    dialog.get_by_role("button", name="Move the stop").click()

    expect(held.locator(".toasts")).to_contain_text(f"The stop of {SHORT} stands at")
    assert stop_of(deployed).price == Decimal(wanted)


def test_a_stop_is_dragged_on_the_chart_and_stays_where_it_was_dropped(
    held: Page, deployed: Deployed, open_: Open
) -> None:
    before = stop_of(deployed)
    page = open_(f"/dashboard/chart?symbol={NAME}")
    expect(page.get_by_role("button", name=f"Move the stop of {SHORT}")).to_be_visible()
    page.wait_for_timeout(500)
    box = page.locator(".canvas").bounding_box()
    assert box is not None
    level = _level(page, box["x"] + 300, int(box["y"]), int(box["y"] + box["height"]))

    page.mouse.move(box["x"] + 300, level)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, level + 12, steps=4)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    dropped = Decimal(dialog.get_by_label("New price").input_value())
    dialog.get_by_role("button", name="Move the").click()

    expect(page.locator(".toasts")).to_contain_text("stands at")
    moved = {one.id: one for one in queries.orders(deployed.ledger, ACCOUNT)}
    assert dropped in {moved[before.id].price, *(one.price for one in moved.values() if one.leg is Leg.TARGET)}


def _level(page: Page, x: float, top: int, bottom: int) -> float:
    """Feel for a level that can be taken hold of, from below, as a hand would."""
    for y in range(bottom - 30, top, -4):
        page.mouse.move(x, y)
        if page.locator(".canvas.graspable").count():
            return y - 4
    raise AssertionError("no level can be taken hold of")


def test_the_kill_switch_stops_the_next_order_until_an_admin_lets_it_go_on(open_: Open) -> None:
    page = open_(f"/dashboard/trade?symbol={NAME}")
    page.get_by_role("button", name="Stop trading").click()
    dialog = page.get_by_role("dialog", name="Stop trading of paper")
    expect(dialog.get_by_role("button", name="Stop trading")).to_be_disabled()
    dialog.get_by_label("Reason, for the journal").fill("lunch")
    dialog.get_by_role("button", name="Stop trading").click()

    expect(page.locator(".header").get_by_text("halted")).to_be_visible()
    page.get_by_label("Quantity, in lots of 1").fill("1")
    page.get_by_label("Stop", exact=True).fill("1")
    expect(page.get_by_label("What risk says")).to_contain_text("trading is halted")

    page.get_by_role("button", name="Let trading go on").click()
    dialog = page.get_by_role("dialog", name="Let paper trade")
    dialog.get_by_label("Reason, for the journal").fill("back")
    dialog.get_by_role("button", name="Let it go on").click()
    expect(page.locator(".header").get_by_text("trading")).to_be_visible()


def test_a_position_is_closed_and_its_stop_goes_with_it(held: Page, deployed: Deployed) -> None:
    held.get_by_role("button", name=f"Close {NAME}").click()
    held.get_by_role("dialog").get_by_role("button", name="Close the position").click()

    expect(held.locator(".toasts")).to_contain_text("filled.")
    orders = queries.orders(deployed.ledger, ACCOUNT)
    assert not [one for one in orders if one.strategy == BY_HAND and one.status.is_working]


def test_a_viewer_looks_and_is_offered_nothing_to_do(open_: Open) -> None:
    from tests.e2e.dashboard.conftest import log_in  # noqa: PLC0415 - this test alone logs in by itself

    page = open_("/login", storage_state=None)
    log_in(page, "viewer")
    page.get_by_role("link", name="Trade", exact=True).click()

    expect(page.get_by_text("To trade you need the role trader.")).to_be_visible()
    expect(page.get_by_text("To stop trading you need the role trader.")).to_be_visible()
    expect(page.get_by_role("button", name="Flatten all")).to_have_count(0)

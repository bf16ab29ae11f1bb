"""Orders by hand of every kind: what is asked for, what risk says of it, and what waits then."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.builders import day
from tests.dashboard.serving import Served
from tests.dashboard.test_pages import AXE, CUT_OFF, SERIOUS, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route, ViewportSize

_PHONE: "ViewportSize" = {"width": 360, "height": 780}
_NAME = "SYM000.TEST"
_PATIENCE = 60_000
"""Ms until something that was to be seen counts as missing: a busy machine is slow, and that is no fault."""


@pytest.fixture(scope="module", autouse=True)
def _patient() -> None:
    expect.set_options(timeout=_PATIENCE)


def test_a_limit_below_the_market_goes_from_its_preview_into_the_open_orders_and_is_cancelled(
    browser: "Browser", served: Served
) -> None:
    page, faults = opened(browser, served, f"trade?symbol={_NAME}", viewport=_PHONE)
    expect(page.get_by_label("Limit price")).to_have_count(0)
    expect(page.locator(".more")).to_have_count(0)

    page.get_by_role("combobox", name="Kind").select_option(label="Limit")
    page.get_by_label("Quantity, in lots of 1").fill("2")
    page.get_by_label("Stop", exact=True).fill("9")
    page.get_by_label("Limit price").fill("10.001")
    expect(page.get_by_role("alert")).to_have_text("It has to be a whole number of ticks of 0.01.")
    page.get_by_label("Limit price").fill("10")
    _until_2099(page)
    answer = page.get_by_label("What risk says")
    expect(answer).to_contain_text("Risk lets it in, and it waits")
    expect(answer).to_contain_text("limit 10.00")
    _fits(page)
    page.get_by_role("button", name="Buy 2 SYM000").click()

    expect(page.locator(".sent")).to_have_text("buy 2 SYM000: accepted, it waits (limit 10.00).")
    (order,) = _working(page)
    assert (order["kind"], order["limit"], order["lifetime"], order["status"]) == ("LIMIT", "10", "GTD", "ACCEPTED")
    row = page.get_by_role("region", name="Working orders").get_by_role("row").nth(1)
    for said in ("entry", "limit 10.00", "until 2099-01-01 00:00"):
        expect(row).to_contain_text(said)
    row.get_by_role("button", name="Cancel the order for SYM000").click()
    dialog = page.get_by_role("dialog", name="Cancel this order")
    expect(dialog).to_contain_text(f"buy 2 {_NAME}, limit: limit 10.00")
    dialog.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("No order works now.")).to_be_visible()
    assert (_working(page), faults) == ([], [])
    page.context.close()


def _until_2099(page: "Page") -> None:
    """Say by keyboard how long it lives, and that it must not take."""
    page.locator(".more summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("It lives").select_option("GTD")
    page.get_by_label("Until", exact=True).fill("2099-01-01T00:00")
    page.get_by_label("Post-only").check()
    expect(page.locator(".more summary")).to_contain_text("until a time that I say, post-only")


def _fits(page: "Page") -> None:
    """See that nobody is shut out, and that a phone cuts nothing off."""
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]
    assert page.evaluate(CUT_OFF) == []


def _working(page: "Page") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate(
        "fetch('/api/orders?status=working').then((answer) => answer.json()).then((told) => told.items)"
    )
    return told


def test_a_sale_that_its_venue_cannot_hold_says_so_before_the_click_and_among_the_open_orders(
    browser: "Browser", served: Served
) -> None:
    said = "The position's stop at Kraken holds what it sells: it waits here, watched on closed bars."
    order = _held_here()
    asked = list[Any]()
    page = browser.new_context(viewport=_PHONE, bypass_csp=True).new_page()

    def rehearsed(route: "Route") -> None:
        asked.append(json.loads(route.request.post_data or ""))
        money = dict.fromkeys(("reference", "reserved", "cash_after", "exposure_after"), "100")
        answer = {"allowed": True, "reason": "by hand", "order": order, "fills": [], "reference_ts": day(3)}
        route.fulfill(json={**answer, "worst_price": None, "emulated": said, **money})

    page.route("**/api/positions*", lambda route: route.fulfill(json={"items": [_position()], "next": None}))
    page.route("**/api/orders?*", lambda route: route.fulfill(json={"items": [order], "next": None}))
    page.route("**/api/manual-trade/preview", rehearsed)
    page.goto(f"{served.url}/dashboard/trade?symbol={_NAME}")
    page.get_by_role("combobox", name="Kind").select_option(label="Trailing stop")
    page.get_by_role("radio", name="Sell").check()
    page.get_by_text("3 held by manual").wait_for()
    page.get_by_label("Quantity, in lots of 1").fill("1")
    page.get_by_label("Trail", exact=True).fill("5")

    expect(page.get_by_label("What risk says")).to_contain_text(said)
    sold = {"instrument": _NAME, "side": "SELL", "quantity": "1", "kind": "TRAILING_STOP", "trail": "5"}
    assert asked[0] == {**sold, "strategy": "manual", "reason": "by hand"}
    row = page.get_by_role("region", name="Working orders").get_by_role("row").nth(1)
    for part in ("trailing stop held here", "trigger 95.00, 5.00 behind", "until cancelled"):
        expect(row).to_contain_text(part)
    _fits(page)
    page.set_viewport_size({"width": 1440, "height": 1000})
    assert page.evaluate(CUT_OFF) == []
    page.context.close()


def _held_here() -> dict[str, Any]:
    nothing = dict.fromkeys(("price", "stop", "target", "limit"))
    named = dict.fromkeys(("id", "parent", "trace", "reason", "source", "account"), "x")
    terms = {"kind": "TRAILING_STOP", "trigger": "95", "trail": "5", "lifetime": "GTC", "expires": 0}
    order = {"instrument": _NAME, "strategy": "manual", "leg": "EXIT", "side": "SELL", "quantity": "1", "filled": "0"}
    times = {"created": day(3), "valid_until": day(4), "revision": 0}
    return {**order, **named, **terms, **nothing, **times, "status": "ACCEPTED", "held_here": True}


def _position() -> dict[str, Any]:
    money = dict.fromkeys(("entry", "mark", "stop", "target", "value", "unrealised"), "100")
    held = {"account": "paper", "instrument": _NAME, "strategy": "manual", "quantity": "3"}
    return {**held, "opened": day(1), **money}

"""Logging in, staying so, leaving; and what is shown while nobody answers."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.dashboard.conftest import DESK, Open, log_in

pytestmark = pytest.mark.e2e


def test_without_a_session_everything_leads_to_the_login_and_from_there_to_what_was_wanted(
    browser: Browser, site: str, pictures: Any
) -> None:
    with browser.new_context(base_url=site, viewport=DESK) as context:
        page = context.new_page()
        page.goto("/dashboard/trade?symbol=IBM.US")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.screenshot(path=pictures / "dashboard-login.png")
        assert "/login?next=%2Fdashboard%2Ftrade%3Fsymbol%3DIBM.US" in page.url

        log_in(page, "trader", "Wrong-horse-1xx")
        expect(page.get_by_role("alert")).to_have_text("Name or password is wrong, or the session has ended.")

        log_in(page, "trader")
        expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
        assert page.url.endswith("/dashboard/trade?symbol=IBM.US")


def test_no_script_finds_a_token_anywhere(open_: Open) -> None:
    page = open_("/dashboard")
    expect(page.get_by_text("Equity now")).to_be_visible()

    kept = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    (cookie,) = page.context.cookies()

    assert "eyJ" not in kept
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("tradewind_refresh", True, "Strict")
    assert cookie["path"] == "/api/session"


def test_a_login_leads_nowhere_but_into_the_dashboard(open_: Open) -> None:
    page = open_("/login?next=https://evil.example/dashboard")

    expect(page.get_by_role("heading", level=1, name="Live")).to_be_visible()
    assert page.url.endswith("/dashboard")


def test_whoever_leaves_is_out_and_back_does_not_bring_the_numbers_back(browser: Browser, site: str) -> None:
    with browser.new_context(base_url=site, viewport=DESK) as context:
        page = context.new_page()
        log_in(page, "viewer")
        expect(page.get_by_text("Equity now")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.goto("/dashboard")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        expect(page.get_by_text("Equity now")).to_have_count(0)


def test_a_token_that_has_run_out_is_renewed_and_nobody_notices(open_: Open) -> None:
    page = open_("/dashboard")
    expect(page.get_by_text("Equity now")).to_be_visible()
    old = _token(page)
    refused: list[str] = []

    def gateway(route: Route) -> None:
        if route.request.headers.get("authorization") == old:
            refused.append(route.request.url)
            route.fulfill(status=401, json={"message": "Unauthorized"})
        else:
            route.continue_()

    page.route(lambda url: "/api/" in url and "/api/session" not in url, gateway)
    with page.expect_response(lambda answer: answer.status == 401):
        pass
    with page.expect_response(lambda answer: answer.url.endswith("/api/account") and answer.status in {200, 304}):
        pass

    assert refused
    expect(page.get_by_text("Equity now")).to_be_visible()
    expect(page.get_by_role("heading", name="Log in")).to_have_count(0)


def test_a_session_that_has_ended_leads_to_the_login_and_back_to_the_page(open_: Open) -> None:
    page = open_("/dashboard/performance")
    expect(page.get_by_role("heading", level=1, name="Performance")).to_be_visible()

    page.context.clear_cookies()
    page.route("**/api/**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))

    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page).to_have_url(re.compile("next=%2Fdashboard%2Fperformance"))
    page.unroute("**/api/**")
    log_in(page, "admin")
    expect(page.get_by_role("heading", level=1, name="Performance")).to_be_visible()


def test_while_the_api_is_away_what_was_seen_stays_with_its_age_and_goes_on_when_it_is_back(
    open_: Open, pictures: Any
) -> None:
    page = open_("/dashboard")
    equity = page.locator(".stat", has_text="Equity now").locator("b")
    expect(equity).to_be_visible()
    before = equity.inner_text()

    page.route("**/api/**", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("Tradewind does not answer.")
    expect(page.get_by_text("no connection")).to_be_visible()
    expect(page.get_by_text("ago; it is tried again")).to_be_visible()
    page.screenshot(path=pictures / "dashboard-outage.png")
    assert equity.inner_text() == before

    page.unroute("**/api/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".connection")).to_have_text("live")


def test_an_api_that_is_away_from_the_start_leaves_no_empty_page(open_: Open) -> None:
    page = open_("/dashboard", storage_state=None)
    page.route("**/api/**", lambda route: route.abort())
    page.reload()

    expect(page.get_by_text("Tradewind does not answer: it is tried again.")).to_be_visible()
    page.unroute("**/api/**")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_over_a_slow_network_a_page_says_what_is_on_its_way_and_then_shows_it(open_: Open) -> None:
    page = open_("/dashboard/trade")
    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 700, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    session.send("Network.emulateNetworkConditions", slow)

    page.reload()

    expect(page.locator(".skeleton").first).to_be_visible()
    expect(page.get_by_label("Quantity, in lots of 1")).to_be_visible()


def test_what_has_not_changed_is_not_sent_again(open_: Open) -> None:
    page = open_("/dashboard")
    with page.expect_response(lambda answer: "/api/positions" in answer.url and answer.status == 304) as caught:
        pass

    assert caught.value.request.headers["if-none-match"].startswith('"')


def _token(page: Page) -> str:
    with page.expect_request(lambda request: "/api/account" in request.url) as caught:
        pass
    return caught.value.headers["authorization"]

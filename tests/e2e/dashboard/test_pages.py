"""Every page as somebody sees it: on a desk, on a phone, in the dark, by keyboard, and to a screen reader."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from infra import web
from tests.e2e.dashboard.conftest import Open

pytestmark = pytest.mark.e2e

PAGES = {
    "": ("Live", "Realised equity, day by day"),
    "chart": ("Chart", "Fills are arrows"),
    "trade": ("Trade", "Open orders"),
    "strategies": ("Strategies", ""),
    "performance": ("Performance", ""),
    "backtests": ("Backtests", ""),
    "research": ("Research", ""),
    "brain": ("Stratus Brain", ""),
    "universe": ("Universe", ""),
    "alerts": ("Alerts", ""),
    "accounts": ("Accounts", ""),
    "health": ("Health and cost", ""),
    "logs": ("Logs", ""),
}
SHOWN = {"chart": "?symbol=GOOG.US", "universe": "?symbol=IBM.US"}
"""What is chosen on a page for its picture: something that is held there."""

_CUT_OFF = """
[...document.querySelectorAll("main .segments, main .table:not(.months, .matrix)")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 60))
"""
"""What a narrow screen cuts off: a table's rows are cards there, and choices go on in the next line."""
LARGEST_VIEW = 200 * 1024
_SERIOUS = {"serious", "critical"}


def ready(page: Page, title: str, words: str = "") -> None:
    """Wait until a page shows what it is of, and nothing is old or on its way any more."""
    expect(page.get_by_role("heading", level=1, name=title)).to_be_attached()
    if words:
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.locator("main").locator(".skeleton, p.stale, p.problem, .outage")).to_have_count(0)


def findings(page: Page, axe: str) -> list[str]:
    """Return what a screen reader or somebody with weak eyes would stumble over."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in _SERIOUS]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_itself_on_a_desk_and_on_a_phone_and_nobody_stumbles(
    open_: Open, axe: str, pictures: Path, path: str
) -> None:
    title, words = PAGES[path]
    page = open_(f"/dashboard/{path}".rstrip("/") + SHOWN.get(path, ""))

    ready(page, title, words)
    page.wait_for_timeout(400)  # a chart draws in the next frames
    page.screenshot(path=pictures / f"dashboard-{path or 'live'}.png")
    assert page.title() == f"{title} · Tradewind"
    assert findings(page, axe) == []

    page.set_viewport_size({"width": 360, "height": 780})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 360")


@pytest.mark.parametrize("path", ["", "chart", "trade"])
def test_in_the_dark_everything_can_be_read_too(open_: Open, axe: str, pictures: Path, path: str) -> None:
    page = open_(f"/dashboard/{path}".rstrip("/") + SHOWN.get(path, ""), color_scheme="dark")

    ready(page, *PAGES[path])
    page.wait_for_timeout(400)
    page.screenshot(path=pictures / f"dashboard-{path or 'live'}-dark.png")
    assert findings(page, axe) == []


def test_on_a_phone_the_navigation_opens_and_a_table_is_a_row_of_cards(open_: Open, pictures: Path) -> None:
    page = open_("/dashboard", viewport={"width": 360, "height": 780})
    ready(page, "Live", "Equity now")
    page.wait_for_selector(".gates")
    page.screenshot(path=pictures / "dashboard-phone.png")
    assert page.evaluate(_CUT_OFF) == []

    expect(page.get_by_role("link", name="Trade", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("link", name="Trade", exact=True).click()

    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
    expect(page.get_by_role("link", name="Chart", exact=True)).to_be_hidden()


def test_on_a_wall_the_page_fills_the_screen(open_: Open) -> None:
    page = open_("/dashboard", viewport={"width": 3840, "height": 2160})
    ready(page, "Live", "Equity now")

    assert page.evaluate("document.documentElement.scrollWidth") == 3840
    assert page.locator(".cards").bounding_box()["width"] > 3300  # type: ignore[index]
    limits = page.locator(".card", has_text="Risk limits").bounding_box()
    assert limits is not None
    assert limits["x"] + limits["width"] > 3700  # the first row ends where the wall does
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 19


def test_whoever_has_no_mouse_gets_everywhere(open_: Open) -> None:
    page = open_("/dashboard")
    ready(page, "Live")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1, name="Trade")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_light_and_dark_follow_the_system_until_somebody_chooses_and_the_choice_stays(open_: Open) -> None:
    page = open_("/dashboard", color_scheme="dark")
    ready(page, "Live")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_role("button", name="Colours: as the system").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    ready(page, "Live")

    assert light != dark
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_a_page_that_does_not_exist_says_so(open_: Open) -> None:
    page = open_("/dashboard/nowhere")

    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Live")).to_be_visible()


def test_the_first_view_loads_little() -> None:
    web.build()
    sizes = web.first_view()

    assert sum(sizes.values()) <= LARGEST_VIEW, sizes
    assert not any("lightweight" in name for name in sizes)

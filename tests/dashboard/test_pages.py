"""The pages over 611 instruments where hardly anything has happened yet: in the dark, on a phone, by keyboard."""

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.builders import day
from tests.dashboard.serving import ROOT, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response, Route

PAGES = {
    "": ("Equity now", "WARMING UP"),
    "chart": ("Orders on this chart",),
    "trade": ("Nothing is held now.",),
    "strategies": ("Why there was no trade", "WARMING UP"),
    "performance": ("Round trips by", "There is no curve yet"),
    "backtests": ("five-stocks", "+66.79 %"),
    "research": ("How far to believe it", "may be luck"),
    "brain": ("As soon as a strategy is warm",),
    "universe": ("SYM000", "Choose an instrument"),
    "alerts": ("phone", "Nothing was sent"),
    "accounts": ("paper, inside Tradewind", "no real money"),
    "health": ("What it costs", "Nothing was metered yet"),
    "logs": ("Log", "Nothing was logged in this time"),
}
"""What each page says, the last of it in its empty state."""

ASKED = {
    "strategies": {"/api/strategies"},
    "universe?symbol=SYM000.TEST": {"/api/symbols", "/api/universe", "/api/symbol/SYM000.TEST/profile"},
    "backtests": {"/api/backtests", "/api/backtests/five-stocks"},
    "research": {"/api/research"},
    "health": {"/api/cost/month"},
}
"""What hardly ever changes and is asked for all the same, by the page that shows it."""

SELDOM = {"/api/session", "/api/monitor/storage"}
"""What is asked for less often: who is there, and what AWS itself counts anew every six hours."""

_PICTURES = ROOT / "build" / "dashboard"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """async () => (await axe.run(document)).violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)"""
_SETTLED = "document.querySelector('main .card') && !document.querySelector('main .skeleton')"

CUT_OFF = """
[...document.querySelectorAll("main .segments, main .table:not(.months, .matrix)")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 60))
"""
"""What a narrow screen cuts off: a table's rows are cards there, and choices go on in the next line."""


def opened(browser: "Browser", served: Served, name: str, **options: Any) -> tuple["Page", list[str]]:
    """Open a page and wait until it is whole; what the browser complains of is listed meanwhile and later."""
    # The page's policy forbids what is put into it from outside, axe included; the server's headers stay as they are.
    page = browser.new_context(bypass_csp=True, **options).new_page()
    faults: list[str] = []

    def note(line: "ConsoleMessage") -> None:
        if line.type == "error" and "404" not in line.text:  # recorded bars have no order book
            faults.append(line.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{served.url}/dashboard/{name}".rstrip("/"))
    page.wait_for_function(_SETTLED)
    return page, faults


def test_every_page_can_be_read_on_a_phone_in_the_dark_and_nobody_is_shut_out(
    browser: "Browser", served: Served
) -> None:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    for name, said in PAGES.items():
        page, faults = opened(browser, served, name, viewport={"width": 360, "height": 780}, color_scheme="dark")
        for text in said:
            page.get_by_text(text).first.wait_for()
        page.screenshot(path=_PICTURES / f"{name or 'live'}.png", full_page=True)
        page.evaluate(AXE.read_text())

        assert page.evaluate(SERIOUS) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert page.evaluate(CUT_OFF) == [], name
        assert faults == [], name
        page.context.close()


def test_what_is_shown_is_asked_for_again_within_five_seconds_and_sent_only_where_it_has_changed(
    browser: "Browser", served: Served
) -> None:
    for name, paths in ASKED.items():
        page = browser.new_context(bypass_csp=True).new_page()
        page.clock.install()
        answered = _listening(page)
        page.goto(f"{served.url}/dashboard/{name}")
        page.wait_for_function(_SETTLED)
        shown = {path for path, _ in answered if path.startswith("/api/")} - SELDOM
        answered.clear()
        page.clock.run_for(5_000)
        for _ in range(100):  # until the answers are here, which take as long as they do
            if shown <= {path for path, _ in answered}:
                break
            page.wait_for_timeout(20)

        assert paths <= shown <= {path for path, _ in answered}, name
        assert {status for path, status in answered if path in paths} == {304}, name
        page.context.close()


def _listening(page: "Page") -> list[tuple[str, int]]:
    """Return where every answer to the page will be noted: its path and its status."""
    answered: list[tuple[str, int]] = []

    def note(answer: "Response") -> None:
        answered.append((urlsplit(answer.url).path, answer.status))

    page.on("response", note)
    return answered


def test_a_chart_asks_for_fills_back_to_its_oldest_bar_and_says_where_it_stops(
    browser: "Browser", served: Served
) -> None:
    asked = list[str]()

    def tell(route: "Route") -> None:
        """Tell of as many fills as are asked for, all later than the oldest bar, and that there are more."""
        query = dict(parse_qsl(urlsplit(route.request.url).query))
        first = int(query.get("cursor", 0))
        asked.append(query.get("cursor", ""))
        numbers = range(first, first + int(query["limit"]))
        items = [{"trade_id": str(n), "ts": day(50) - n, "side": "BUY", "quantity": "1"} for n in numbers]
        route.fulfill(json={"items": items, "next": str(numbers.stop)})

    page = browser.new_context().new_page()
    page.route("**/api/fills?*", tell)
    page.goto(f"{served.url}/dashboard/chart")
    page.get_by_text("2,000 fills are marked; those before").wait_for()
    page.context.close()

    assert [one for one in asked if one] == ["200", "700", "1200", "1700"]


def test_a_chart_of_a_time_without_bars_says_so(browser: "Browser", served: Served) -> None:
    page, faults = opened(browser, served, "chart?until=1000")
    page.get_by_text("No bar of SYM000.TEST is stored up to").wait_for()

    assert page.locator(".canvas").count() == 0
    assert faults == []
    page.context.close()


def test_hundreds_of_rows_are_filtered_and_chosen_by_keyboard_and_few_are_drawn(
    browser: "Browser", served: Served
) -> None:
    page, _ = opened(browser, served, "universe")
    table = page.get_by_role("region", name="Instruments; arrow keys choose one")

    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "612"
    assert table.locator("tbody tr").count() < 80
    table.focus()
    page.keyboard.press("End")
    page.get_by_role("heading", name="SYM610.TEST").wait_for()
    assert table.locator("tr.chosen").inner_text().startswith("SYM610")
    page.get_by_label("Filter by name").fill("sym04")
    page.get_by_text("10 of 611").wait_for()
    page.context.close()


def test_a_channel_is_tested_once_asked_and_told_so(browser: "Browser", served: Served) -> None:
    page, _ = opened(browser, served, "alerts")
    page.get_by_role("button", name="Test phone").click()
    page.get_by_role("button", name="Send the test").click()
    page.get_by_text("A test is on its way to phone.").wait_for()

    assert served.posted == ["POST /api/alerts/test"]
    page.context.close()


def test_a_connection_is_tested_by_keyboard_and_its_answer_stays_with_its_age(
    browser: "Browser", served: Served
) -> None:
    page, faults = opened(browser, served, "accounts")
    (paper,) = page.evaluate("fetch('/api/account').then((answer) => answer.json())")["items"]
    coins = {**paper, "account": "coins", "venue": "KRAKEN", "mode": "live", "armed": "not armed", "credentials": True}
    rights = {"read_balances": "works", "read_orders": "refused", "trade": "not told"}
    answer = {
        "account": "coins", "venue": "KRAKEN", "ts": int(time.time() * 1000) - 5_000, "needed": True, "connected": True,
        "took": 214, "skew": 40, "rights": rights, "balances": 4, "orders": None, "failure": "Kraken says no",
    }  # fmt: skip
    page.route("**/api/account", lambda route: route.fulfill(json={"items": [coins], "next": None}))
    page.route("**/api/accounts/coins/test", lambda route: route.fulfill(json=answer))
    button = page.get_by_role("button", name="Test connection of coins")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")

    shown = page.get_by_role("list", name="What the test showed")
    for text in ("214 ms", "works: 4 balances", "not told without an order", "Kraken says no", "s ago"):
        shown.get_by_text(text).wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Test connection of coins"
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []
    assert faults == []
    page.context.close()


def test_of_several_accounts_the_first_is_shown_and_flattened_alone_until_another_is_chosen(
    browser: "Browser", served: Served
) -> None:
    asked, flattened = list[str | None](), list[str]()
    page = browser.new_context().new_page()

    def positions(route: "Route") -> None:
        account = dict(parse_qsl(urlsplit(route.request.url).query)).get("account")
        asked.append(account)
        held = [_held(name) for name in ("coins", "paper") if account in {None, name}]
        route.fulfill(json={"items": held, "next": None})

    def flatten(route: "Route") -> None:
        flattened.append(json.loads(route.request.post_data or "{}")["account"])
        route.fulfill(status=202, json={"key": "k", "messages": []})

    engine = page.request.get(f"{served.url}/api/engine-status").json()
    engine["accounts"] = {"paper": "NORMAL", "coins": "NORMAL"}
    page.route("**/api/engine-status", lambda route: route.fulfill(json=engine))
    page.route("**/api/positions*", positions)
    page.route("**/api/flatten", flatten)
    page.goto(f"{served.url}/dashboard/trade")
    assert page.get_by_role("combobox", name="Account").input_value() == "paper"
    region = page.get_by_role("region", name="Open positions")
    region.get_by_text("held by paper").wait_for()
    region.get_by_text("held by coins").wait_for(state="detached")
    page.get_by_role("button", name="Flatten all").click()
    dialog = page.get_by_role("dialog", name="Flatten paper")
    dialog.get_by_text("the one position").wait_for()
    dialog.get_by_label("Type flatten").fill("flatten")
    dialog.get_by_role("button", name="Flatten all").click()
    page.get_by_text("0 orders are on their way").wait_for()
    page.context.close()

    assert flattened == ["paper"]
    assert asked[-1] == "paper"


def _held(account: str) -> dict[str, Any]:
    money = dict.fromkeys(("quantity", "entry", "mark", "stop", "target", "value", "unrealised"), "1")
    return {
        "account": account,
        "instrument": "SYM000.TEST",
        "strategy": f"held by {account}",
        "opened": day(1),
        **money,
    }


def test_what_was_written_of_one_instrument_is_not_sent_of_another(browser: "Browser", served: Served) -> None:
    page, _ = opened(browser, served, "trade")
    fields = [page.get_by_label(name, exact=True) for name in ("Quantity, in lots of 1", "Stop", "Target (optional)")]
    page.get_by_text("where it ends at a loss").wait_for()
    for field in fields:
        field.fill("7")
    page.get_by_role("combobox", name="Instrument").select_option("SYM001.TEST")
    page.get_by_text("Say how much, and where the stop stands").wait_for()

    assert [field.input_value() for field in fields] == ["", "", ""]
    page.context.close()

"""The dashboard of the session's stack in a real browser: bars replayed, people who may log in, pictures kept."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from infra import web
from tests import findings
from tests.e2e.replays import ACCOUNT, ROOT, prepare
from tradewind.adapters.dynamodb.spending import DynamoSpending
from tradewind.application.meter_spending import month_of
from tradewind.cli.commands.user import put
from tradewind.cli.deployed import Deployed
from tradewind.cli.pricing.metered import spent
from tradewind.cli.run.lockstep import Lockstep
from tradewind.cli.run.plan import RunPlan
from tradewind.domain.ledger import TradingState

PASSWORD = "Correct-horse-1x"  # noqa: S105 - of users that live as long as these tests
STEPS = 120
PATIENCE = 120_000
"""Ms until something that was to be seen counts as missing: a busy machine is slow, and that is no fault."""
DESK = ViewportSize(width=1440, height=1000)
_QUIET = ("401", "404", "502", "503")
"""What a browser says of answers that belong to the work: nobody is logged in yet, recorded bars have no book, and an
emulator on a busy machine may not answer in time, which the pages outlast."""

_WATCH = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (one) => violations.push(`${one.violatedDirective} ${one.blockedURI}`));
"""


@pytest.fixture(scope="package")
def pictures() -> Path:
    """Where pictures go: `PICTURES=docs/images` renews the ones in the documentation."""
    folder = ROOT / os.environ.get("PICTURES", "build/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package", autouse=True)
def _patient() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def axe() -> str:
    """The accessibility checks, as a script."""
    web.install()
    return (web.SOURCE / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="package")
def driver(deployed: Deployed, run_plan: RunPlan) -> Lockstep:
    """The stack with bars replayed up to where something is held."""
    steps = prepare(deployed, run_plan)
    for now in run_plan.traded[:STEPS]:
        steps.step(now)
    steps.announced([ACCOUNT])
    deployed_controls(deployed)
    return steps


def deployed_controls(deployed: Deployed) -> None:
    """Let the account trade, whatever tests before had switched."""
    from tradewind.adapters.dynamodb.controls import DynamoControls  # noqa: PLC0415 - only who needs it

    control = DynamoControls(deployed.ledger).get(ACCOUNT)
    assert control.state is TradingState.NORMAL


@pytest.fixture(scope="package")
def site(deployed: Deployed, driver: Lockstep) -> str:
    """The dashboard's address, with a viewer, a trader and an admin who may log in, findings, and what it all cost."""
    findings.publish(deployed.client("s3"), deployed.output("DataBucket"))
    meter(deployed)
    for role in ("viewer", "trader", "admin"):
        put(deployed, role, PASSWORD, role)
    assert deployed.local is not None
    assert deployed.local.dashboard_url is not None, "the dashboard could not be built"
    return deployed.local.dashboard_url


def meter(deployed: Deployed) -> None:
    """Add up what the functions logged of their use, as the watch does on AWS."""
    now = time.time_ns() // 1_000_000
    store, spending = DynamoSpending(deployed.market), spent(deployed, hours=1)
    spending.version = store.load(month_of(now)).version + 1
    store.keep(month_of(now), spending)


@pytest.fixture(scope="module")
def cookies(browser: Browser, site: str) -> Any:
    """An admin's session, as the browser keeps it."""
    with browser.new_context(base_url=site) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        log_in(page, "admin")
        page.wait_for_selector("#main")
        return context.storage_state()


type Open = Callable[..., Page]


@pytest.fixture
def open_(browser: Browser, site: str, cookies: Any) -> Iterator[Open]:
    """Return how to open a page as an admin; whatever a browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str, **options: Any) -> Page:
        settings: dict[str, Any] = {"viewport": DESK, "storage_state": cookies, "base_url": site} | options
        context = browser.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.type, said.text) else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            complaints += page.evaluate("globalThis.violations ?? []")
        context.close()
    assert complaints == []


def _is_complaint(kind: str, text: str) -> bool:
    return kind == "error" and not any(f"status of {status}" in text for status in _QUIET) and "ERR_FAILED" not in text


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill the login in and send it."""
    if "/login" not in page.url:
        page.goto("/dashboard")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()

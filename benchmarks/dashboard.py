"""The dashboard in a browser, on the local stack: what it loads, how soon it answers, how smoothly a chart moves."""

import json
import socket
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure
from infra import web
from tests.browser import launched
from tests.e2e.replays import planned, prepare, written
from tradewind.cli.commands.user import made, put
from tradewind.cli.deployed import of_local
from tradewind.cli.local import Places, down, up
from tradewind.cli.run.plan import RunRequest
from tradewind.domain.timeframe import DAY, MINUTE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BARS = 100_000
_STEPS, _LOADS = 60, 9
_PATIENCE = 120_000
_DESK = {"width": 1440, "height": 900}
_KILOBYTES, _SECONDS, _FRAMES = 200, 1.5, 59.0
"""A display of 60 Hz shows 60 frames; half a frame of jitter in the clock is no slow chart."""

_USABLE = "() => document.querySelector('.stat b') && document.querySelector('.header .badge')"
_COUNT = """() => {
  globalThis.frames_ = [];
  const note = (at) => { frames_.push(at); globalThis.counting_ = requestAnimationFrame(note); };
  globalThis.counting_ = requestAnimationFrame(note);
}"""


def measure() -> list[Figure]:
    """Bring a stack up, replay a little, and look at it."""
    with TemporaryDirectory() as home:
        places, plan = Places(Path(home) / "stack"), planned(RunRequest(steps=_STEPS))
        written(plan, Path(home) / "environment.json")
        try:
            deployed = of_local(up("minimal", _free_port(), Path(home) / "environment.json", places=places))
            driver = prepare(deployed, plan)
            for now in plan.traded:
                driver.step(now)
            password = made()
            put(deployed, "bench", password, "admin")
            assert deployed.local is not None
            assert deployed.local.dashboard_url is not None
            with launched() as browser:
                return [_size(), *looked(browser, deployed.local.dashboard_url, "bench", password)]
        finally:
            down(places)


def looked(browser: "Browser", site: str, name: str, password: str) -> list[Figure]:
    """Log in, load the first page again and again, then move a chart."""
    page = browser.new_context(base_url=site, viewport=_DESK).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(_PATIENCE)
    page.goto("/dashboard")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_function(_USABLE)
    loads = [_load(page) for _ in range(_LOADS)]
    frames = _moved(page)
    return [
        Figure("first page usable, median of loads", median(loads), "s", _SECONDS),
        Figure("first page usable, slowest", max(loads), "s"),
        Figure("bars on the chart", BARS, "bars", better="higher"),
        Figure("frames a second while it is dragged, median", 1000 / median(frames), "", _FRAMES, "higher"),
        Figure("longest frame while it is dragged", max(frames), "ms"),
    ]


def _load(page: "Page") -> float:
    """Load the page anew; return the seconds until its numbers are there and its buttons answer."""
    page.reload(wait_until="commit")
    page.wait_for_function(_USABLE)
    return float(page.evaluate("performance.now()")) / 1000


def _moved(page: "Page") -> list[float]:
    """Drag a chart of many bars to and fro; return the milliseconds of its frames."""
    answer = json.dumps(_bars())
    page.route("**/api/market-data/*.*", lambda route: route.fulfill(body=answer, content_type="application/json"))
    page.goto("/dashboard/chart")
    page.get_by_role("img", name=f"{BARS} bars").wait_for()
    box = page.locator(".canvas").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 3
    page.wait_for_timeout(1000)
    page.evaluate(_COUNT)
    page.mouse.move(box["x"] + 300, middle)
    page.mouse.down()
    for turn in range(6):
        page.mouse.move(box["x"] + (900 if turn % 2 == 0 else 300), middle, steps=40)
    page.mouse.up()
    at: list[float] = page.evaluate("() => { cancelAnimationFrame(counting_); return frames_; }")
    return [after - before for before, after in pairwise(at)]


def _bars() -> dict[str, Any]:
    """Return an answer of the API with more bars than it would ever give at once."""
    opens = [DAY + n * MINUTE for n in range(BARS)]
    close = [100 + (n * 7919 % 1000) / 100 for n in range(BARS)]
    return {
        "instrument": "IBM.US", "interval": "1m", "ts_open": opens, "open": [one - 0.1 for one in close],
        "high": [one + 0.5 for one in close], "low": [one - 0.5 for one in close], "close": close,
        "volume": [1000 + n % 500 for n in range(BARS)], "indicators": {}, "revisions": [], "next": None,
    }  # fmt: skip


def _size() -> Figure:
    return Figure("first view, gzipped", sum(web.first_view().values()) / 1024, "kB", _KILOBYTES)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

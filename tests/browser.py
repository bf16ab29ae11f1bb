"""A real Chromium: one named in CHROMIUM=, the system's, or Playwright's own; `python -m tests.browser` gets one.

`BROWSER=required` fails the tests that find none; otherwise they are skipped, and say what they lack.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MISSING = "no Chromium was found: install one (on Debian: apt install chromium), or name one in CHROMIUM="
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_SECONDS = 400


@contextmanager
def launched() -> "Iterator[Browser]":
    """Start a browser that ends with the block; without one the tests are skipped, or fail where it is required."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need a browser

    with sync_playwright() as playwright:
        path = found(playwright.chromium.executable_path)
        if path is None:
            pytest.fail(MISSING) if os.environ.get("BROWSER") == "required" else pytest.skip(MISSING)
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


def found(playwrights: str) -> str | None:
    """Return the path of a Chromium that starts, or None; `playwrights` is where Playwright would keep its own."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [*map(shutil.which, _NAMES), playwrights]
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """Whether it runs at all: a distribution's stub, or a browser without its libraries, does not."""
    return Path(path).is_file() and _run([path, "--version"], 60)


def ways() -> Iterator[Sequence[str]]:
    """Yield the commands that may get a Chromium here, the one that brings its libraries along first."""
    apt = shutil.which("apt-get")
    if apt:
        asked = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if not asked or shutil.which("sudo"):
            yield [*asked, "sh", "-c", "apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium"]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


def _run(command: Sequence[str], seconds: int = _SECONDS) -> bool:
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command, timeout=seconds, check=False, capture_output=True, stdin=subprocess.DEVNULL, env=variables
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> int:
    """Get a Chromium where there is none; that none can be had is told, and is no failure: the tests say so again."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if found(own):
        return 0
    sys.stdout.write("setup: Chromium, for the tests of the dashboard\n")
    sys.stdout.flush()
    if not any(_run(way) and found(own) for way in ways()):
        sys.stdout.write(f"skipped: {MISSING}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The dashboard's own process: built, started beside the emulator, and ended with it."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tradewind.cli.local import dashboard_server, processes
from tradewind.cli.local.errors import LocalStackError
from tradewind.cli.local.places import Places, project_root
from tradewind.cli.local.stack import LocalStack

BUILD_SECONDS = 300.0
START_SECONDS = 15.0
HOST = dashboard_server.HOST
_PROGRAM = "dashboard_server.py"


def serve(stack: LocalStack, progress: Callable[[str], None]) -> str | None:
    """Serve a stack's dashboard and return its address; None where it cannot be built, for trading goes without.

    Raises
    ------
    LocalStackError
        If it is built and does not come up all the same.
    """
    try:
        progress("building the dashboard")
        _built()
    except LocalStackError as error:
        progress(f"there will be no dashboard: {error}")
        return None
    found = address(stack.places)
    if found and stack.api_url in processes.command_line(_process(stack.places)):
        return found
    end(stack.places)
    return _started(stack)


def address(places: Places) -> str | None:
    """Return where the dashboard is served, or None where it is not."""
    if not (process := _process(places)) or _PROGRAM not in processes.command_line(process):
        return None
    return f"http://{HOST}:{json.loads(places.dashboard.read_text())['port']}"


def end(places: Places) -> None:
    """End the dashboard's process, if there is one."""
    process = _process(places)
    # The number may have been given to another program since.
    if process and _PROGRAM in processes.command_line(process):
        processes.end_group(process)
    places.dashboard.unlink(missing_ok=True)


def _built() -> None:
    command = [sys.executable, "-m", "infra.web"]
    processes.run(command, project_root(), os.environ, BUILD_SECONDS, "building the dashboard")


def _started(stack: LocalStack) -> str:
    root, announced = project_root(), stack.places.home / "dashboard.port"
    announced.unlink(missing_ok=True)
    command = [
        sys.executable, "-I", str(Path(dashboard_server.__file__)),
        "--folder", str(root / "build" / "web"), "--headers", str(root / "web" / "headers.json"),
        "--upstream", stack.api_url, "--certificate", str(stack.places.certificate),
        "--port", str(stack.port + 1), "--announce", str(announced),
    ]  # fmt: skip
    logs = stack.places.home / "dashboard.log"
    process = processes.start(command, stack.places.home, {"PATH": os.environ.get("PATH", "")}, logs)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and processes.alive(process):
        if announced.is_file():
            port = int(announced.read_text())
            stack.places.dashboard.write_text(json.dumps({"process": process, "port": port}))
            return f"http://{HOST}:{port}"
        time.sleep(0.05)
    processes.end_group(process)
    raise LocalStackError(f"the dashboard did not come up: {logs} says why")


def _process(places: Places) -> int:
    try:
        return int(json.loads(places.dashboard.read_text())["process"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0

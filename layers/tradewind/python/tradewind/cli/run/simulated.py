"""A simulated venue beside the local stack, for whoever has no internet or wants trouble: it ends with the command."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradewind.cli.errors import CommandError
from tradewind.cli.local.places import project_root

MARKET = "simulated"
VENUE = "kraken"
"""Whose interface is simulated: the one that config/dev.toml trades on."""

_MODULE = "tests.venues"
_PATIENCE = 5.0


@contextmanager
def serving(bars: Path | None) -> Iterator[str]:
    """Serve recorded bars as the venue would, a minute each, over and over; yield its address.

    Raises
    ------
    CommandError
        If it cannot be started.
    """
    command = [sys.executable, "-m", _MODULE, VENUE, *(["--bars", str(bars.resolve())] if bars else [])]
    with subprocess.Popen(
        command, cwd=project_root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield _address(process)
        finally:
            _end(process)


def _address(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        said = (process.stderr.read() if process.stderr else "").strip().splitlines()
        raise CommandError(f"the simulated venue did not start: {said[-1] if said else 'it said nothing'}")
    address: str = json.loads(line)[VENUE]
    return address


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()

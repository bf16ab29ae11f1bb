"""Programs the local stack starts: always in a group of their own, so that ending one ends its children."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tradewind.cli.local.errors import LocalStackError

GRACE_SECONDS = 5.0


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: float, what: str) -> str:
    """Run a program to its end and return what it printed.

    Parameters
    ----------
    seconds : float
        After this long it is ended, with everything it started.
    what : str
        What it does, for the message when it fails.

    Raises
    ------
    LocalStackError
        If it failed or took too long.
    """
    process = subprocess.Popen(
        list(command), cwd=folder, env=dict(variables), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise LocalStackError(f"{what} took longer than {seconds:.0f} s and was ended: try again") from None
    finally:
        if process.poll() is None:
            end_group(process.pid)
    if process.returncode:
        raise LocalStackError(f"{what} failed: {_last_words(output)}")
    return output


def _last_words(output: str) -> str:
    """Return the line that says what is wrong, else the last ones."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith(("error", "❌")) or " failed: " in line]
    return " / ".join(telling[:2] or lines[-3:])[:600]


def start(command: Sequence[str], folder: Path, variables: Mapping[str, str], logs: Path) -> int:
    """Start a program that stays, its output in a file, and return its process id."""
    logs.parent.mkdir(parents=True, exist_ok=True)
    with logs.open("wb") as log:
        process = subprocess.Popen(
            list(command), cwd=folder, env=dict(variables), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    return process.pid


def alive(group: int) -> bool:
    """Whether any process of a group that was started here still runs."""
    _reap(group)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's: the number was given away
        return False
    return True


def end_group(group: int) -> None:
    """End a group: first politely, after some seconds for good."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and alive(group):
            time.sleep(0.05)


def _reap(process: int) -> None:
    """Take the exit of a child of ours, or it would count as running for as long as we do."""
    try:
        os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return


def command_line(process: int) -> str:
    """Return a process's command line, or nothing where it does not run."""
    recorded = Path(f"/proc/{process}/cmdline")
    if recorded.exists():
        return recorded.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    asked = subprocess.run(["ps", "-o", "command=", "-p", str(process)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()

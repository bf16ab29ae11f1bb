"""`python -m tests.drills`: let everything fail on the deployed stack, one thing after another, and see it heal.

Two accounts trade on simulated venues (Bybit, Kraken). microburst stands between every function and the emulator. What
the clock calls each minute (watch, stop watchdog) and every five (reconciliation) is here called every three seconds,
so that a drill need not wait for it.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.drills.drills import DRILLS, LASTS, Drill
from tests.drills.judge import clear_letters, doubled, lost, unsettled
from tests.drills.stage import HOME, Stage, staged

CALLED = ("watch", "guard_stops", "reconcile")
PATIENCE = 180.0
_PAUSE = 3.0


@dataclass(frozen=True)
class Row:
    """How a drill went.

    Attributes
    ----------
    met : int
        How many calls something went wrong with.
    seconds : float
        From its beginning to where ledger and venues agreed again.
    left : tuple of str
        What they never agreed on.
    """

    name: str
    met: int
    alerted: tuple[str, ...]
    seconds: float
    lost: int
    doubled: int
    left: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was lost or doubled, and all was consistent in the end."""
        return not (self.lost or self.doubled or self.left)


def main(arguments: list[str] | None = None) -> int:
    """Run the drills asked for; return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--only", default="", help="those whose name has this in it; several parted by |")
    parts = parser.parse_args(arguments).only.split("|")
    chosen = {name: drill for name, drill in DRILLS.items() if any(part in name for part in parts)}
    with staged() as stage:
        _begin(stage)
        rows = []
        for name, drill in chosen.items():
            rows.append(_run(stage, name, drill))
            _say(rows[-1])
    _show(rows)
    (HOME / "drills.json").write_text(json.dumps([asdict(one) for one in rows], indent=2) + "\n")
    return sum(not one.passed for one in rows)


def _begin(stage: Stage) -> None:
    """Trade once with nothing wrong, so that all that is slow at first is over."""
    for account in stage.accounts:
        stage.enters(account, 1)
    left = _rest(stage, time.monotonic())[1]
    if left:
        raise SystemExit(f"the stack does not trade even while nothing is wrong: {left}")
    stage.alerted()


def _run(stage: Stage, name: str, drill: Drill) -> Row:
    clear_letters(stage)  # a drill is judged by its own
    begun, before = time.monotonic(), (lost(stage), doubled(stage))
    try:
        drill(stage)
        _look(stage, begun)
    finally:
        stage.heals()
    seconds, left = _rest(stage, begun)
    alerts = tuple(dict.fromkeys(stage.alerted()))
    return Row(name, stage.met(), alerts, seconds, lost(stage) - before[0], doubled(stage) - before[1], tuple(left))


def _look(stage: Stage, begun: float) -> None:
    """Let the fault last for a while under the eyes of what the clock calls."""
    while time.monotonic() - begun < LASTS:
        for function in CALLED:
            stage.calls(function)
        time.sleep(0.5)


def _rest(stage: Stage, begun: float) -> tuple[float, list[str]]:
    """Wait until ledger and venues agree; return the seconds since the beginning, and what is open after all."""
    called = 0.0
    while left := unsettled(stage):
        if time.monotonic() - begun > PATIENCE:
            break
        if time.monotonic() - called > _PAUSE:
            for function in CALLED:
                stage.calls(function)
            called = time.monotonic()
        time.sleep(0.3)
    return time.monotonic() - begun, left


def _say(row: Row) -> None:
    told = "; ".join(row.left or row.alerted)
    sys.stderr.write(
        f"{'ok  ' if row.passed else 'FAIL'} {row.seconds:6.1f} s  {row.name}: {row.met} calls met; {told}\n"
    )
    sys.stderr.flush()


def _show(rows: list[Row]) -> None:
    table = Table("what failed", "calls met", "what was alerted", "consistent after", "lost", "doubled", title="Drills")
    for row in rows:
        time_ = f"{row.seconds:.1f} s" if not row.left else f"NOT: {'; '.join(row.left)}"
        table.add_row(
            row.name, str(row.met or "-"), ", ".join(row.alerted) or "-", time_, str(row.lost), str(row.doubled)
        )
    Console(width=160).print(table)
    bad = sum(not one.passed for one in rows)
    Console().print(f"{len(rows)} drills, {bad} failed")


if __name__ == "__main__":
    Path(HOME).mkdir(parents=True, exist_ok=True)
    sys.exit(main())

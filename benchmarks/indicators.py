"""Streaming indicators: eight of them a bar, interpreted, beside talipp, TA-Lib's stream handles and pandas windows.

The peers live in an environment of their own (`benchmarks/peers/streaming.py` names them), made by uv on the first run;
all four are measured there in one process, in turns, so that a busy machine slows every one of them alike.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure

SCRIPT = Path(__file__).parent / "peers" / "streaming.py"
PACKAGE = Path(__file__).resolve().parent.parent / "layers" / "tradewind" / "python"

TARGET = 3.5
"""Microseconds a bar for all eight."""

_TALIPP = 5.0
_PANDAS = 500.0
_APART = 1e-9
_UNIT = 1e-15


def measure() -> list[Figure]:
    """Measure in the peers' own environment."""
    run = subprocess.run([*_python(), str(PACKAGE)], capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"the peers could not be measured: {run.stderr.strip().splitlines()[-1]}")
    return list(_figures(json.loads(run.stdout.splitlines()[-1])))


def _python() -> list[str]:
    """Return how the script is run: by uv, on this very Python, with what its own header asks for."""
    uv = os.environ.get("UV") or shutil.which("uv") or str(PACKAGE.parents[2] / ".tools" / "bin" / "uv")
    return [uv, "run", "--quiet", "--python", sys.executable, "--script", str(SCRIPT)]


def _figures(spent: dict[str, float]) -> Iterator[Figure]:
    ours = spent["ours"]
    yield Figure("eight indicators a bar, ours interpreted", ours, "us", TARGET)
    yield Figure("talipp over ours", spent["talipp"] / ours, "times", _TALIPP, "higher")
    yield Figure("pandas over a window of 200 bars, over ours", spent["pandas"] / ours, "times", _PANDAS, "higher")
    yield Figure("ours over TA-Lib's stream handles, which are C", ours / spent["talib"], "times")
    for name in ("talib", "talipp", "pandas"):
        yield Figure(f"eight indicators a bar, {name}", spent[name], "us")
    yield Figure("largest relative difference to TA-Lib", spent["apart"] / _UNIT, "1e-15", _APART / _UNIT)

"""Where the project's files are on this machine."""

import os
from pathlib import Path

_HERE = Path(__file__).resolve()


def root() -> Path:
    """Return the project's folder: `TRADEWIND_ROOT`, or the checkout that this command is installed from."""
    given = os.environ.get("TRADEWIND_ROOT")
    return Path(given) if given else _HERE.parents[5]


def toml_file(environment: str) -> Path:
    """Return what a person writes: `config/ENV.toml`."""
    return root() / "config" / f"{environment}.toml"


def built_file(environment: str) -> Path:
    """Return what the functions read: `build/config/ENV/environment.json`."""
    return root() / "build" / "config" / environment / "environment.json"


def outputs_file(environment: str) -> Path:
    """Return the names of what was deployed: `build/outputs/ENV.json`."""
    return root() / "build" / "outputs" / f"{environment}.json"


def run_folder() -> Path:
    """Return where a run leaves its results."""
    return root() / "build" / "run"


def user_strategies() -> Path | None:
    """Return the folder of the user's own strategies, if there is one."""
    folder = root() / "user_strategies"
    return folder if folder.is_dir() else None

"""Machine code of written modules, kept on disk under a hash of everything that it was made of."""

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba import njit

from tradewind.backtest.machine import WITHIN
from tradewind.domain import signal
from tradewind.execution import matching
from tradewind.risk import adaptive, position_size


def written(text: str, names: Mapping[str, Any], made_of: str, entry: str) -> dict[str, Any]:
    """Write a module where its machine code will lie, run it, and make its functions callable by compiled ones.

    Parameters
    ----------
    names : mapping
        What the module knows.
    made_of : str
        What else goes into the machine code.
    entry : str
        The one function that is called from outside, and left as it is.
    """
    path = _path(text + made_of)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    module = ModuleType(f"tradewind_written_{path.parent.name}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where Numba looks for what its machine code on disk belongs to
    world = vars(module)
    world.update(names)
    exec(compile(text, str(path), "exec"), world)  # noqa: S102 - we wrote it
    plain = {name: value for name, value in world.items() if isinstance(value, FunctionType) and name != entry}
    world.update({name: njit(value, **WITHIN) for name, value in plain.items()})
    return world


def linked(function: Any, own: Mapping[str, Any]) -> Any:
    """Compile a function with every function that it calls, with some of our own in the place of theirs."""
    made: dict[FunctionType, Any] = {}

    def link(one: FunctionType) -> Any:
        if one not in made:
            known = {name: value for name, value in one.__globals__.items() if name in one.__code__.co_names}
            called = {name: link(value) for name, value in known.items() if isinstance(value, FunctionType)}
            world = {**one.__globals__, **called, **{name: value for name, value in own.items() if name in known}}
            copy = FunctionType(one.__code__, world, one.__name__, one.__defaults__, one.__closure__)
            made[one] = njit(copy, **WITHIN)
        return made[one]

    return link(function)


def _path(made_of: str) -> Path:
    """Return where a written module lies: under a hash of all that goes into the machine code."""
    digest = blake2b(digest_size=12)
    for part in (made_of, numba.__version__, np.__version__, platform.python_version()):
        digest.update(part.encode() + b"\0")
    digest.update(_own())
    return _folder() / digest.hexdigest() / "written.py"


_APART = frozenset(
    (
        *("bars", "called", "engine", "faults", "interpreted", "metrics", "outcome"),
        *("plainly", "result", "setup", "survivorship", "trace"),
    )
)
"""Modules of this package of which nothing is ever compiled."""


@cache
def _own() -> bytes:
    """Return what of this package goes into machine code, and a little more: too much costs one compiling."""
    within = sorted(file for file in Path(__file__).parent.glob("*.py") if file.stem not in _APART)
    beyond = [Path(module.__file__ or "") for module in (adaptive, matching, position_size, signal)]
    return b"\0".join(file.read_bytes() for file in (*within, *beyond))


def _folder() -> Path:
    """Return where machine code is kept: `TRADEWIND_CACHE`, or the user's cache."""
    given = os.environ.get("TRADEWIND_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "tradewind" / "backtest"

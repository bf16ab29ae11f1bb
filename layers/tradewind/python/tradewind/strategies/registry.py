"""The registry: strategies by their name, built in or a user's own, and the hash of the code that each one runs."""

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from tradewind.domain.configuration import Gates
from tradewind.domain.errors import BadInputError
from tradewind.strategies import base, standing
from tradewind.strategies.base import Strategy
from tradewind.strategies.rule import Rule, built
from tradewind.strategies.standing import attended

type Builder = Callable[[Mapping[str, float]], Strategy]
"""What a strategy's module may call `STRATEGY`, where it defines no `Rule`: parameters in, strategy out."""

DEFAULT_GATES = Gates()

USER_PACKAGE = "user_strategies"
"""Where a user's own strategies appear among the loaded modules."""

_BUILT_IN = {
    name: f"tradewind.strategies.{name}"
    for name in (
        "rsi_pullback_pro",
        "quantum_oscillator",
        "bollinger_breakout",
        "dca_ladder",
        "swing_trader",
        "channel_rider",
        "ict_setups",
        "price_breakout",
        "stratus_core",
    )
}
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:\(([^)]*)\)|(.*))", re.MULTILINE)
_PLAIN = re.compile(r"^\s*import\s+(.*)", re.MULTILINE)
_WORD = re.compile(r"[\w.]+")
_HASHED = ("tradewind.indicators", "tradewind.strategies", USER_PACKAGE)


def build(
    name: str, parameters: Mapping[str, float], folder: Path | None = None, gates: Gates = DEFAULT_GATES
) -> Strategy:
    """Build a strategy by its name, with the standing gates behind its own.

    Parameters
    ----------
    name : str
        Of a built-in strategy, or of a file `NAME.py` in `folder`.
    parameters : mapping
        Overrides of the declared defaults.
    folder : Path, optional
        The user's own strategies. A built-in name wins nothing over a file of the same name: that is an error.
    gates : Gates
        What its account asks of a model.

    Raises
    ------
    BadInputError
        If the name is unknown, the file is no strategy, or a parameter is unknown or out of range.
    """
    return attended(_builder(name, folder)(parameters), gates)


def declared_gates(name: str, folder: Path | None = None) -> dict[str, tuple[str, str]]:
    """Return each gate's kind and unit as a strategy declares them now; nothing of one that is not known any more."""
    try:
        built_now = build(name, {}, folder)
    except BadInputError:
        return {}
    return {gate.name: (str(gate.kind), gate.unit) for gate in built_now.gates}


def names(folder: Path | None = None) -> tuple[str, ...]:
    """Return every name that `build` knows, sorted."""
    return tuple(sorted({*_BUILT_IN, *_user_files(folder)}))


def _user_files(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    return {path.stem: path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")}


@cache
def _builder(name: str, folder: Path | None) -> Builder:
    files = _user_files(folder)
    if name in _BUILT_IN and name in files:
        raise BadInputError(f"{files[name]} has the name of a built-in strategy: rename the file")
    if name in _BUILT_IN:
        return _strategy_of(import_module(_BUILT_IN[name]), name)
    if name in files:
        return _strategy_of(_load(files[name]), name)
    raise BadInputError(f"unknown strategy {name!r}: known are {', '.join(names(folder))}")


def _strategy_of(module: ModuleType, name: str) -> Builder:
    builder: Builder | None = getattr(module, "STRATEGY", None)
    if callable(builder):
        return builder
    rules = [one for one in vars(module).values() if _is_rule(one) and one.__module__ == module.__name__]
    if len(rules) != 1:
        what = f"defines {len(rules)} classes of rules: one a file" if rules else "defines no Rule and no STRATEGY"
        raise BadInputError(f"{module.__file__} {what}; see docs/strategies.md ({name})")
    return lambda given: built(rules[0], given, name)


def _is_rule(value: object) -> TypeGuard[type[Rule]]:
    return isinstance(value, type) and issubclass(value, Rule)


def _load(path: Path) -> ModuleType:
    """Import a user's file under a name of its own, so that it shadows nothing."""
    name = f"{USER_PACKAGE}.{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInputError(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # it is not our code: whatever it raises is about the file
        del sys.modules[name]
        raise BadInputError(f"{path} does not load: {type(error).__name__}: {error}") from error
    return module


def code_hash(strategy: Strategy) -> str:
    """Return 16 bytes of BLAKE2b, in hexadecimal, over the source of everything that decides for this strategy.

    That is its own module, its indicators', and whatever of the packages of indicators and strategies these import.
    Every decision carries it, so that a past one can be run again by the very code that made it.
    """
    return modules_hash(_modules(strategy))


def sources(strategy: Strategy) -> dict[str, str]:
    """Return the sources that `code_hash` is made of, by module."""
    return {name: source.decode() for name, source in sorted(_reached(_modules(strategy)).items())}


@cache
def modules_hash(modules: frozenset[str]) -> str:
    """Return the same over some modules and whatever of these packages they import."""
    return sources_hash(_reached(modules))


def sources_hash(every: Mapping[str, bytes]) -> str:
    """Return the hash of sources by module."""
    digest = blake2b(digest_size=16)
    for name in sorted(every):
        digest.update(b"%s %d\n%s" % (name.encode(), len(every[name]), every[name]))
    return digest.hexdigest()


def _modules(strategy: Strategy) -> frozenset[str]:
    kernels = {indicator.kernel.__module__ for indicator in strategy.indicators}
    return frozenset({strategy.decide.__module__, base.__name__, standing.__name__, *kernels})


def _reached(modules: frozenset[str]) -> dict[str, bytes]:
    """Return the sources of modules and of whatever of these packages they import."""
    found: dict[str, bytes] = {}
    waiting = set(modules)
    while waiting:
        name = waiting.pop()
        found[name] = Path(sys.modules[name].__file__ or "").read_bytes()
        waiting |= _imported(found[name]) - found.keys()
    return found


def _imported(source: bytes) -> set[str]:
    """Return the loaded modules of the hashed packages that a source's import statements name."""
    text = source.decode()
    named = {name for line in _PLAIN.findall(text) for name in _WORD.findall(line)}
    for package, wrapped, plain in _FROM.findall(text):
        named |= {package, *(f"{package}.{member}" for member in _WORD.findall(wrapped or plain))}
    return {name for name in named & sys.modules.keys() if name.startswith(_HASHED)}

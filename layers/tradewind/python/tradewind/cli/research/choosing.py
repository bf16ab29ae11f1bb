"""Which strategies and bars a research command is about."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tradewind.cli.bar_files import read_series
from tradewind.cli.data.choosing import one, present
from tradewind.cli.errors import InputError
from tradewind.cli.paths import user_strategies
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Gates
from tradewind.strategies import registry
from tradewind.strategies.base import Strategy

SEED = 4
"""Of the walk that bars come from where none are given: one in which most rules find something to do."""


def strategies(names: Sequence[str], given: Mapping[str, float]) -> dict[str, Strategy]:
    """Build the strategies that are named, or every registered one, each by its name.

    Raises
    ------
    BadInputError, InputError
        If a name or a parameter is unknown, or parameters are given for several strategies at once.
    """
    folder = user_strategies()
    chosen = list(dict.fromkeys(names)) or list(registry.names(folder))
    if given and len(chosen) > 1:
        raise InputError("parameters belong to one strategy: name it")
    return {name: registry.build(name, given, folder) for name in chosen}


def built(name: str, given: Mapping[str, float], gates: Gates | None = None) -> Strategy:
    """Build one strategy, under the account's gates or those that are shipped.

    Raises
    ------
    BadInputError
        If its name or a parameter is unknown.
    """
    return registry.build(name, given, user_strategies(), gates or Gates())


def parameters(pairs: Sequence[str], option: str = "--param") -> dict[str, float]:
    """Read `name=value` pairs.

    Raises
    ------
    InputError
        If one is none.
    """
    read: dict[str, float] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        try:
            read[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not name:
            raise InputError(f"{option} {pair} is no name=number, as rsi_period=14")
    return read


def sound_bars(path: Path, most: int | None = None) -> list[Bar]:
    """Return a file's bars that may be traded on, the latest `most` of them.

    Raises
    ------
    BadInputError, InputError
        If the file cannot be read, or has none.
    """
    series = read_series(one(path), None, None, present())
    bars = [bar for bar in series.bars if not bar.fault()]
    if not bars:
        raise InputError(f"{path.name} has no bar that may be traded on: see `tradewind data verify {path}`")
    return bars[-most:] if most else bars

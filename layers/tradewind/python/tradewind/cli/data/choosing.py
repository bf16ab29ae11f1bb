"""Which files a person means: one file, or some of a folder's."""

import time
from collections.abc import Sequence
from pathlib import Path

from tradewind.cli.bar_names import PATTERN, BarFile, is_meant, name, scan
from tradewind.cli.errors import InputError
from tradewind.domain.timeframe import Timeframe


def every(path: Path, symbols: Sequence[str] = (), interval: str | None = None) -> list[BarFile]:
    """Return the files, of any interval unless one is named.

    Raises
    ------
    BadInputError, InputError
        If there are none, or a name says nothing.
    """
    if path.is_file():
        return [one(path)]
    files = [file for file in scan(path) if interval in {None, file.interval}]
    for symbol in symbols:
        if not any(is_meant(file, symbol) for file in files):
            known = ", ".join(sorted({file.label for file in files}))
            raise InputError(f"no file for {symbol}: the folder has {known or f'no {interval} files'}")
    chosen = [file for file in files if not symbols or any(is_meant(file, symbol) for symbol in symbols)]
    if not chosen:
        raise InputError(f"there is no {interval} file in {path}")
    return chosen


def shorter(files: Sequence[BarFile], target: Timeframe, interval: str | None) -> Sequence[BarFile]:
    """Return the files that longer bars can be made of; all of them where the interval was named, or none is shorter.

    Raises
    ------
    InputError
        If they have several intervals.
    """
    found = [file for file in files if file.timeframe.ms < target.ms] if interval is None else files
    intervals = sorted({file.interval for file in found})
    if len(intervals) > 1:
        told = " or ".join(intervals)
        raise InputError(f"the folder has several shorter intervals: choose one with --interval {told}")
    return found or files


def one(path: Path) -> BarFile:
    """Return the file of that name.

    Raises
    ------
    InputError
        If it is no file, or its name does not say what it holds.
    """
    if not path.is_file():
        raise InputError(f"{path} is no file: name one bar file")
    file = name(path)
    if file is None:
        raise InputError(f"{path.name}: a bar file is named {PATTERN}; `tradewind data import` brings in others")
    return file


def present() -> int:
    """Return the time, UTC ms: the command line is where it may be asked for."""
    return int(time.time() * 1000)

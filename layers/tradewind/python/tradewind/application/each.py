"""Doing something with each of several, where the failure of one must hold up no other."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def each[T](items: Iterable[T], do: Callable[[T], object]) -> list[tuple[T, Exception]]:
    """Do something with every item, even if some fail.

    Returns
    -------
    list of (item, Exception)
        What failed, and with what. The caller raises it once everything was tried, so that nothing is swallowed.
    """
    failures: list[tuple[T, Exception]] = []
    for item in items:
        try:
            do(item)
        except Exception as error:  # noqa: BLE001 - whatever one raises, the next has its turn; the caller raises it
            failures.append((item, error))
    return failures


def turned[T](runs: Mapping[str, T], turn: int) -> dict[str, T]:
    """Return the same in an order that begins with another one each turn: who is slow must not always be met first."""
    names = list(runs)
    begin = turn % len(names) if names else 0
    return {name: runs[name] for name in (*names[begin:], *names[:begin])}


def told_by_each(runs: Mapping[str, Callable[[], object]]) -> dict[str, Any]:
    """Run everything, even if some fail; return what each tells.

    Raises
    ------
    ExceptionGroup
        Of what failed, once everything has had its turn.
    """
    told: dict[str, Any] = {}
    failures = each(runs, lambda name: told.update({name: str(runs[name]())}))
    if failures:
        names = ", ".join(name for name, _ in failures)
        raise ExceptionGroup(f"{len(failures)} of {len(runs)} failed: {names}", [error for _, error in failures])
    return told

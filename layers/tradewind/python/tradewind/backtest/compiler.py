"""Compile the functions that decide, unchanged: the very source that runs interpreted in a function."""

from functools import cache
from types import CellType, FunctionType
from typing import Any

from numba import njit

from tradewind.backtest.machine import EXACT, WITHIN


@cache
def compiled(function: FunctionType, *, within: bool = True) -> Any:
    """Compile a kernel or a rule with every function of Tradewind's or the user's that it calls.

    Numba cannot call a plain function from a compiled one, so each is compiled in a copy of its globals where the
    functions that it names are compiled already. Neither fast-math nor contraction is on: the same bits come out.

    Parameters
    ----------
    function : function
        A plain function over floats, flat arrays and NamedTuples of floats.
    within : bool
        Whether only compiled functions call it; Python can call it otherwise.

    Returns
    -------
    callable
        Compiled lazily, at its first call with each set of types. A zero division gives what Numba's Python error
        model gives, an exception, as interpreted.
    """
    names = function.__code__.co_names
    plain = {name: value for name, value in function.__globals__.items() if name in names}
    called = {name: compiled(value) for name, value in plain.items() if isinstance(value, FunctionType)}
    copy = FunctionType(
        function.__code__,
        {**function.__globals__, **called},
        function.__name__,
        function.__defaults__,
        _compiled_cells(function),
    )
    return njit(**(WITHIN if within else EXACT))(copy)


def _compiled_cells(function: FunctionType) -> tuple[CellType, ...] | None:
    """Return what a function closes over, with functions compiled."""
    if function.__closure__ is None:
        return None
    values = [cell.cell_contents for cell in function.__closure__]
    return tuple(CellType(compiled(value) if isinstance(value, FunctionType) else value) for value in values)

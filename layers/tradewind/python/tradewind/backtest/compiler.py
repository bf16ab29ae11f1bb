"""Compile the functions that decide, unchanged: the very source that runs interpreted in a function."""

from functools import cache
from types import CellType, FunctionType
from typing import Any

from numba import njit

from tradewind.backtest.machine import EXACT


@cache
def compiled(function: FunctionType) -> Any:
    """Compile a kernel or a rule with every function of Tradewind's or the user's that it calls.

    Numba cannot call a plain function from a compiled one, so each is compiled in a copy of its globals where the
    functions that it names are compiled already. Neither fast-math nor contraction is on: the same bits come out.

    Parameters
    ----------
    function : function
        A plain function over floats, flat arrays and NamedTuples of floats.

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
    # In one piece: a rule's gates are some fifty numbers, and handing them from function to function would take most of
    # its time; in one piece several bars are decided on at once as well.
    return njit(forceinline=True, **EXACT)(copy)


def _compiled_cells(function: FunctionType) -> tuple[CellType, ...] | None:
    """Return what a function closes over, with functions compiled."""
    if function.__closure__ is None:
        return None
    values = [cell.cell_contents for cell in function.__closure__]
    return tuple(CellType(compiled(value) if isinstance(value, FunctionType) else value) for value in values)

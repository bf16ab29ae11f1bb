"""What Numba has to be told by hand: pointers, the bits of a number, and calls of what is known by its address."""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from tradewind.backtest.digest import FIRST, GOLDEN, NAN_BITS, SECOND
from tradewind.backtest.weaving import Weaver
from tradewind.domain.signal import FLAT

EXACT: dict[str, Any] = {"fastmath": False, "error_model": "python"}
"""How everything is compiled: to the same bits that come out interpreted."""

WITHIN: dict[str, Any] = EXACT | {
    "forceinline": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": Weaver,
}
"""How what only compiled code calls is compiled: in one piece with its callers.

A stage has some forty parts and a rule's gates are some fifty numbers; handing them over would cost more than what is
done with them. What makes a function callable from Python holds a copy of it, which nobody here would call.
"""

ANSWER = types.void(*[types.int64] * 6, *[types.float64] * len(FLAT))
"""An answer: addresses of the stage and of the rules, strategy and instrument, row, place, count, and the position."""

_NAN = np.uint64(NAN_BITS)
_GOLDEN, _FIRST, _SECOND = np.uint64(GOLDEN), np.uint64(FIRST), np.uint64(SECOND)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)


def _pointer(kind: Any) -> Any:
    """Return a compiled function that makes a pointer of an address.

    Arrays would be counted references: with some forty of them in a stage, compiling would take twenty times as long.
    """
    signature = types.CPointer(kind)(types.int64)  # type: ignore[no-untyped-call]

    @intrinsic
    def pointer(_typing: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return signature, generate

    return pointer


floats, integers, words = _pointer(types.float64), _pointer(types.int64), _pointer(types.uint64)


@intrinsic
def _bits_of(_typing: Any, _number: Any) -> Any:
    """Return a float64's bits."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.uint64))

    return types.uint64(types.float64), generate


@njit
def bits(number: Any) -> Any:
    """Return a float64's bits, of any NaN the same."""
    bits_of: Any = _bits_of
    return bits_of(number) if number == number else _NAN  # noqa: PLR0124 - NaN is what does not equal itself


@njit(cache=True)
def total(times: Any, codes: Any, mixed: Any, reasons: Any, place: Any, counts: Any) -> Any:
    """Do what `digest.total` does, in one pass; codes come in runs, and a count in memory would wait for its last."""
    total, same, since = np.uint64(0), 0, 0
    for row in range(times.size):
        code = codes[row]
        if code != same:
            counts[same] += row - since
            same, since = code, row
        word = np.uint64(times[row]) * _GOLDEN + reasons[code] + mixed[row] + place
        word = (word ^ (word >> _S30)) * _FIRST
        word = (word ^ (word >> _S27)) * _SECOND
        total += word ^ (word >> _S31)
    counts[same] += times.size - since
    return total


@intrinsic
def call(
    _typing: Any, _function: Any, _stage: Any, _rules: Any, _k: Any, _row: Any, _at: Any, _count: Any, position: Any
) -> Any:
    """Call the answer at an address; a position is handed over number by number."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        shape = ir.FunctionType(ir.VoidType(), [context.get_value_type(kind) for kind in ANSWER.args])
        numbers = cgutils.unpack_tuple(builder, arguments[-1], len(FLAT))  # type: ignore[no-untyped-call]
        builder.call(builder.inttoptr(arguments[0], shape.as_pointer()), [*arguments[1:-1], *numbers])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7, position), generate


@njit
def view(pointer: Any, size: Any) -> Any:
    """Return what a pointer points at as an array."""
    return numba.carray(pointer, size)  # type: ignore[attr-defined]

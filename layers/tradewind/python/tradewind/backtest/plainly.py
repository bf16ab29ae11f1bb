"""Rules in a world of plain tuples: what says a reading or a signal makes a tuple, where it stands if that is known.

A rule's source is taken for what it says only if it compiles to the very code that runs; else the function is copied
as it is, and calls something that makes a tuple.
"""

import ast
from collections.abc import Iterator, Mapping
from inspect import getsource
from math import nan
from textwrap import dedent
from types import CellType, CodeType, FunctionType
from typing import Any

from tradewind.domain.signal import GateReading, Signal

_OURS = "tradewind.strategies"
_CALLED = {"gate": GateReading._fields, "signal": Signal._fields, "said": Signal._fields}
_KINDS: tuple[Any, ...] = (GateReading, Signal)


def in_plain(rule: Any) -> tuple[Any, set[str]]:
    """Return a rule that makes plain tuples, in a quarter of the time, and so does what it calls of strategies' code.

    With it comes every name that stands in this code. What else is asked of a bar is not there, and raises.
    """
    made: dict[FunctionType, FunctionType] = {}
    ours = (rule.__module__, _OURS)

    def plain(value: Any) -> Any:
        if isinstance(value, FunctionType) and value.__module__.startswith(ours):
            return made.get(value) or _copied(value)
        return next((other for declared, other in _PLAIN if value is declared), value)

    def _copied(one: FunctionType) -> FunctionType:
        world, closed = dict(one.__globals__), tuple(CellType() for _ in one.__closure__ or ())
        made[one] = FunctionType(rewritten(one), world, one.__name__, one.__defaults__, closed)
        made[one].__kwdefaults__ = one.__kwdefaults__
        world.update({name: plain(world[name]) for name in list(world)})
        for cell, old in zip(closed, one.__closure__ or (), strict=True):
            cell.cell_contents = plain(old.cell_contents)
        return made[one]

    return plain(rule), {name for one in made for name in _names(one.__code__)}


def rewritten(one: FunctionType) -> CodeType:
    """Return a function's code with a tuple in the place of each reading and signal; as it is without its source."""
    function, free = _source(one), one.__code__.co_freevars
    if function is None or not _same(_compiled(function, free), one.__code__):
        return one.__code__
    own = {*one.__code__.co_varnames, *one.__code__.co_cellvars, *free}
    kinds = {name: value for name, value in one.__globals__.items() if name not in own and _is_kind(value)}
    made: ast.FunctionDef = _Tuples(kinds).visit(function)
    ours = str(one.__globals__.get("__name__")).startswith(_OURS)
    return _compiled(_Places().visit(made) if ours else made, free)


def _source(one: FunctionType) -> ast.FunctionDef | None:
    """Return what Python takes for a function's source; none if that is anything but a function.

    What was made from a string has no file: another text that was run from a string may be found in its place.
    """
    try:
        found = ast.parse(dedent(getsource(one))).body
    except (OSError, TypeError, SyntaxError):
        return None
    if len(found) != 1 or not isinstance(found[0], ast.FunctionDef) or found[0].name != one.__code__.co_name:
        return None
    found[0].decorator_list = []
    return found[0]


def _is_kind(value: object) -> bool:
    return any(value is kind for kind in _KINDS)


def _same(one: CodeType, other: CodeType) -> bool:
    """Return whether two pieces of code do the same."""
    return (one.co_code, one.co_names, one.co_varnames, one.co_freevars, _plain_constants(one)) == (
        other.co_code,
        other.co_names,
        other.co_varnames,
        other.co_freevars,
        _plain_constants(other),
    )


def _plain_constants(code: CodeType) -> list[str]:
    return [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]


def _compiled(function: ast.FunctionDef, free: tuple[str, ...]) -> CodeType:
    """Return the code of a function within another that has the variables it closes over; neither is run."""
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in free]
    given: list[ast.stmt] = [ast.Assign([target], ast.Constant(None)) for target in targets]
    nothing = ast.arguments([], [], None, [], [], None, [])
    outer = ast.FunctionDef("outer", nothing, [*given, function], [], type_params=[])
    module = compile(ast.fix_missing_locations(ast.Module([outer], [])), "<plainly>", "exec")
    return _within(_within(module, "outer"), function.name)


def _within(code: CodeType, name: str) -> CodeType:
    return next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)


class _Tuples(ast.NodeTransformer):
    """Puts a tuple where one of these kinds is called."""

    def __init__(self, kinds: Mapping[str, Any]) -> None:
        self._kinds = kinds

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        kind = self._kinds.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if kind is None or any(isinstance(one, ast.Starred) for one in node.args):
            return node
        given: dict[str | None, ast.expr] = {name: ast.Constant(value) for name, value in kind._field_defaults.items()}
        given |= dict(zip(kind._fields, node.args, strict=False))
        given |= {one.arg: one.value for one in node.keywords}
        if given.keys() != set(kind._fields) or len(node.args) > len(kind._fields):
            return node
        return ast.copy_location(ast.Tuple([given[name] for name in kind._fields], ast.Load()), node)


class _Places(ast.NodeTransformer):
    """Asks for a field by its place, of what our own code calls a gate or a signal."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        fields = _CALLED.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
        if node.attr not in fields:
            return node
        return ast.copy_location(ast.Subscript(node.value, ast.Constant(fields.index(node.attr)), node.ctx), node)


def _names(code: CodeType) -> Iterator[str]:
    """Yield every name that a function's code asks for, and the functions within it."""
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _names(one)


def _reading(value: float, threshold: float, passed: bool) -> Any:  # noqa: FBT001 - as `GateReading` takes it
    return value, threshold, passed


def _signal(
    strength: float, stop: float, target: float, exit_reason: int, gates: tuple[Any, ...], confidence: float = nan
) -> Any:
    return strength, stop, target, exit_reason, gates, confidence


_PLAIN = ((GateReading, _reading), (Signal, _signal))

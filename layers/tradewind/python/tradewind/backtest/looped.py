"""A rule's own statements within the loop that asks it: no call a bar, no object of a bar, no tuple taken apart again.

Only a rule of assignments, conditions and returns is written so, which takes bars, position and parameters for nothing
but their fields. It does the same operations on the same numbers in Python; any other rule is called.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from tradewind.backtest.plainly import source_of
from tradewind.domain.signal import PositionView, Signal

_NOW, _BEFORE, _POSITION, _PARAMETERS = range(4)
_GATES = Signal._fields.index("gates")
_OURS = "asked_"
"""What our own names begin with, and no name of a rule that is written so."""

_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)
_AT_TIMES = (*_SCOPES, ast.Yield, ast.YieldFrom, ast.Await)
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.If, ast.Return, ast.Raise, ast.Pass)

_LOOP = """
def asked(asked_bars, asked_least, asked_older, asked_numbers, {given}):
    for {row} in asked_bars:
        pass
"""

_TELL = """
{said} = 0
asked_numbers += ()
if asked_reason or (asked_strength >= asked_least and asked_strength > 0.0):
    break
asked_2_bars_held += asked_older
continue
"""


class Looped(NamedTuple):
    """A loop that asks a rule.

    Attributes
    ----------
    ask : callable
        Takes rows of fields, the strength that ends it, what a bar adds to `bars_held`, the list to which it adds what
        is said as numbers, the position's fields, and the parameters.
    now, before : list of str
        Fields of a bar and of the one before it, in a row's order.
    """

    ask: Callable[..., None]
    now: list[str]
    before: list[str]


class Shape(NamedTuple):
    """What a rule's loop depends on beside the rule: fields of a bar and of the parameters, and how many gates."""

    values: tuple[str, ...]
    parameters: tuple[str, ...]
    gates: int


def looped(decide: Any, plain: Any, shape: Shape) -> Looped | None:
    """Write the loop that asks a rule; none for a rule that has to be called.

    Parameters
    ----------
    plain : function
        The rule in a world of plain tuples, as `plainly.in_plain` gives it.
    """
    rule = source_of(decide) if isinstance(decide, FunctionType) else None
    if rule is None or not _stands_alone(rule, plain):
        return None
    fields = _Fields(rule.args.args, (shape.values, shape.values, PositionView._fields, shape.parameters))
    body: list[ast.stmt] = [fields.visit(one) for one in rule.body if not isinstance(one, ast.Expr)]
    if fields.whole or not _is_sure(body):
        return None
    now, before = fields.of(_NOW) or [shape.values[0]], fields.of(_BEFORE)
    row = [_name(_NOW, field) for field in now] + [_name(_BEFORE, field) for field in before]
    arguments = [_name(_POSITION, field) for field in PositionView._fields]
    arguments += [_name(_PARAMETERS, field) for field in shape.parameters]
    code = _written(_told(_moved(body), shape.gates), row, arguments)
    return Looped(FunctionType(code, plain.__globals__), now, before)


def _stands_alone(rule: ast.FunctionDef, plain: FunctionType) -> bool:
    """Return whether a rule takes four arguments and nothing else, and does nothing that needs a function's frame."""
    code, signature = plain.__code__, rule.args
    if code.co_freevars or code.co_cellvars or plain.__defaults__ or plain.__kwdefaults__ or code.co_flags & 0x0C:
        return False
    if len(signature.args) != code.co_argcount or code.co_argcount != _PARAMETERS + 1 or code.co_kwonlyargcount:
        return False
    return all(_is_simple(one) for statement in rule.body for one in ast.walk(statement))


def _is_simple(node: ast.AST) -> bool:
    """Return whether part of a rule means the same in a loop."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None
    if isinstance(node, ast.stmt):
        return isinstance(node, _STATEMENTS)
    if isinstance(node, ast.Name):
        return not node.id.startswith(_OURS)
    if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        return isinstance(node.ctx, ast.Load)
    return not isinstance(node, _AT_TIMES)


def _name(owner: int, field: str) -> str:
    return f"{_OURS}{owner}_{field}"


class _Fields(ast.NodeTransformer):
    """Puts a variable in the place of each field of a bar, the one before it, the position and the parameters."""

    def __init__(self, arguments: Sequence[ast.arg], fields: Sequence[Sequence[str]]) -> None:
        self._owners = {one.arg: owner for owner, one in enumerate(arguments)}
        self._fields, self._used = fields, set[tuple[int, str]]()
        self.whole = False

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        owner = self._owners.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if owner is None or node.attr not in self._fields[owner]:
            self.generic_visit(node)
            return node
        self._used.add((owner, node.attr))
        return ast.copy_location(ast.Name(_name(owner, node.attr), ast.Load()), node)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        self.whole |= node.id in self._owners
        return node

    def of(self, owner: int) -> list[str]:
        """Return which of an owner's fields are used."""
        return [field for field in self._fields[owner] if (owner, field) in self._used]


def _is_sure(body: list[ast.stmt]) -> bool:
    """Return whether each way through statements ends in a return, and has set each variable that it reads.

    In a loop a variable that was not set would still have the value of a bar before.
    """
    unsure, returned = set[str](), ""
    own = {*_names(body, ast.Store), returned}
    return returned in _set_after(body, own, set(), unsure) and not unsure


def _set_after(body: list[ast.stmt], own: set[str], done: set[str], unsure: set[str]) -> set[str]:
    """Return which of a rule's own variables are set after statements; all of them where nothing comes after."""
    for one in body:
        read = set(_names([one.test if isinstance(one, ast.If) else one], ast.Load))
        if isinstance(one, ast.AugAssign):
            read |= set(_names([one.target], ast.Store))
        unsure |= (read & own) - done
        if isinstance(one, ast.If):
            done = _set_after(one.body, own, done, unsure) & _set_after(one.orelse, own, done, unsure)
        elif isinstance(one, ast.Return | ast.Raise):
            return own
        else:
            done = done | set(_names([one], ast.Store))
    return done


def _names(nodes: Sequence[ast.AST], context: type[ast.expr_context]) -> Iterator[str]:
    """Yield the names that are read or set."""
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and isinstance(one.ctx, context):
                yield one.id


def _moved(body: list[ast.stmt]) -> list[ast.stmt]:
    """Move gates that are set once, and read in the only signal alone, to where they are read."""
    *before, last = body
    signal = last.value if isinstance(last, ast.Return) else None
    gates = _gates_of(signal)
    if not isinstance(signal, ast.Tuple) or not isinstance(gates, ast.Name):
        return body
    stored, read = Counter(_names(body, ast.Store)), Counter(_names(body, ast.Load))
    for one in before:
        if not isinstance(one, ast.Assign) or [ast.unparse(target) for target in one.targets] != [gates.id]:
            continue
        if read[gates.id] == 1 and max(stored[name] for name in _names([one], ast.expr_context)) == 1:
            signal.elts[_GATES] = one.value
            return [other for other in body if other is not one]
    return body


def _gates_of(signal: ast.expr | None) -> ast.expr | None:
    """Return a signal's gates where they stand in a tuple."""
    known = isinstance(signal, ast.Tuple) and len(signal.elts) == len(Signal._fields)
    return signal.elts[_GATES] if isinstance(signal, ast.Tuple) and known else None


def _told(body: list[ast.stmt], gates: int) -> list[ast.stmt]:
    """Put in the place of each return what adds its signal's numbers to the list, and goes on."""
    return list(_Told(gates).visit(ast.Module(body, [])).body)


class _Told(ast.NodeTransformer):
    def __init__(self, gates: int) -> None:
        self._gates = gates

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        assert node.value  # noqa: S101 - `_is_sure` saw to it
        said, value, numbers = self._flat(node.value) or self._nested(node.value)
        assigned, added, *rest = ast.parse(_TELL.format(said=said)).body
        assert isinstance(assigned, ast.Assign)  # noqa: S101 - as _TELL has it
        assert isinstance(added, ast.AugAssign)  # noqa: S101
        assigned.value, added.value = value, ast.Tuple(numbers, ast.Load())
        return [assigned, added, *rest]

    def _flat(self, signal: ast.expr) -> tuple[str, ast.expr, list[ast.expr]] | None:
        """Return what a signal whose gates stand in it says, without making it."""
        gates = _gates_of(signal)
        if not isinstance(signal, ast.Tuple) or not isinstance(gates, ast.Tuple) or len(gates.elts) != self._gates:
            return None
        readings = [one.elts for one in gates.elts if isinstance(one, ast.Tuple) and len(one.elts) == 3]  # noqa: PLR2004
        strength, stop, target, reason, _, confidence = signal.elts
        if len(readings) != self._gates or not isinstance(confidence, ast.Constant):
            return None
        numbers = [_read("asked_strength"), stop, target, _read("asked_reason")]
        numbers += [one for value, threshold, passed in readings for one in (value, threshold, _as_number(passed))]
        return "asked_strength, asked_reason", ast.Tuple([strength, reason], ast.Load()), numbers

    def _nested(self, signal: ast.expr) -> tuple[str, ast.expr, list[ast.expr]]:
        """Return what takes any other signal apart."""
        names = [[f"{_OURS}{part}_{g}" for part in ("value", "threshold", "passed")] for g in range(self._gates)]
        gates = "".join(f"({', '.join(one)}), " for one in names)
        said = f"asked_strength, asked_stop, asked_target, asked_reason, ({gates}), asked_rest"
        numbers = [_read(f"{_OURS}{name}") for name in ("strength", "stop", "target", "reason")]
        for value, threshold, passed in names:
            numbers += [_read(value), _read(threshold), _as_number(_read(passed))]
        return said, signal, numbers


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _as_number(truth: ast.expr) -> ast.expr:
    return ast.IfExp(truth, ast.Constant(1.0), ast.Constant(0.0))


def _written(body: list[ast.stmt], row: Sequence[str], arguments: Sequence[str]) -> CodeType:
    """Return the code of the loop over rows around statements."""
    text = _LOOP.format(given=", ".join(arguments), row="".join(f"{name}, " for name in row))
    module = ast.parse(text)
    loop: Any = module.body[0]
    loop.body[0].body = body
    made = compile(ast.fix_missing_locations(module), "<asked>", "exec")
    return next(one for one in made.co_consts if isinstance(one, CodeType))

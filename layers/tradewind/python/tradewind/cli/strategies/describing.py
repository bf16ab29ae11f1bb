"""A strategy in words and tables, from what its code declares: docs/strategy-reference.md is made of this."""

import sys
from collections.abc import Iterable, Iterator

from tradewind.strategies.base import GateKind, Strategy
from tradewind.strategies.standing import STANDING

HEAD = """# Strategy reference

What each built-in strategy declares, as `tradewind strategy describe` prints it. How they are meant, what they did, and
how to write one of your own: [strategies.md](strategies.md).

Behind its own gates every strategy has three standing ones: `ml_confidence` (required; the score of a strategy with a
model, against what the account asks; without a model it reads NaN and passes), `brain` (required; Stratus Brain's veto)
and `regime` (recorded; 1 quiet, 2 bull, 3 bear, 4 turbulent).
"""


def page(strategies: Iterable[Strategy]) -> str:
    """Return the whole reference."""
    return "\n".join((HEAD, *map(section, strategies)))


def section(one: Strategy) -> str:
    """Return one strategy's part."""
    return "\n".join(_lines(one)) + "\n"


def _lines(one: Strategy) -> Iterator[str]:
    yield f"## `{one.name}`, version {one.version}\n"
    yield f"{one.idea}\n"
    told = (sys.modules[one.decide.__module__].__doc__ or "").strip().partition("\n\n")
    yield f"*{told[0]}*\n"
    if told[2]:
        yield f"{told[2]}\n"
    entries = f", up to {one.entries} entries" if one.entries > 1 else ""
    yield f"Warm after {one.warmup} bars. Stop policy: {one.stop_policy}{entries}.\n"
    yield "| Gate | Kind | Passes when | Unit |\n|---|---|---|---|"
    own = one.gates[: len(one.gates) - len(STANDING)]
    ends = [gate for gate in own if gate.kind is GateKind.EXIT]
    reasons = dict(zip(ends, one.exit_reasons, strict=True)) if len(ends) == len(one.exit_reasons) else {}
    for gate in own:
        kind = f"{gate.kind}, {reasons[gate]}" if gate in reasons else str(gate.kind)
        yield f"| `{gate.name}` | {kind} | value {gate.comparison} threshold | {gate.unit or '–'} |"
    yield "\n| Parameter | Default | Range | Unit | Source |\n|---|---|---|---|---|"
    for each in one.declared:
        bounds = f"{each.low:g} – {each.high:g}"
        yield f"| `{each.name}` | {each.default:g} | {bounds} | {each.unit} | {each.source or '–'} |"

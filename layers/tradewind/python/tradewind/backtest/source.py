"""Writing what is compiled: for each indicator a sweep, for each strategy an answer, and one walk for all of them."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from tradewind.application.entry_size import place_of
from tradewind.backtest.layout import Floats, Integers, Rules, Stage, Words
from tradewind.domain.signal import FLAT
from tradewind.strategies.base import Strategy
from tradewind.strategies.standing import REGIME, SPAN

HEAD = 4
"""Numbers of a signal before its gates: strength, stop, target, exit reason."""

_TITLE = '"""Written by Tradewind\'s backtester; it compiles this."""\n'
_ARRAYS: dict[object, str] = {Floats: "floats", Integers: "integers", Words: "words"}
_PLAIN = (int, float)
_BAR = ("open", "high", "low", "close", "volume")

_WHOLE = "    stage = staged(integers(addresses), floats(rules))\n"

_SWEEP = """
def sweep(addresses, rules, states, size, column):
    stage = staged(integers(addresses), floats(rules))
    out = floats(column)
    for i in range(stage.instruments):
        own = view(floats(states + 8 * size * i), size)
        at = {outputs} * (stage.window.place[i] - 1)
{keep_before}
        for row in range(stage.window.first[i], stage.window.last[i]):
            ts_open = float(stage.market.ts[row] - stage.rules.frame)
            kernel(own, ts_open, {bar})
            at += {outputs}
{keep}
"""

_ANSWER = """
def answer(addresses, rules, k, row, at, count, {position}):
    stage = staged(integers(addresses), floats(rules))
    s, i = k // stage.instruments, k % stage.instruments
    table, term = s * TABLE, s * TERM
    numbers, columns = stage.tables[table + NUMBERS_AT], stage.tables[table + COLUMNS_AT]
    exits, confirmations = int(stage.terms[term + EXITS]), int(stage.terms[term + CONFIRMATIONS])
    minimum, older = stage.terms[term + MINIMUM_STRENGTH], 0.0 if position_0 == 0.0 else 1.0
    may_enter = position_0 == 0.0 or stage.terms[term + MOST_ENTRIES] > 1.0
{begin}
    for n in range(count):
        stage.answer[ANSWERED] = n
{decide}
        code = verdict(signal, KINDS, exits, confirmations, minimum)
        stage.signals.code[at] = code
        if not stage.brief:
            stage.signals.mixed[at] = NOTHING if code == R_FAULT else mixed(signal)
        if (may_enter and code == ASKS) or code == R_FAULT or signal.exit_reason != 0 or n + 1 == count:
            stage.signals.strength[at] = signal.strength
            stage.signals.stop[at] = signal.stop
            stage.signals.target[at] = signal.target
            stage.signals.span[at] = {span}
            stage.signals.regime[at] = {regime}
            stage.answer[EXIT_REASON] = signal.exit_reason
            stage.answer[ANSWERED] = n + 1
            break
        at += 1
"""

_COMPILED_BEGIN = """
    parameters = Parameters({parameters})
{columns}
    place = at - s * stage.window.width
    now = Values({nothing})
    if row != stage.window.begin[i]:
        now = Values({before})
"""

_COMPILED_DECIDE = """
        before = now
        now = Values({now})
        signal = decide(now, before, PositionView({position}), parameters)
        position_2 += older
        row += 1
        place += 1
"""

_CALLED_BEGIN = """
    calls, told, place = integers(stage.rule), stage.told, 1
    call(calls[2 + stage.strategies + s], addresses, rules, k, row, at, count, PositionView({position}))
    count = int(told[0])
"""

_CALLED_DECIDE = """
        signal = Signal(told[place], told[place + 1], told[place + 2], int(told[place + 3]), ({gates}))
        place += {numbers}
"""

_MIXED = """
def mixed(signal):
    total = bits(signal.strength) * FACTOR_0
{gates}
    return total
"""

_GATE = """    gate = signal.gates[{g}]
    total += bits(gate.value) * FACTOR_{a} + bits(gate.threshold) * FACTOR_{b}
    if gate.passed:
        total += PASSED_{c}"""


_WALK = """
def answer_for(stage, k, row, at, count, position):
    stage.answer[ANSWERED] = 0
    stage.answer[EXIT_REASON] = 0
    stage.answer[ASKED_K] = k
    stage.answer[ASKED_ROW] = row
    calls = integers(stage.rule)
    call(calls[2 + k // stage.instruments], calls[0], calls[1], k, row, at, count, position)
    if stage.answer[ANSWERED] == 0:  # a strategy that raises answers for nothing
        stage.signals.code[at] = R_FAULT
        stage.signals.mixed[at] = NOTHING
        stage.answer[ANSWERED] = 1


def walk_all(addresses, rules):
    walk(staged(integers(addresses), floats(rules)))
"""


_ASKING = """
def ask(columns, decide, now, before, position, parameters, least, numbers):
    older = 0.0 if position.quantity == 0.0 else 1.0
    bars = zip(*columns)
    {row} = next(bars)
    before, now = now, before
    for {row} in bars:
        strength, stop, target, reason, ({gates}), _ = decide(now, before, position, parameters)
        numbers += (strength, stop, target, reason, {told})
        if reason or (strength >= least and strength > 0.0):
            break
        if older:
            position.bars_held += older
        before, now = now, before
"""


def write_sweep(outputs: int) -> str:
    """Return the module that brings an indicator of so many outputs through a window."""
    keep = [f"out[at + {place}] = own[{place}]" for place in range(outputs)]
    bar = ", ".join(f"stage.market.{name}[row]" for name in _BAR)
    text = _SWEEP.format(outputs=outputs, bar=bar, keep_before=_lines(8, keep), keep=_lines(12, keep))
    return _TITLE + _in_parts(text)


def write_answer(strategy: Strategy, *, called: bool) -> str:
    """Return a strategy's module; it depends on the strategy's shape and on no parameter's value.

    Parameters
    ----------
    called : bool
        Whether the rule is called as it is, and what it said is read, instead of being compiled.
    """
    position = ", ".join(f"position_{place}" for place in range(len(FLAT)))
    begin, decide = _called(strategy, position) if called else _compiled(strategy, position)
    span, regime = (_read(gate, strategy) for gate in (SPAN.name, REGIME))
    answer = _ANSWER.format(position=position, begin=begin, decide=decide, span=span, regime=regime)
    return "".join([_TITLE, _mixed(strategy), _in_parts(answer)])


def _read(gate: str, strategy: Strategy) -> str:
    """Write how a gate is read off a signal; 0 of one that a strategy has not."""
    place = place_of(gate, strategy.gates)
    return f"signal.gates[{place}].value" if place >= 0 else "0.0"


def write_walk() -> str:
    """Return the walk's module, which knows strategies by the addresses of their answers."""
    return "".join([_TITLE, _staged(), _WALK])


def write_asking(fields: Sequence[str], gates: int) -> str:
    """Return the Python that asks a rule about bars one by one, and puts what it says into one list of numbers.

    Bars have these fields; the first of them is the one before. Nothing of it is compiled.
    """
    readings = [(f"value_{g}", f"threshold_{g}", f"passed_{g}") for g in range(gates)]
    return _ASKING.format(
        row="".join(f"now.{name}, " for name in fields),
        gates="".join(f"({', '.join(one)}), " for one in readings),
        told="".join(f"{value}, {threshold}, 1.0 if {passed} else 0.0, " for value, threshold, passed in readings),
    )


def _staged() -> str:
    """Write how a stage is made of the addresses of its arrays, in the order of its fields."""
    parts = dict(_parts())

    def made(kind: type, path: str) -> str:
        of = [(f"{path}.{name}", type_) for name, type_ in kind.__annotations__.items()]
        return f"{kind.__name__}({', '.join(parts.get(name) or made(type_, name) for name, type_ in of)})"

    return f"\n\ndef staged(parts, limits):\n    return {made(Stage, 'stage')}\n"


def _parts() -> Iterator[tuple[str, str]]:
    """Yield each part of a stage, as it is named in a text, and how it is read."""
    place = count()

    def parts(kind: type, path: str) -> Iterator[tuple[str, str]]:
        for name, type_ in kind.__annotations__.items():
            if isinstance(type_, type) and type_ not in _PLAIN and type_ not in _ARRAYS:
                yield from parts(type_, f"{path}.{name}")
            elif kind is Rules:
                yield f"{path}.{name}", f"{type_.__name__}(limits[{Rules._fields.index(name)}])"
            else:  # where the answers are is as plain a number
                read = f"parts[{next(place)}]"
                yield f"{path}.{name}", f"{_ARRAYS[type_]}({read})" if type_ in _ARRAYS else read

    return parts(Stage, "stage")


def _in_parts(text: str) -> str:
    """Write what a text names of a stage in the place of the whole, which took longer to compile than all the rest."""
    named = {path: read for path, read in _parts() if re.search(rf"\b{re.escape(path)}\b", text)}
    begin = ["parts, limits = integers(addresses), floats(rules)"]
    for path, read in named.items():
        name = path.replace(".", "_")
        begin.append(f"{name} = {read}")
        text = re.sub(rf"\b{re.escape(path)}\b", name, text)
    return text.replace(_WHOLE, _lines(4, begin) + "\n")


def _mixed(strategy: Strategy) -> str:
    gates = "\n".join(_GATE.format(g=g, a=1 + 3 * g, b=2 + 3 * g, c=3 + 3 * g) for g in range(len(strategy.gates)))
    return _MIXED.format(gates=gates)


def _compiled(strategy: Strategy, position: str) -> tuple[str, str]:
    """Return how a compiled rule's answer begins, and how it decides on one bar."""
    columns = [f"column_{n} = floats(stage.columns[columns + {n}])" for n in range(len(strategy.indicators))]
    begin = _COMPILED_BEGIN.format(
        parameters=", ".join(f"stage.numbers[numbers + {place}]" for place in range(len(strategy.parameters))),
        columns=_lines(4, columns),
        nothing=", ".join(["nan"] * strategy.outputs),
        before=", ".join(_values(strategy, " - 1")),
    )
    return begin, _COMPILED_DECIDE.format(now=", ".join(_values(strategy, "")), position=position)


def _called(strategy: Strategy, position: str) -> tuple[str, str]:
    """Return likewise where the rule is called: it has written down what it says of some bars at once."""
    starts = range(HEAD, HEAD + 3 * len(strategy.gates), 3)
    gates = "".join(
        f"GateReading(told[place + {at}], told[place + {at + 1}], told[place + {at + 2}] != 0.0), " for at in starts
    )
    decide = _CALLED_DECIDE.format(gates=gates, numbers=HEAD + 3 * len(strategy.gates))
    return _CALLED_BEGIN.format(position=position), decide


def _values(strategy: Strategy, shift: str) -> Iterator[str]:
    """Yield where each of a strategy's values lies, some rows away."""
    for name in _BAR:
        yield f"stage.market.{name}[row{shift}]"
    for n, one in enumerate(strategy.indicators):
        size = len(one.outputs)
        for slot in range(size):
            yield f"column_{n}[(place{shift}) * {size} + {slot}]"


def _lines(indent: int, lines: Sequence[str]) -> str:
    return "\n".join(" " * indent + line for line in lines)

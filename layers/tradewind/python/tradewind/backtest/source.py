"""Writing the module that is compiled for a set of strategies: sweeps, answers, and which of them answers."""

from collections.abc import Sequence
from itertools import count

from tradewind.backtest.layout import Floats, Integers, Rules, Stage, Words
from tradewind.domain.signal import FLAT
from tradewind.strategies.base import Strategy

_ARRAYS: dict[object, str] = {Floats: "floats", Integers: "integers", Words: "words"}
_BAR = ("open", "high", "low", "close", "volume")

_SWEEP = """
def sweep_{s}(addresses, rules):
    stage = staged(addresses, rules)
    market, signals, window = stage.market, stage.signals, stage.window
    table, term = {s} * TABLE, {s} * TERM
    bounds, numbers = stage.tables[table + BOUNDS_AT], stage.tables[table + NUMBERS_AT]
    parameters = Parameters_{s}({parameters})
    flat = PositionView({nothing})
    warmup, start = stage.terms[term + WARMUP], stage.terms[term + START]
    exits, confirmations = int(stage.terms[term + EXITS]), int(stage.terms[term + CONFIRMATIONS])
    minimum = stage.terms[term + MINIMUM_STRENGTH]
    for i in range(stage.instruments):
        begin = stage.tables[table + STATES_AT] + i * stage.tables[table + STATE_SIZE]
        state = view(stage.states, begin + stage.tables[table + STATE_SIZE])[begin:]
{parts}
        seen = state[0]
        before = Values_{s}({before})
        at = {s} * window.width + window.place[i]
        value = stage.tables[table + VALUES_AT] + window.place[i] * {own}
        for row in range(window.first[i], window.last[i]):
            ts = market.ts[row]
            ts_open = float(ts - FRAME)
            open_, high, low = market.open[row], market.high[row], market.low[row]
            close, volume = market.close[row], market.volume[row]
{kernels}
            now = Values_{s}(open_, high, low, close, volume{outputs})
{keep}
            seen += 1.0
            if seen < warmup:
                signals.code[at] = R_WARMING_UP
                signals.mixed[at] = NOTHING
            elif ts <= start:
                signals.code[at] = R_BEFORE_START
                signals.mixed[at] = NOTHING
            else:
                signal = decide_{s}(now, before, flat, parameters)
                code = verdict(signal, KINDS_{s}, exits, confirmations, minimum)
                signals.code[at] = code
                signals.mixed[at] = NOTHING if code == R_FAULT else mixed_{s}(signal)
                if code == ASKS:
                    signals.strength[at] = signal.strength
                    signals.stop[at] = signal.stop
                    signals.target[at] = signal.target
            before = now
            at += 1
            value += {own}
        state[0] = seen
{store}
"""

_ANSWER = """
def answer_{s}(stage, row, at, position):
    market, answer, term = stage.market, stage.answer, {s} * TERM
    table = {s} * TABLE
    numbers = stage.tables[table + NUMBERS_AT]
    value = stage.tables[table + VALUES_AT] + (at - {s} * stage.window.width) * {own}
    parameters = Parameters_{s}({parameters})
    now = Values_{s}({now_bar}{now_own})
    earlier = value - {own}
    before = Values_{s}({before_bar}{before_own})
    signal = decide_{s}(now, before, position, parameters)
    exits, confirmations = int(stage.terms[term + EXITS]), int(stage.terms[term + CONFIRMATIONS])
    code = verdict(signal, KINDS_{s}, exits, confirmations, stage.terms[term + MINIMUM_STRENGTH])
    stage.signals.mixed[at] = NOTHING if code == R_FAULT else mixed_{s}(signal)
    answer[HELD_BACK] = code
    answer[STRENGTH] = signal.strength
    answer[AT_STOP] = signal.stop
    answer[AT_TARGET] = signal.target
    answer[EXIT_REASON] = signal.exit_reason
"""

_MIXED = """
def mixed_{s}(signal):
    total = bits(signal.strength) * FACTOR_0
{gates}
    return total
"""

_GATE = """    gate = signal.gates[{g}]
    total += bits(gate.value) * FACTOR_{a} + bits(gate.threshold) * FACTOR_{b}
    if gate.passed:
        total += PASSED_{c}"""


def write(strategies: Sequence[Strategy]) -> str:
    """Return the module's source; it depends on the strategies' shape and on no parameter's value."""
    parts = ['"""Written by Tradewind\'s backtester; it compiles this."""\n', _staged()]
    for s, strategy in enumerate(strategies):
        parts += [_mixed(s, strategy), _sweep(s, strategy), _answer(s, strategy)]
    branches = "".join(
        f"    {'if' if s == 0 else 'elif'} s == {s}:\n        answer_{s}(stage, row, at, position)\n"
        for s in range(len(strategies))
    )
    parts.append(f"\ndef answer_for(stage, s, row, at, position):\n{branches}")
    parts.append("\ndef walk_all(addresses, rules):\n    walk(staged(addresses, rules))\n")
    return "".join(parts)


def _staged() -> str:
    """Write how a stage is made of the addresses of its arrays, in the order of its fields."""
    place = count()

    def fields(kind: type) -> str:
        return ", ".join(field(type_) for type_ in kind.__annotations__.values())

    def field(type_: object) -> str:
        if type_ is Rules:
            kinds = Rules.__annotations__.values()
            return f"Rules({', '.join(f'{one.__name__}(rules[{n}])' for n, one in enumerate(kinds))})"
        if type_ not in _ARRAYS and type_ is not int and not isinstance(type_, type):
            return "0"  # the rule
        if isinstance(type_, type) and type_ is not int:
            return f"{type_.__name__}({fields(type_)})"
        kind = _ARRAYS.get(type_, "")
        return f"{kind}(addresses[{next(place)}])" if kind else f"addresses[{next(place)}]"

    return f"\n\ndef staged(addresses, rules):\n    return Stage({fields(Stage)})\n"


def _mixed(s: int, strategy: Strategy) -> str:
    gates = "\n".join(_GATE.format(g=g, a=1 + 3 * g, b=2 + 3 * g, c=3 + 3 * g) for g in range(len(strategy.gates)))
    return _MIXED.format(s=s, gates=gates)


def _outputs(strategy: Strategy) -> list[tuple[int, int]]:
    """Return indicator and output of each of the strategy's own values."""
    return [(n, place) for n, one in enumerate(strategy.indicators) for place in range(len(one.outputs))]


def _parameters(strategy: Strategy) -> str:
    return ", ".join(f"stage.numbers[numbers + {place}]" for place in range(len(strategy.parameters)))


def _sweep(s: int, strategy: Strategy) -> str:
    outputs, indicators = _outputs(strategy), range(len(strategy.indicators))
    now = 1 + strategy.outputs
    keep = [f"stage.values[value + {place}] = own_{n}[{slot}]" for place, (n, slot) in enumerate(outputs)]
    first = [
        f"stage.values[value - {len(outputs)} + {place}] = state[{now + 5 + place}]" for place in range(len(outputs))
    ]
    return _SWEEP.format(
        s=s,
        own=len(outputs),
        nothing=_nothing(),
        parameters=_parameters(strategy),
        parts=_lines(
            8, [f"own_{n} = state[stage.tables[bounds + {n}] : stage.tables[bounds + {n + 1}]]" for n in indicators]
        ),
        before=", ".join(f"state[{now + place}]" for place in range(strategy.outputs)),
        kernels=_lines(12, [f"kernel_{s}_{n}(own_{n}, ts_open, open_, high, low, close, volume)" for n in indicators]),
        outputs="".join(f", own_{n}[{slot}]" for n, slot in outputs),
        keep=_lines(12, keep),
        store=_lines(8, [f"state[{now + place}] = before[{place}]" for place in range(strategy.outputs)]),
    ).replace("        for row in range", _lines(8, first) + "\n        for row in range")


def _answer(s: int, strategy: Strategy) -> str:
    own = len(_outputs(strategy))
    return _ANSWER.format(
        s=s,
        own=own,
        parameters=_parameters(strategy),
        now_bar=", ".join(f"market.{name}[row]" for name in _BAR),
        now_own="".join(f", stage.values[value + {place}]" for place in range(own)),
        before_bar=", ".join(f"market.{name}[row - 1]" for name in _BAR),
        before_own="".join(f", stage.values[earlier + {place}]" for place in range(own)),
    )


def _nothing() -> str:
    return ", ".join(["0.0"] * len(FLAT))


def _lines(indent: int, lines: Sequence[str]) -> str:
    return "\n".join(" " * indent + line for line in lines)

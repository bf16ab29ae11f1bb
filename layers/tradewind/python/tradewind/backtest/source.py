"""Writing what is compiled: for each strategy a sweep and an answer, and one walk for all of them."""

from collections.abc import Sequence
from itertools import count

from tradewind.backtest.layout import Floats, Integers, Rules, Stage, Words
from tradewind.domain.signal import FLAT
from tradewind.strategies.base import Strategy

_HEAD = '"""Written by Tradewind\'s backtester; it compiles this."""\n'
_ARRAYS: dict[object, str] = {Floats: "floats", Integers: "integers", Words: "words"}
_BAR = ("open", "high", "low", "close", "volume")

_SWEEP = """
def sweep(addresses, rules, s):
    stage = staged(addresses, rules)
    market, signals, window = stage.market, stage.signals, stage.window
    table, term = s * TABLE, s * TERM
    bounds, numbers = stage.tables[table + BOUNDS_AT], stage.tables[table + NUMBERS_AT]
    parameters = Parameters({parameters})
    flat = PositionView({nothing})
    warmup, start = stage.terms[term + WARMUP], stage.terms[term + START]
    exits, confirmations = int(stage.terms[term + EXITS]), int(stage.terms[term + CONFIRMATIONS])
    minimum, frame = stage.terms[term + MINIMUM_STRENGTH], stage.rules.frame
    for i in range(stage.instruments):
        begin = stage.tables[table + STATES_AT] + i * stage.tables[table + STATE_SIZE]
        state = view(stage.states, begin + stage.tables[table + STATE_SIZE])[begin:]
{parts}
        seen = state[0]
        before = Values({before})
        at = s * window.width + window.place[i]
        value = stage.tables[table + VALUES_AT] + window.place[i] * {own}
        for row in range(window.first[i], window.last[i]):
            ts = market.ts[row]
            ts_open = float(ts - frame)
            open_, high, low = market.open[row], market.high[row], market.low[row]
            close, volume = market.close[row], market.volume[row]
{kernels}
            now = Values(open_, high, low, close, volume{outputs})
{keep}
            seen += 1.0
            if seen < warmup:
                signals.code[at] = R_WARMING_UP
                signals.mixed[at] = NOTHING
            elif ts <= start:
                signals.code[at] = R_BEFORE_START
                signals.mixed[at] = NOTHING
            else:
                signal = decide(now, before, flat, parameters)
                code = verdict(signal, KINDS, exits, confirmations, minimum)
                signals.code[at] = code
                signals.mixed[at] = NOTHING if code == R_FAULT else mixed(signal)
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
def answer(addresses, rules, s, row, at, {position}):
    stage = staged(integers(addresses), floats(rules))
    market, answer, term, table = stage.market, stage.answer, s * TERM, s * TABLE
    numbers = stage.tables[table + NUMBERS_AT]
    value = stage.tables[table + VALUES_AT] + (at - s * stage.window.width) * {own}
    parameters = Parameters({parameters})
    now = Values({now_bar}{now_own})
    earlier = value - {own}
    before = Values({before_bar}{before_own})
    signal = decide(now, before, PositionView({position}), parameters)
    exits, confirmations = int(stage.terms[term + EXITS]), int(stage.terms[term + CONFIRMATIONS])
    code = verdict(signal, KINDS, exits, confirmations, stage.terms[term + MINIMUM_STRENGTH])
    stage.signals.mixed[at] = NOTHING if code == R_FAULT else mixed(signal)
    answer[HELD_BACK] = code
    answer[STRENGTH] = signal.strength
    answer[AT_STOP] = signal.stop
    answer[AT_TARGET] = signal.target
    answer[EXIT_REASON] = signal.exit_reason
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
def answer_for(stage, s, row, at, position):
    stage.answer[HELD_BACK] = R_FAULT  # unless the strategy answers: one that raises does not
    stage.signals.mixed[at] = NOTHING
    calls = integers(stage.rule)
    call(calls[2 + s], calls[0], calls[1], s, row, at, position)


def walk_all(addresses, rules):
    walk(staged(addresses, rules))
"""


def write(strategy: Strategy) -> str:
    """Return a strategy's module; it depends on the strategy's shape and on no parameter's value."""
    return "".join([_HEAD, _staged(), _mixed(strategy), _sweep(strategy), _answer(strategy)])


def write_walk() -> str:
    """Return the walk's module, which knows strategies by the addresses of their answers."""
    return "".join([_HEAD, _staged(), _WALK])


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
            return f"addresses[{next(place)}]"  # where the answers are
        if isinstance(type_, type) and type_ is not int:
            return f"{type_.__name__}({fields(type_)})"
        kind = _ARRAYS.get(type_, "")
        return f"{kind}(addresses[{next(place)}])" if kind else f"addresses[{next(place)}]"

    return f"\n\ndef staged(addresses, rules):\n    return Stage({fields(Stage)})\n"


def _mixed(strategy: Strategy) -> str:
    gates = "\n".join(_GATE.format(g=g, a=1 + 3 * g, b=2 + 3 * g, c=3 + 3 * g) for g in range(len(strategy.gates)))
    return _MIXED.format(gates=gates)


def _outputs(strategy: Strategy) -> list[tuple[int, int]]:
    """Return indicator and output of each of the strategy's own values."""
    return [(n, place) for n, one in enumerate(strategy.indicators) for place in range(len(one.outputs))]


def _parameters(strategy: Strategy) -> str:
    return ", ".join(f"stage.numbers[numbers + {place}]" for place in range(len(strategy.parameters)))


def _sweep(strategy: Strategy) -> str:
    outputs, indicators = _outputs(strategy), range(len(strategy.indicators))
    now = 1 + strategy.outputs
    keep = [f"stage.values[value + {place}] = own_{n}[{slot}]" for place, (n, slot) in enumerate(outputs)]
    first = [
        f"stage.values[value - {len(outputs)} + {place}] = state[{now + 5 + place}]" for place in range(len(outputs))
    ]
    return _SWEEP.format(
        own=len(outputs),
        nothing=_nothing(),
        parameters=_parameters(strategy),
        parts=_lines(
            8, [f"own_{n} = state[stage.tables[bounds + {n}] : stage.tables[bounds + {n + 1}]]" for n in indicators]
        ),
        before=", ".join(f"state[{now + place}]" for place in range(strategy.outputs)),
        kernels=_lines(12, [f"kernel_{n}(own_{n}, ts_open, open_, high, low, close, volume)" for n in indicators]),
        outputs="".join(f", own_{n}[{slot}]" for n, slot in outputs),
        keep=_lines(12, keep),
        store=_lines(8, [f"state[{now + place}] = before[{place}]" for place in range(strategy.outputs)]),
    ).replace("        for row in range", _lines(8, first) + "\n        for row in range")


def _answer(strategy: Strategy) -> str:
    own = len(_outputs(strategy))
    return _ANSWER.format(
        own=own,
        position=", ".join(f"position_{place}" for place in range(len(FLAT))),
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

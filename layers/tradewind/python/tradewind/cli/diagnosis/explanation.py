"""Why one bar led to what it led to: every gate with its value, its threshold and the distance between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.slice_log import read_step_key, step_key
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import InputError
from tradewind.cli.paths import user_strategies
from tradewind.cli.report.files import code_of
from tradewind.cli.times import bar_text
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate as it stood at the bar.

    Attributes
    ----------
    kind : str
        `required`, `confirming` or `exit`; empty where the strategy is not known here any more.
    distance : float
        How far the value is from the threshold, in the gate's unit.
    """

    name: str
    kind: str
    value: float
    comparison: str
    threshold: float
    passed: bool
    distance: float
    unit: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One strategy's decision on one instrument at one bar, in full."""

    record: DecisionRecord
    decision: Decision
    bar: Bar | None
    missing: str
    gates: tuple[GateLine, ...]
    bar_ms: int

    @property
    def when(self) -> str:
        """When the bar opened, as people write it."""
        return bar_text(self.record.ts, self.bar_ms)

    @property
    def code(self) -> str:
        """Hash of the code that decided."""
        return code_of(self.record, self.decision.account, self.decision.strategy)


def find_instrument(configuration: Configuration, text: str) -> InstrumentId:
    """Return the instrument that a person means: `AAPL.US`, `aapl`, `US:AAPL`.

    Raises
    ------
    InputError
        If there is none or more than one; it lists them.
    """
    wanted = text.upper()
    if ":" in wanted:
        venue, _, symbol = wanted.partition(":")
        wanted = f"{symbol}.{venue}"
    known = sorted(configuration.instruments)
    exact = [name for name in known if name == wanted]
    found = exact or [name for name in known if name.rpartition(".")[0] == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{text} is ambiguous: say which of {', '.join(found)}")
    raise InputError(f"unknown instrument {text}: {configuration.environment} has {', '.join(known)}")


def explain(deployed: Deployed, instrument: InstrumentId, time: int, *, is_close: bool = False) -> list[Explanation]:
    """Return what every strategy decided on the bar that holds a time, or that closed exactly then.

    Parameters
    ----------
    time : int
        UTC ms. Midnight closes one daily bar and opens the next: a person who names a day means the one that opens,
        a program that hands on a decision's `ts` the one that closes (`is_close`).

    Raises
    ------
    InputError
        If no bar was decided there; it names the nearest ones.
    """
    shards = [shard for shard in deployed.configuration.shards if instrument in shard.instruments]
    found = [one for shard in shards for one in _explain_in(deployed, shard, instrument, time, is_close)]
    if not found:
        raise InputError(_nearest(deployed, shards, instrument, time))
    return found


def _explain_in(
    deployed: Deployed, shard: Shard, instrument: InstrumentId, time: int, is_close: bool
) -> list[Explanation]:
    length = shard.timeframe.ms
    records = list(queries.decisions(deployed.market, shard.name, time - 1, time + length))
    exact = [record for record in records if record.ts == time]
    within = [record for record in records if record.ts > time]
    slices = {one.ts_close: one for one in queries.slices(deployed.market, shard.name, time - 1, time + length)}
    chosen = (exact or within) if is_close else (within or exact)
    return [
        _explanation(record, decision, slices.get(record.ts), length)
        for record in chosen
        for decision in record.decisions
        if decision.instrument == instrument
    ]


def _explanation(record: DecisionRecord, decision: Decision, slice_: Slice | None, length: int) -> Explanation:
    bar = slice_.bars.get(decision.instrument) if slice_ else None
    missing = slice_.missing.get(decision.instrument, "") if slice_ else ""
    return Explanation(record, decision, bar, missing, tuple(_gates(record, decision)), length)


def _gates(record: DecisionRecord, decision: Decision) -> Iterable[GateLine]:
    known = _declared(decision.strategy)
    for (name, comparison), reading in zip(record.gates.get(decision.strategy, ()), decision.gates, strict=False):
        kind, unit = known.get(name, ("", ""))
        yield GateLine(
            name, kind, reading.value, comparison, reading.threshold, reading.passed,
            reading.value - reading.threshold, unit,
        )  # fmt: skip


def _declared(strategy: str) -> dict[str, tuple[str, str]]:
    """Return each gate's kind and unit, as this code declares them."""
    from tradewind.strategies.registry import build

    try:
        built = build(strategy, {}, user_strategies())
    except BadInputError:
        return {}
    return {gate.name: (str(gate.kind), gate.unit) for gate in built.gates}


def _nearest(deployed: Deployed, shards: Sequence[Shard], instrument: InstrumentId, time: int) -> str:
    """Name the bars around a time at which nothing was decided."""
    near: list[str] = []
    for shard in shards:
        length = shard.timeframe.ms
        near.extend(bar_text(ts, length) for ts in _around(deployed, shard, time))
    asked = bar_text(time, 0)
    if not near:
        return f"nothing has been decided on {instrument} yet: run something first, see `tradewind status`"
    return f"no decision on {instrument} at {asked}: the nearest bars are {' and '.join(dict.fromkeys(near))}"


def _around(deployed: Deployed, shard: Shard, time: int) -> list[int]:
    pk, length = f"DECISIONS#{shard.name}", shard.timeframe.ms
    before = deployed.market.query(pk, last=step_key(time + length, 0), limit=1, backwards=True, keys_only=True)
    after = deployed.market.query(pk, first=step_key(time + length + 1, 0), limit=1, keys_only=True)
    return [read_step_key(item["sk"]["S"])[0] for found in (before, after) for item in found]


def to_json(one: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON has it; what is no number is null."""
    decision = one.decision
    return {
        "ts": one.record.ts,
        "bar": one.when,
        "rev": one.record.rev,
        "instrument": decision.instrument,
        "ohlcv": list(one.bar[2:]) if one.bar else None,
        "missing": one.missing or None,
        "account": decision.account,
        "strategy": decision.strategy,
        "action": str(decision.action),
        "reason": decision.reason,
        "strength": _number(decision.strength),
        "value": _number(decision.value),
        "limit": _number(decision.limit),
        "intent_id": decision.intent,
        "gates": [
            {
                "name": gate.name, "kind": gate.kind, "value": _number(gate.value), "comparison": gate.comparison,
                "threshold": _number(gate.threshold), "passed": gate.passed, "distance": _number(gate.distance),
                "unit": gate.unit,
            }
            for gate in one.gates
        ],
        "configuration": one.record.configuration,
        "code": one.code,
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if isnan(value) else value

"""What happens besides the bars, drawn from the seed, so that a run and its reference see the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.simulation import market
from tests.simulation.market import Tape
from tests.simulation.plan import FREE, LATE, LOCKSTEP, Plan
from tradewind.application.ports_market import SliceStore
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar

NEVER = 2**62


@dataclass(frozen=True)
class Correction:
    """One instrument's bar at `ts` turns out to have closed elsewhere."""

    shard: str
    instrument: InstrumentId
    ts: int
    factor: float

    def apply(self, slices: SliceStore) -> Slice | None:
        """Return the next revision of what is stored; None where there is nothing to correct."""
        editions = slices.between(self.shard, self.ts - 1, self.ts)
        if not editions or self.instrument not in editions[-1].bars:
            return None
        latest, bar = editions[-1], editions[-1].bars[self.instrument]
        close = round(bar.close * self.factor, 2)
        corrected = bar._replace(close=close, high=max(bar.high, close), low=min(bar.low, close))
        return replace(latest, bars={**latest.bars, self.instrument: corrected}, rev=latest.rev + 1)


@dataclass(frozen=True)
class Script:
    """The tape, and what happens after each step.

    Attributes
    ----------
    corrections : mapping
        By step.
    latecomers : mapping
        First editions that the fetcher never sees and that are written after a step, by step.
    """

    tape: Tape
    timely: Tape
    corrections: Mapping[int, list[Correction]] = field(default_factory=dict)
    latecomers: Mapping[int, list[Slice]] = field(default_factory=dict)


def script_of(plan: Plan) -> Script:
    """Draw the script of a plan."""
    rng = Random(f"script {plan.mode} {plan.seed}")  # noqa: S311 - as in `plan`
    rows = market.record(rng, plan.bars, volatility=plan.volatility)
    if plan.mode == LATE:
        market.space_signals(rng, rows, plan.hold + 3)
    market.damage(rng, rows, plan.damage)
    tape, timely = Tape(rows), Tape(rows)
    _hide(rng, plan, tape)
    latecomers = _latecomers(rng, plan, tape)
    if plan.mode == LOCKSTEP:
        timely = tape
    return Script(tape, timely, _corrections(rng, plan), latecomers)


def _hide(rng: Random, plan: Plan, tape: Tape) -> None:
    """Let some bars be unknown at their close; in lockstep they stay so, since nothing is fetched again there."""
    for name in market.INSTRUMENTS:
        for close in market.steps(plan.bars):
            if rng.random() < plan.absent:
                tape.known_at[name, close] = NEVER if plan.mode == LOCKSTEP else close + rng.randrange(1, 5) * MINUTE
    if plan.mode == FREE:
        tape.fails = frozenset(
            (name, close)
            for name in market.INSTRUMENTS
            for close in market.steps(plan.bars)
            if rng.random() < plan.absent
        )


def _corrections(rng: Random, plan: Plan) -> dict[int, list[Correction]]:
    found: dict[int, list[Correction]] = {}
    closes = market.steps(plan.bars)
    for step in range(1, plan.bars):
        if rng.random() < plan.corrections:
            shard = rng.choice(list(market.SHARDS))
            name, ts = rng.choice(market.SHARDS[shard]), closes[rng.randrange(max(0, step - 4), step)]
            found.setdefault(step, []).append(Correction(shard, name, ts, 1.0 + rng.gauss(0.0, plan.volatility)))
    return found


def _latecomers(rng: Random, plan: Plan, tape: Tape) -> dict[int, list[Slice]]:
    found: dict[int, list[Slice]] = {}
    for step, close in enumerate(market.steps(plan.bars)[:-2], start=1):
        for shard, names in market.SHARDS.items():
            if rng.random() >= plan.latecomers:
                continue
            bars = {name: bar for name in names if (bar := _bar(tape.rows[name][step - 1])) and not bar.fault()}
            tape.known_at.update({(name, close): NEVER for name in names})
            late = Slice(shard, Timeframe.M1, close, bars)
            found.setdefault(min(plan.bars, step + rng.randrange(1, 5)), []).append(late)
    return found


def _bar(row: RawBar) -> Bar | None:
    values = [value for value in row[1:6] if isinstance(value, float)]
    close = market.close_of(row)
    return Bar(close - MINUTE, close, *values) if len(values) == len(row[1:6]) else None

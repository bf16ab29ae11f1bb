"""Stratus Brain: which market this is, how sure that is, and what it vetoes."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import isfinite

from tradewind.api.asking import Symbol, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.brain import BrainDocument, BrainRow, BrainStep
from tradewind.api.paging import Cursor, Limit, page_of
from tradewind.api.problems import Problem
from tradewind.application.brain import STATES, Chain
from tradewind.application.regimes import regime_of
from tradewind.domain.configuration import Shard
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId
from tradewind.strategies.stratus_brain import SAMPLES, SURE, unopposed

_STEPS = 240


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = BrainView(desk)
    gateway.reads("/api/brain", view.brain, tag="Decisions", version=desk.seeing.decided)
    gateway.reads("/api/brain/<symbol>", view.brain_of, tag="Decisions", version=view.decided, of="symbol")


@dataclass(frozen=True, slots=True)
class BrainView:
    """What the chains of market states say."""

    desk: Desk

    def brain(self, limit: Limit = 500, cursor: Cursor = None) -> Page[BrainRow]:
        """Show every instrument's regime, and whether its market's past speaks against an entry now."""
        records = self.desk.explain.latest_of([one.name for one in self.desk.configuration.shards])
        rows = [row for record in records for row in _rows(record)]
        return page_of("brain", rows, limit, cursor, lambda row: row)

    def brain_of(self, symbol: Symbol) -> BrainDocument:
        """Show one instrument's chain: how often each state followed each, and how the estimate has converged."""
        name, shard = self._place(symbol)
        steps = self.desk.insight.chain(shard, name)
        if not steps:
            raise Problem(HTTPStatus.NOT_FOUND, f"{name} has too few bars yet for a chain of states: look again later")
        last = steps[-1]
        return BrainDocument(
            instrument=name,
            shard=shard.name,
            timeframe=shard.timeframe,
            regime=last.regime,
            state=last.state,
            edge=_of(last, last.edge),
            error=_of(last, last.error),
            samples=round(last.samples, 3),
            samples_needed=SAMPLES,
            errors_needed=SURE,
            vetoes=not unopposed(last.edge, last.error, last.samples).passed,
            states=list(STATES),
            counts=[[round(count, 3) for count in row] for row in last.counts],
            chances=[[count / sum(row) if sum(row) else None for count in row] for row in last.counts],
            bars=len(steps),
            steps=list(map(_step, _evenly(steps))),
        )

    def decided(self, symbol: str) -> Hashable:
        """Return how far an instrument is decided: its chain is walked up to there, over what the evaluator knew."""
        return self.desk.seeing.decided_of(self._place(symbol)[1])

    def _place(self, symbol: str) -> tuple[InstrumentId, Shard]:
        name = instrument_of(self.desk, symbol)
        return name, min(shards_of(self.desk, name), key=lambda one: one.timeframe.ms)


def _rows(record: DecisionRecord) -> Iterator[BrainRow]:
    told = set[str]()
    for decision in record.decisions:
        if decision.gates and decision.instrument not in told:
            told.add(decision.instrument)
            yield _row(record, decision)


def _row(record: DecisionRecord, decision: Decision) -> BrainRow:
    declared = zip(record.gates.get(decision.strategy, ()), decision.gates, strict=False)
    found = next((gate for (name, _), gate in declared if name == "brain"), None)
    edge, limit = (found.value, found.threshold) if found else (float("nan"), float("nan"))
    return BrainRow(
        instrument=decision.instrument,
        shard=record.shard,
        ts=record.ts,
        regime=regime_of(record, decision),
        edge=edge if isfinite(edge) else None,
        limit=limit if isfinite(limit) else None,
        vetoes=found is not None and not found.passed,
    )


def _evenly(steps: Sequence[Chain]) -> Sequence[Chain]:
    every = -(-len(steps) // _STEPS)
    return steps[::-1][::every][::-1]


def _step(one: Chain) -> BrainStep:
    return BrainStep(
        ts=one.ts, state=one.state, samples=round(one.samples, 3), edge=_of(one, one.edge), error=_of(one, one.error)
    )


def _of(one: Chain, value: float) -> float | None:
    """Return an estimate; without samples the kernel's number is that of another state, and none of this one."""
    return round(value, 6) if one.samples > 0 and isfinite(value) else None

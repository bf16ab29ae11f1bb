"""Why: strategies, what each sees now, and every decision with its gates."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from math import isfinite
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import FOREVER, Instrument, Strategy, account_of, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.decisions import (
    DecisionDocument,
    ExplainedDocument,
    GateDocument,
    StrategyDocument,
    StrategyStatus,
)
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import Problem
from tradewind.application.explaining import Explanation, GateLine
from tradewind.application.regimes import regime_of
from tradewind.domain.configuration import Shard, StrategyRules
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.sizing import Sizing
from tradewind.strategies.registry import build

_RECORDS = 40
"""Decisions items that one question may read."""

Time = Annotated[
    int, Query(description="UTC ms: when a bar opened or any time within it; or a decision's `ts`.", ge=0, le=FOREVER)
]
Closes = Annotated[bool, Query(description="The time is when the bar closed, as a decision's `ts` is.")]
OneAccount = Annotated[str | None, Query(description="Only this account.", max_length=64)]
OneAction = Annotated[Action | None, Query(description="Only this action.")]
Before = Annotated[int, Query(alias="to", description="UTC ms; bars that closed up to this time.", ge=0, le=FOREVER)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = DecisionView(desk)
    gateway.reads("/api/strategies", view.strategies, tag="Decisions", version=desk.seeing.rules)
    gateway.reads("/api/strategy-status", view.strategy_status, tag="Decisions", version=desk.seeing.decided)
    gateway.reads("/api/decisions", view.decisions, tag="Decisions", version=desk.seeing.decided)
    gateway.reads("/api/explain", view.explain, tag="Decisions")


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What strategies decided, and why."""

    desk: Desk

    def strategies(self) -> Page[StrategyDocument]:
        """List the strategies at work with their parameters and gates."""
        return Page(items=[self._strategy(rules) for rules in self.desk.configuration.strategies])

    def strategy_status(
        self,
        account: OneAccount = None,
        strategy: Strategy = None,
        instrument: Instrument = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[StrategyStatus]:
        """Show what each strategy sees at its latest bar: every gate's value, threshold and distance to a trade."""
        wanted = self._wanted(account, strategy, instrument, None)
        number, place = position_of("strategy-status", cursor, [0, 0])
        items: list[StrategyStatus] = []
        shards = self._shards(instrument)
        for n in range(number, len(shards)):
            record = self.desk.explain.latest(shards[n].name)
            if record is None:
                continue
            for at, decision in enumerate(record.decisions):
                if (n, at) < (number, place) or not wanted(decision):
                    continue
                if len(items) == limit:
                    return Page(items=items, next=cursor_of("strategy-status", [n, at]))
                items.append(self._status(record, decision))
        return Page(items=items)

    def decisions(
        self,
        account: OneAccount = None,
        strategy: Strategy = None,
        instrument: Instrument = None,
        action: OneAction = None,
        until: Before = FOREVER,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[DecisionDocument]:
        """List decisions, the latest bar's first."""
        wanted = self._wanted(account, strategy, instrument, action)
        ts, *after = position_of("decisions", cursor, [until, 0, 0, 0])
        items: list[DecisionDocument] = []
        seen: set[tuple[int, ...]] = set()
        for row in self.desk.explain.rows(self._shards(instrument), ts):
            if row.place[0] == ts and row.place[1:] < tuple(after):
                continue
            seen.add(row.place[:3])
            if len(items) == limit or len(seen) > _RECORDS:
                return Page(items=items, next=cursor_of("decisions", list(row.place)))
            if wanted(row.decision):
                items.append(DecisionDocument(**decision_fields(row.record, row.decision)))
        return Page(items=items)

    def explain(
        self,
        time: Time,
        instrument: Annotated[str, Query(max_length=64)],
        closes: Closes = False,  # noqa: FBT002
    ) -> Page[ExplainedDocument]:
        """Say why one bar led to what it led to: every gate with its value, threshold and distance."""
        name = instrument_of(self.desk, instrument)
        found = self.desk.explain(name, time, is_close=closes)
        if not found:
            near = self.desk.explain.nearest(name, time)
            where = f": the nearest bars opened at {' and '.join(map(str, near))}" if near else " yet"
            raise Problem(HTTPStatus.NOT_FOUND, f"nothing was decided on {name} at {time}{where}")
        return Page(items=list(map(_explained, found)))

    def _shards(self, instrument: str | None) -> list[Shard]:
        return shards_of(self.desk, instrument_of(self.desk, instrument) if instrument else None)

    def _wanted(
        self, account: str | None, strategy: str | None, instrument: str | None, action: Action | None
    ) -> Callable[[Decision], bool]:
        owner = account_of(self.desk, account) if account else None
        name = instrument_of(self.desk, instrument) if instrument else None

        def wanted(one: Decision) -> bool:
            asked = ((owner, one.account), (strategy, one.strategy), (name, one.instrument), (action, one.action))
            return all(want is None or want == has for want, has in asked)

        return wanted

    def _strategy(self, rules: StrategyRules) -> StrategyDocument:
        built = build(rules.name, {}, self.desk.settings.user_strategies)
        given = {**{one.name: one.default for one in built.declared}, **rules.parameters}
        return StrategyDocument(
            name=rules.name,
            account=rules.account,
            timeframe=rules.timeframe,
            parameters=given,
            warmup=built.warmup,
            gates=[{"name": gate.name, "kind": str(gate.kind), "unit": gate.unit} for gate in built.gates],
            protections={name: str(value) for name, value in asdict(rules.protections).items()},
            sizing=_sizing(rules.gates.sizing),
            minimum_strength=rules.gates.minimum_strength,
            confirmations=rules.gates.confirmations,
            ml_confidence=rules.gates.ml_confidence,
            size_multiplier=rules.gates.size_multiplier,
        )

    def _status(self, record: DecisionRecord, decision: Decision) -> StrategyStatus:
        gates = list(self.desk.explain.gates(record, decision))
        failing = [gate for gate in gates if gate.kind == "required" and not gate.passed]
        return StrategyStatus(
            **decision_fields(record, decision),
            gates=list(map(_gate, gates)),
            failing=[gate.name for gate in failing],
            nearest=min(failing, key=_share).name if failing else None,
        )


def _sizing(one: Sizing) -> dict[str, str]:
    told = {name: str(value) for name, value in asdict(one).items()}
    return told | {"regimes": ", ".join(f"{regime} {multiplier:g}" for regime, multiplier in one.regimes)}


def decision_fields(record: DecisionRecord, decision: Decision) -> Mapping[str, Any]:
    """Return what every document of a decision tells."""
    return {
        "ts": record.ts,
        "rev": record.rev,
        "late": record.late,
        "shard": record.shard,
        "account": decision.account,
        "strategy": decision.strategy,
        "instrument": decision.instrument,
        "action": decision.action,
        "reason": decision.reason,
        "strength": _number(decision.strength),
        "value": _number(decision.value),
        "limit": _number(decision.limit),
        "intent_id": decision.intent,
        "regime": regime_of(record, decision),
    }


def _explained(one: Explanation) -> ExplainedDocument:
    return ExplainedDocument(
        **decision_fields(one.record, one.decision),
        ohlcv=list(one.bar[2:]) if one.bar else None,
        missing=one.missing,
        gates=list(map(_gate, one.gates)),
        configuration=one.record.configuration,
        code=one.code,
    )


def _gate(gate: GateLine) -> GateDocument:
    numbers = {name: _number(getattr(gate, name)) for name in ("value", "threshold", "distance")}
    return GateDocument(
        name=gate.name, kind=gate.kind, comparison=gate.comparison, passed=gate.passed, unit=gate.unit, **numbers
    )


def _share(gate: GateLine) -> float:
    """Return how much a gate lacks, as a share of its threshold."""
    lacking = abs(gate.distance) / abs(gate.threshold) if gate.threshold else abs(gate.distance)
    return lacking if isfinite(lacking) else float("inf")


def _number(value: float) -> float | None:
    return value if isfinite(value) else None

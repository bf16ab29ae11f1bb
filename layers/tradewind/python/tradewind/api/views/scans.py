"""The latest bars in numbers: scans, and why they led to no trade."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import FOREVER, Instrument, Strategy, account_of, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.decisions import DecisionSummary, ReasonDocument, ScanDocument
from tradewind.domain.decision_outline import Outline, counted

_MOST = 240
"""Decisions items that one question may look at, over all shards."""
_REASONS = 200

OneAccount = Annotated[str | None, Query(description="Only this account.", max_length=64)]
Before = Annotated[int, Query(alias="to", description="UTC ms; bars that closed up to this time.", ge=0, le=FOREVER)]
Bars = Annotated[
    int, Query(description="The latest so many of each shard; fewer where shards are many.", ge=1, le=_MOST)
]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the path."""
    gateway.reads(
        "/api/decisions/summary", ScanView(desk).decision_summary, tag="Decisions", version=desk.seeing.decided
    )


@dataclass(frozen=True, slots=True)
class ScanView:
    """What the latest bars came to."""

    desk: Desk

    def decision_summary(
        self,
        account: OneAccount = None,
        strategy: Strategy = None,
        instrument: Instrument = None,
        until: Before = FOREVER,
        bars: Bars = 24,
    ) -> DecisionSummary:
        """Count what was decided on the latest bars, by action and reason; what was corrected later counts once."""
        wanted = (
            account_of(self.desk, account) if account else None,
            strategy,
            instrument_of(self.desk, instrument) if instrument else None,
        )
        seen = [(one, _counts(one, wanted)) for one in self._outlines(wanted[2], until, bars)]
        counts = Counter[tuple[str, str, str]]()
        for _, found in seen:
            for (_, name, action, reason), count in found.items():
                counts[name, action, reason] += count
        return DecisionSummary(
            bars=len(seen),
            decisions=counts.total(),
            since=min((one.ts for one, _ in seen), default=0),
            until=max((one.ts for one, _ in seen), default=0),
            reasons=[_reason(*one) for one in counts.most_common(_REASONS)],
            scans=[_scan(one, found) for one, found in sorted(seen, key=lambda pair: (-pair[0].ts, pair[0].shard))],
        )

    def _outlines(self, instrument: str | None, until: int, bars: int) -> Iterator[Outline]:
        shards = shards_of(self.desk, instrument_of(self.desk, instrument) if instrument else None)
        each = max(1, min(bars, _MOST // max(1, len(shards))))
        progress = [self.desk.seeing.progress_of(shard) for shard in shards] if until == FOREVER else []
        found = self.desk.insight.outlines.lately([one for one in progress if one], each)
        for shard in shards:
            latest = found.get(shard.name) or self.desk.insight.outlines.latest(shard.name, until, each)
            yield from (one for one in latest if not one.late)


def _counts(outline: Outline, wanted: Sequence[str | None]) -> Mapping[tuple[str, str, str, str], int]:
    """Return how often each (account, strategy, action, reason) was decided of what is wanted."""
    account, strategy, instrument = wanted
    counts = counted(row for row in outline.rows if row.instrument == instrument) if instrument else outline.counts
    return {one: n for one, n in counts.items() if account in {None, one[0]} and strategy in {None, one[1]}}


def _reason(named: tuple[str, str, str], count: int) -> ReasonDocument:
    strategy, action, reason = named
    return ReasonDocument(strategy=strategy, action=action, reason=reason, count=count)


def _scan(outline: Outline, counts: Mapping[tuple[str, str, str, str], int]) -> ScanDocument:
    actions = Counter[str]()
    for (_, _, action, _), count in counts.items():
        actions[action] += count
    return ScanDocument(ts=outline.ts, shard=outline.shard, decisions=actions.total(), actions=dict(actions))

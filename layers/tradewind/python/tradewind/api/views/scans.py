"""The latest bars in numbers: scans, and why they led to no trade."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import FOREVER, Instrument, Strategy, account_of, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.decisions import DecisionSummary, ReasonDocument, ScanDocument
from tradewind.domain.decision_outline import Outline, OutlineRow

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
        seen = [(one, _rows(one, wanted)) for one in self._outlines(wanted[2], until, bars)]
        counts = Counter((row.strategy, row.action, row.reason) for _, rows in seen for row in rows)
        return DecisionSummary(
            bars=len(seen),
            decisions=counts.total(),
            since=min((one.ts for one, _ in seen), default=0),
            until=max((one.ts for one, _ in seen), default=0),
            reasons=[_reason(*one) for one in counts.most_common(_REASONS)],
            scans=[_scan(one, rows) for one, rows in sorted(seen, key=lambda pair: (-pair[0].ts, pair[0].shard))],
        )

    def _outlines(self, instrument: str | None, until: int, bars: int) -> Iterator[Outline]:
        shards = shards_of(self.desk, instrument_of(self.desk, instrument) if instrument else None)
        each = max(1, min(bars, _MOST // max(1, len(shards))))
        for shard in shards:
            found = self.desk.insight.outlines.latest(shard.name, until, each)
            yield from (one for one in found if not one.late)


def _rows(outline: Outline, wanted: Sequence[str | None]) -> list[OutlineRow]:
    return [row for row in outline.rows if all(want in {None, has} for want, has in zip(wanted, row, strict=False))]


def _reason(named: tuple[str, str, str], count: int) -> ReasonDocument:
    strategy, action, reason = named
    return ReasonDocument(strategy=strategy, action=action, reason=reason, count=count)


def _scan(outline: Outline, rows: Iterable[OutlineRow]) -> ScanDocument:
    actions = Counter(row.action for row in rows)
    return ScanDocument(ts=outline.ts, shard=outline.shard, decisions=actions.total(), actions=dict(actions))

"""Gather what a report says, from what the tables show and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tradewind.application.holdings import Holding, holdings
from tradewind.application.ports import HealthBoard
from tradewind.application.standing import AccountStanding, Standing
from tradewind.domain.decision import Action
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import NOTHING
from tradewind.domain.reporting import AccountReport, EquityPoint, HeldReport, Report

RECORDS = 500
"""Most decision records of a shard that a report reads: the latest."""

_REASONS = 8
_MONTH = 31 * 86_400_000


class ReportSource(Protocol):
    """What a report asks for beside how it stands."""

    def entries_since(self, journal: str, ts: int) -> Iterable[JournalEntry]:
        """Return a journal's entries that are later than a time, UTC ms."""

    def equity(self, account: str, since: int) -> Sequence[EquityPoint]:
        """Return what an account was worth, the oldest first."""

    def note_equity(self, account: str, point: EquityPoint) -> None:
        """Remember what an account is worth."""

    def decisions(self, shard: str, since: int, limit: int) -> Sequence[DecisionRecord]:
        """Return a shard's latest decisions that are later than a time."""


type Cost = Callable[[int], Decimal | None]
"""Returns the dollars of the month that holds a time (UTC ms), None where nothing has been metered."""


@dataclass(frozen=True, slots=True)
class MakeReport:
    """Say how it stands and what happened since."""

    standing: Standing
    source: ReportSource
    board: HealthBoard
    cost: Cost

    def __call__(self, title: str, zone: str, since: int, now: int) -> Report:
        """Return the report of (since, now], UTC ms."""
        accounts = self.standing.accounts()
        events = {one.rules.name: self._events(one.rules.name, since) for one in accounts}
        every = [event for found in events.values() for event in found]
        filled = [event for event in every if event.kind == "ORDER_FILLED"]
        # An entry realises its fee, which is no loss of a trade yet.
        gains = [realised(event) for event in filled if not event.text.startswith("ENTRY ")]
        records = [self.source.decisions(one.name, since, RECORDS) for one in self.standing.configuration.shards]
        actions, reasons = tally(record for found in records for record in found)
        return Report(
            environment=self.standing.configuration.environment,
            title=title,
            zone=zone,
            since=since,
            until=now,
            accounts=[self._account(one, events[one.rules.name], since, now) for one in accounts],
            held=[_held(one) for account in accounts for one in holdings(account.books)],
            fills=len(filled),
            won=sum(gain > 0 for gain in gains),
            lost=sum(gain < 0 for gain in gains),
            denied=sum(event.kind == "ORDER_DENIED" for event in every),
            decisions=dict(actions),
            reasons=dict(reasons.most_common(_REASONS)),
            capped=any(len(found) == RECORDS for found in records),
            failing=self.board.get().failing,
            cost=self.cost(now),
        )

    def note_equity(self, now: int) -> int:
        """Remember what every account is worth; return how many."""
        accounts = self.standing.accounts()
        for one in accounts:
            self.source.note_equity(one.rules.name, EquityPoint(now, one.equity))
        return len(accounts)

    def _events(self, account: str, since: int) -> list[Event]:
        return [event for entry in self.source.entries_since(account, since) for event in entry.events]

    def _account(self, one: AccountStanding, events: Sequence[Event], since: int, now: int) -> AccountReport:
        curve = self.source.equity(one.rules.name, min(since, now - _MONTH))
        before = [point.equity for point in curve if point.ts <= since]
        normal = one.control.state is TradingState.NORMAL
        earned = [event for event in events if "realised" in (event.data or {})]  # charges and interest too
        return AccountReport(
            name=one.rules.name,
            equity=one.equity,
            profit=one.equity - (before[-1] if before else one.account.opening),
            realised=sum(map(realised, earned), NOTHING),
            fees=sum((Decimal((event.data or {})["fee"]) for event in earned), NOTHING),
            cash=one.account.cash,
            state="trades" if normal else f"{one.control.state}: {one.control.reason}",
            curve=[*curve, EquityPoint(now, one.equity)],
        )


def realised(event: Event) -> Decimal:
    """Return what an event says that was realised."""
    return Decimal((event.data or {})["realised"])


def tally(records: Iterable[DecisionRecord]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each action was decided, and each reason for not trading."""
    actions, reasons = Counter[str](), Counter[str]()
    for record in records:
        for one in record.decisions:
            actions[str(one.action)] += 1
            if one.action not in {Action.ENTER, Action.EXIT}:
                reasons[one.reason.partition(":")[0]] += 1
    return actions, reasons


def _held(one: Holding) -> HeldReport:
    return HeldReport(one.instrument, one.strategy, one.quantity, one.entry, one.mark, one.unrealised, one.stop)

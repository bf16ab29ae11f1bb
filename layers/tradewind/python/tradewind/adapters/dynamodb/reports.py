"""What reports read and note.

| pk | sk | what |
|---|---|---|
| `EQUITY#{account}` | `{ts:013d}` | what an account was worth: a measurement, in the market table |
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tradewind.adapters.dynamodb import ledger_items
from tradewind.adapters.dynamodb.codec import decimal, reading
from tradewind.adapters.dynamodb.decisions import record_of
from tradewind.adapters.dynamodb.slice_log import step_key
from tradewind.adapters.dynamodb.table import Item, Table, WallClock, expiry, key, text
from tradewind.application.make_report import ReportSource
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import JournalEntry
from tradewind.domain.reporting import EquityPoint

EQUITY_DAYS = 800
"""Two years and a little, as nothing that explains the past is kept for less."""


@dataclass(frozen=True, slots=True)
class DynamoReports(ReportSource):
    """Both tables; only equity is written."""

    market: Table
    ledger: Table
    clock: WallClock

    def entries_since(self, journal: str, ts: int) -> Iterable[JournalEntry]:
        """Return a journal's entries that are later than a time, the latest first."""
        pk, _ = ledger_items.journal_key(journal, 0)
        entries = map(ledger_items.entry_of, self.ledger.query(pk, backwards=True))
        return takewhile(lambda entry: entry.ts > ts, entries)

    def equity(self, account: str, since: int) -> Sequence[EquityPoint]:
        """Return what an account was worth, the oldest first."""
        return [_point(item) for item in self.market.query(f"EQUITY#{account}", first=f"{max(since, 0):013d}")]

    def note_equity(self, account: str, point: EquityPoint) -> None:
        """Remember what an account is worth."""
        where = key(f"EQUITY#{account}", f"{point.ts:013d}")
        self.market.put({**where, "equity": text(str(point.equity)), "expires_at": expiry(self.clock, EQUITY_DAYS)})

    def decisions(self, shard: str, since: int, limit: int) -> Sequence[DecisionRecord]:
        """Return a shard's latest decisions that are later than a time, the latest first."""
        first = step_key(since + 1, 0)
        return [
            record_of(one) for one in self.market.query(f"DECISIONS#{shard}", first=first, limit=limit, backwards=True)
        ]


def _point(item: Item) -> EquityPoint:
    with reading("EQUITY"):
        return EquityPoint(int(item["sk"]["S"]), decimal(item["equity"]["S"]))

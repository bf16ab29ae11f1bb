"""What an environment tells of itself: logs, storage, reports, and who asked for what."""

from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.access import Role
from tradewind.api.asking import FOREVER, Kept, kept_name, span_of
from tradewind.api.asking import Since as At
from tradewind.api.asking import Until as UpTo
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.ledger import FillDocument
from tradewind.api.models.monitor import (
    AskedDocument,
    LogLine,
    ReportDocument,
    TableDocument,
)
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import unknown
from tradewind.api.views.ledger import fill_document
from tradewind.application.activity import Activity
from tradewind.application.once import AUDIT
from tradewind.application.together import OVER, together
from tradewind.domain.errors import PermanentError

_DAY = 86_400_000
Function = Annotated[str, Query(description="As execute_orders.", max_length=40)]
Words = Annotated[str, Query(description="Only lines with these words.", pattern=r'^[^"\\]*$', max_length=100)]
Since = Annotated[int, Query(alias="from", description="UTC ms; an hour ago without it.", ge=0, le=FOREVER)]
Until = Annotated[int, Query(alias="to", description="UTC ms; now without it.", ge=0, le=FOREVER)]
Lines = Annotated[int, Query(description="Most lines.", ge=1, le=200)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = MonitorView(desk)
    gateway.reads("/api/monitor/logs", view.monitor_logs, tag="Monitor")
    gateway.reads("/api/monitor/trades", view.monitor_trades, tag="Monitor", version=desk.seeing.traded)
    gateway.reads("/api/monitor/storage", view.monitor_storage, tag="Monitor")
    gateway.reads("/api/reports", view.reports, tag="Reports")
    gateway.reads("/api/reports/<name>", view.report, tag="Reports")
    gateway.reads("/api/audit", view.audit, Role.ADMIN, tag="Monitor")


@dataclass(frozen=True, slots=True)
class MonitorView:
    """What an environment tells of itself."""

    desk: Desk

    def monitor_logs(
        self,
        function: Function,
        words: Words = "",
        since: Since = 0,
        until: Until = FOREVER,
        limit: Lines = 100,
        cursor: Cursor = None,
    ) -> Page[LogLine]:
        """Show lines of a function's log, oldest first, as many as are asked for and never more."""
        if function not in self.desk.functions:
            raise unknown(f"there is no function {function!r}: there are {', '.join(sorted(self.desk.functions))}")
        now = self.desk.now()
        token = position_of(f"logs {function}", cursor, "")
        span = (since or now - _DAY // 24, min(until, now))
        if span[0] > span[1]:  # nothing is logged ahead of time, and CloudWatch takes such a span for a mistake
            return Page(items=[])
        lines, further = self.desk.observing.tail(function, words, *span, limit, token)
        items = [LogLine(ts=one.ts, function=function, text=one.text) for one in lines]
        return Page(items=items, next=cursor_of(f"logs {function}", further) if further else None)

    def monitor_trades(self, limit: Limit = 50, cursor: Cursor = None) -> Page[FillDocument]:
        """List the fills of every account together, the latest first."""
        names = [one.name for one in self.desk.configuration.accounts]
        places = dict(zip(names, position_of("all fills", cursor, [0] * len(names)), strict=True))
        activity = Activity(self.desk.records)
        found, after = together(lambda name, at: activity.fills(name, at, limit, lambda _: True), places, limit)
        more = any(after[name] != OVER for name in names)
        further = cursor_of("all fills", [after[name] for name in names]) if more else None
        return Page(items=list(map(fill_document, found)), next=further)

    def monitor_storage(self) -> Page[TableDocument]:
        """Show how large the tables are."""
        tables = {"market": self.desk.settings.market_table, "ledger": self.desk.settings.ledger_table}
        sizes = {name: self.desk.observing.size(table) for name, table in tables.items()}
        return Page(items=[TableDocument(table=name, items=n, bytes=size) for name, (n, size) in sizes.items()])

    def reports(self, limit: Limit = 50, cursor: Cursor = None) -> Page[ReportDocument]:
        """List the stored reports, the latest first."""
        names = self.desk.reports.names(limit + 1, position_of("reports", cursor, ""))
        more = cursor_of("reports", names[limit - 1]) if len(names) > limit else None
        return Page(items=[ReportDocument(name=name) for name in names[:limit]], next=more)

    def report(self, name: Kept) -> ReportDocument:
        """Show one report as text."""
        try:
            return ReportDocument(name=name, text=self.desk.reports.text(kept_name(name), "txt"))
        except PermanentError:
            raise unknown(f"there is no report {name!r}") from None

    def audit(
        self, since: At = 0, until: UpTo = FOREVER, limit: Limit = 100, cursor: Cursor = None
    ) -> Page[AskedDocument]:
        """List who asked for what, the latest first."""
        before = position_of("audit", cursor, 0)
        found = Activity(self.desk.records).events(AUDIT, before, limit, lambda _: True, span_of(since, until))
        items = []
        for entry, place in found.items:
            facts = entry.events[place].data or {}
            told = {name: str(facts.get(name, "")) for name in ("by", "role", "what", "key", "body")}
            items.append(AskedDocument(seq=entry.seq, ts=entry.ts, **told))
        return Page(items=items, next=cursor_of("audit", found.next) if found.next else None)

"""What an environment tells of itself: logs, storage, cost, reports, backtests, and who asked for what."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from tradewind.adapters.observing import Used
from tradewind.api.access import Role
from tradewind.api.asking import FOREVER
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.ledger import FillDocument
from tradewind.api.models.monitor import (
    AskedDocument,
    BacktestDocument,
    ChannelOutcome,
    CostDocument,
    FunctionCost,
    LogLine,
    ReportDocument,
    TableDocument,
    TestWanted,
)
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import Problem, unknown
from tradewind.api.views.ledger import fill_document
from tradewind.application.activity import Activity
from tradewind.application.once import AUDIT
from tradewind.domain.alerting import TEST, channels_of
from tradewind.domain.errors import PermanentError
from tradewind.domain.events import Event, Severity

_DAY = 86_400_000
_GIGABYTE_SECOND, _INVOCATION = 0.0000133334, 0.20 / 1_000_000
"""Lambda on arm64 in us-east-1, on demand. Source: https://aws.amazon.com/lambda/pricing/, November 2025."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,99}")

Function = Annotated[str, Query(description="As execute_orders.", max_length=40)]
Words = Annotated[str, Query(description="Only lines with these words.", pattern=r'^[^"\\]*$', max_length=100)]
Since = Annotated[int, Query(alias="from", description="UTC ms; an hour ago without it.", ge=0, le=FOREVER)]
Until = Annotated[int, Query(alias="to", description="UTC ms; now without it.", ge=0, le=FOREVER)]
Lines = Annotated[int, Query(description="Most lines.", ge=1, le=200)]
Hours = Annotated[int, Query(description="How far back.", ge=1, le=720)]
Name = Annotated[str, Path(description="As the list has it.", max_length=100)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = MonitorView(desk)
    gateway.reads("/api/monitor/logs", view.monitor_logs, tag="Monitor")
    gateway.reads("/api/monitor/trades", view.monitor_trades, tag="Monitor")
    gateway.reads("/api/monitor/storage", view.monitor_storage, tag="Monitor")
    gateway.reads("/api/cost", view.cost, tag="Monitor")
    gateway.reads("/api/reports", view.reports, tag="Reports")
    gateway.reads("/api/reports/<name>", view.report, tag="Reports")
    gateway.reads("/api/backtests", view.backtests, tag="Reports")
    gateway.reads("/api/backtests/<name>", view.backtest, tag="Reports")
    gateway.reads("/api/audit", view.audit, Role.ADMIN, tag="Monitor")
    gateway.changes("POST", "/api/alerts/test", view.test_alert, Role.ADMIN, "Alerts", status_code=202)


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
        lines, further = self.desk.observing.tail(function, words, *span, limit, token)
        items = [LogLine(ts=one.ts, function=function, text=one.text) for one in lines]
        return Page(items=items, next=cursor_of(f"logs {function}", further) if further else None)

    def monitor_trades(self, limit: Limit = 50) -> Page[FillDocument]:
        """Show the latest fills of every account together."""
        names = [one.name for one in self.desk.configuration.accounts]
        look = Activity(self.desk.records)
        found = [fill for name in names for fill in look.fills(name, 0, limit, lambda _: True).items]
        latest = sorted(found, key=lambda one: one.ts, reverse=True)
        return Page(items=list(map(fill_document, latest[:limit])))

    def monitor_storage(self) -> Page[TableDocument]:
        """Show how large the tables are."""
        tables = {"market": self.desk.settings.market_table, "ledger": self.desk.settings.ledger_table}
        sizes = {name: self.desk.observing.size(table) for name, table in tables.items()}
        return Page(items=[TableDocument(table=name, items=n, bytes=size) for name, (n, size) in sizes.items()])

    def cost(self, hours: Hours = 24) -> CostDocument:
        """Show what the functions used and what that comes to at list prices."""
        # By whole hours: metrics are asked for by the hour, and an answer that is the same need not be sent again.
        until = self.desk.now() // (_DAY // 24) * (_DAY // 24)
        since = until - hours * _DAY // 24
        used = self.desk.observing.used(sorted(self.desk.functions), since, until)
        rows = [
            FunctionCost(
                function=name, invocations=one.invocations, milliseconds=round(one.milliseconds, 1),
                memory=self.desk.functions[name], dollars=_dollars(one, self.desk.functions[name]),
            )
            for name, one in used.items()
        ]  # fmt: skip
        total = sum(one.dollars for one in rows)
        month = total * 720 / hours
        return CostDocument(
            since=since,
            until=until,
            prices_of="2025-11-01",
            functions=rows,
            dollars=round(total, 6),
            month=round(month, 4),
        )

    def reports(self, limit: Limit = 50) -> Page[ReportDocument]:
        """List the stored reports, the latest first."""
        return Page(items=[ReportDocument(name=name) for name in self.desk.reports.names(limit)])

    def report(self, name: Name) -> ReportDocument:
        """Show one report as text."""
        try:
            return ReportDocument(name=name, text=self.desk.reports.text(_named(name), "txt"))
        except PermanentError:
            raise unknown(f"there is no report {name!r}") from None

    def backtests(self, limit: Limit = 50) -> Page[BacktestDocument]:
        """List the stored backtests, the latest first."""
        return Page(items=[BacktestDocument(name=name) for name in self.desk.backtests()[:limit]])

    def backtest(self, name: Name) -> BacktestDocument:
        """Show one backtest's summary."""
        try:
            return BacktestDocument(name=name, summary=json.loads(self.desk.backtest(_named(name))))
        except PermanentError:
            raise unknown(f"there is no backtest {name!r}") from None

    def audit(self, limit: Limit = 100, cursor: Cursor = None) -> Page[AskedDocument]:
        """List who asked for what, the latest first."""
        before = position_of("audit", cursor, 0)
        found = Activity(self.desk.records).events(AUDIT, before, limit, lambda _: True)
        items = []
        for entry, place in found.items:
            facts = entry.events[place].data or {}
            told = {name: str(facts.get(name, "")) for name in ("by", "role", "what", "key", "body")}
            items.append(AskedDocument(seq=entry.seq, ts=entry.ts, **told))
        return Page(items=items, next=cursor_of("audit", found.next) if found.next else None)

    def test_alert(self, wanted: Annotated[TestWanted, Body()]) -> Page[ChannelOutcome]:
        """Send a test through the deployed path to one channel, or to all; /api/alerts shows that it was sent."""
        channels = [one.name for one in channels_of(self.desk.configuration.alerts)]
        asked = [name for name in channels if wanted.channel in {"", name}]
        if not asked:
            raise Problem(
                HTTPStatus.CONFLICT,
                f"there is no channel {wanted.channel!r}: there are {', '.join(channels) or 'none'}",
            )
        now = self.desk.now()
        text = "This is a test. If you can read it, the channel works."
        alert_id = f"test-{now}"
        self.desk.topic.publish(alert_id, Event(TEST, Severity.INFO, text, "", {"channel": wanted.channel}), now)
        return Page(items=[ChannelOutcome(alert_id=alert_id, channel=name) for name in asked])


def _dollars(used: Used, memory: int) -> float:
    seconds = used.milliseconds / 1000
    return round(seconds * memory / 1024 * _GIGABYTE_SECOND + used.invocations * _INVOCATION, 6)


def _named(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        raise unknown(f"there is nothing called {name!r}")
    return name

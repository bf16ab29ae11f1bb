"""Orders, fills, and what happened, the latest first."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import (
    FOREVER,
    Account,
    Instrument,
    Since,
    Strategy,
    Until,
    account_of,
    instrument_of,
    span_of,
)
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.ledger import AlertDocument, FillDocument, OrderDocument
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import Problem, invalid
from tradewind.application.activity import Activity, Found
from tradewind.application.in_time import EVER
from tradewind.application.publish_events import QUIET, SYSTEM
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.terms import terms_of

WORKING = "working"
_TERMS = ("kind", "limit", "trigger", "trail", "lifetime", "expires")
_LEVELS = frozenset({"price", "stop", "target", "limit", "trigger", "trail"})
Status = Annotated[str | None, Query(description="As FILLED; or `working`.", max_length=32)]
Source = Annotated[str | None, Query(description="`strategy`, `manual` or `webhook`.", max_length=32)]
ChangedSince = Annotated[
    int, Query(alias="from", description="UTC ms; those whose last change was after this time.", ge=0, le=FOREVER)
]
ChangedUntil = Annotated[
    int, Query(alias="to", description="UTC ms; those whose last change was up to this time.", ge=0, le=FOREVER)
]
Journal = Annotated[
    str | None, Query(description="An account, or `system`; the first account without it.", max_length=64)
]
Least = Annotated[Severity, Query(description="This severity and above.")]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = LedgerView(desk)
    gateway.reads("/api/orders", view.orders, tag="Ledger", version=desk.seeing.traded)
    gateway.reads("/api/fills", view.fills, tag="Ledger", version=desk.seeing.traded)
    gateway.reads("/api/alerts", view.alerts, tag="Alerts")


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The ledger, page by page."""

    desk: Desk

    def orders(
        self,
        account: Account = None,
        status: Status = None,
        instrument: Instrument = None,
        strategy: Strategy = None,
        source: Source = None,
        *,
        since: ChangedSince = 0,
        until: ChangedUntil = FOREVER,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[OrderDocument]:
        """List orders in their last state, the one that changed last first; those that work are all of now."""
        owner, wanted = account_of(self.desk, account), _status(status)
        name = instrument_of(self.desk, instrument) if instrument else None

        def keep(order: Order) -> bool:
            asked = ((name, order.instrument), (strategy, order.strategy), (source, order.source))
            return all(want in {None, has} for want, has in asked) and wanted(order)

        span = span_of(since, until)
        if status == WORKING:
            if span is not EVER:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{WORKING} orders are those of now: leave from and to away")
            books = self.desk.standing.account(owner).books
            working = [order_document(order) for book in books for order in book.orders if keep(order)]
            start = position_of(f"working {owner}", cursor, 0)
            more = cursor_of(f"working {owner}", start + limit) if start + limit < len(working) else None
            return Page(items=working[start : start + limit], next=more)
        before = position_of(f"orders {owner}", cursor, 0)
        found = Activity(self.desk.records).orders(owner, before, limit, keep, span)
        return _page(found, f"orders {owner}", order_document)

    def fills(
        self,
        account: Account = None,
        instrument: Instrument = None,
        strategy: Strategy = None,
        since: Since = 0,
        until: Until = FOREVER,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[FillDocument]:
        """List fills, the latest first."""
        owner = account_of(self.desk, account)
        name = instrument_of(self.desk, instrument) if instrument else None

        def keep(fill: Fill) -> bool:
            return name in {None, fill.instrument} and strategy in {None, fill.strategy}

        before = position_of(f"fills {owner}", cursor, 0)
        found = Activity(self.desk.records).fills(owner, before, limit, keep, span_of(since, until))
        return _page(found, f"fills {owner}", fill_document)

    def alerts(
        self,
        journal: Journal = None,
        severity: Least = Severity.INFO,
        since: Since = 0,
        until: Until = FOREVER,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[AlertDocument]:
        """List what was announced of an account, or of the system, the latest first."""
        owner = SYSTEM if journal == SYSTEM else account_of(self.desk, journal)
        ranks = list(Severity)

        def keep(event: Event) -> bool:
            return event.kind not in QUIET and ranks.index(event.severity) >= ranks.index(severity)

        before = position_of(f"alerts {owner}", cursor, 0)
        found = Activity(self.desk.records).events(owner, before, limit, keep, span_of(since, until))
        return _page(found, f"alerts {owner}", _alert)


def _page[T, D](found: Found[T], kind: str, document: Callable[[T], D]) -> Page[D]:
    return Page(items=list(map(document, found.items)), next=cursor_of(kind, found.next) if found.next else None)


def _status(text: str | None) -> Callable[[Order], bool]:
    if text is None:
        return lambda _: True
    if text == WORKING:
        return lambda order: order.status.is_working
    if text not in set(OrderStatus):
        raise invalid([{"loc": ("query", "status"), "msg": f"is none of {WORKING}, {', '.join(OrderStatus)}"}])
    return lambda order: order.status == text


def order_document(order: Order) -> OrderDocument:
    """Return an order as a document."""
    terms = terms_of(order)
    told: dict[str, Any] = {name: getattr(order, name) for name in OrderDocument.model_fields if name not in _TERMS}
    told |= {name: getattr(terms, name) for name in _TERMS}
    told |= {name: told[name] or None for name in _LEVELS}
    return OrderDocument(**told)


def fill_document(fill: Fill) -> FillDocument:
    """Return a fill as a document."""
    return FillDocument(**{name: getattr(fill, name) for name in FillDocument.model_fields})


def _alert(found: tuple[JournalEntry, int]) -> AlertDocument:
    entry, place = found
    event = entry.events[place]
    return AlertDocument(
        id=f"{entry.alert_id}-{place}",
        ts=entry.ts,
        journal=entry.journal,
        kind=event.kind,
        severity=event.severity,
        text=event.text,
        instrument=event.instrument,
        data=dict(event.data or {}),
    )

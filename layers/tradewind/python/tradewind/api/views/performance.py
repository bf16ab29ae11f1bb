"""What was earned: round trips, and sums over them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import (
    FOREVER,
    Account,
    Instrument,
    Strategy,
    account_of,
    instrument_of,
    span_of,
)
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.ledger import DayDocument, Performance, TallyDocument, TradeDocument, WorthDocument
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.application.in_time import EVER, Span, first_later
from tradewind.application.round_trips import RoundTrip
from tradewind.application.trade_view import Tally, View
from tradewind.domain.order import NOTHING
from tradewind.domain.timeframe import DAY

ClosedSince = Annotated[int, Query(alias="from", description="UTC ms; closed after this time.", ge=0, le=FOREVER)]
ClosedUntil = Annotated[int, Query(alias="to", description="UTC ms; closed up to this time.", ge=0, le=FOREVER)]

_MOST = 1_000
Points = Annotated[
    int,
    Query(description="The latest so many days and measures of equity; fewer where more had no room.", ge=1, le=_MOST),
]
_PAGES = 4
"""Pages that one question may turn: a filter that hardly anything passes must end."""

_FINE = Decimal("0.000001")


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = PerformanceView(desk)
    gateway.reads("/api/trades", view.trades, tag="Ledger", version=desk.seeing.followed)
    gateway.reads("/api/performance", view.performance, tag="Ledger")


@dataclass(frozen=True, slots=True)
class PerformanceView:
    """Round trips, and what they come to."""

    desk: Desk
    _summed: dict[str, tuple[View, dict[str, Any]]] = field(default_factory=dict)

    def trades(
        self,
        account: Account = None,
        instrument: Instrument = None,
        strategy: Strategy = None,
        since: ClosedSince = 0,
        until: ClosedUntil = FOREVER,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[TradeDocument]:
        """List round trips, the latest exit first."""
        owner = account_of(self.desk, account)
        name = instrument_of(self.desk, instrument) if instrument else None
        span = span_of(since, until)
        top = position_of(f"trades {owner}", cursor, 0) or self._begin(owner, span)

        def keep(trip: RoundTrip) -> bool:
            return name in {None, trip.instrument} and strategy in {None, trip.strategy} and span.has(trip.closed)

        found, top = self._walk(owner, top, limit, span.first, keep)
        return Page(items=list(map(_trade, found)), next=cursor_of(f"trades {owner}", top) if top else None)

    def _walk(
        self, account: str, top: int, limit: int, first: int, keep: Callable[[RoundTrip], bool]
    ) -> tuple[list[RoundTrip], int]:
        """Return round trips from a number down, and the number to go on with; 0 where the rest is too early."""
        found: list[RoundTrip] = []
        for _ in range(_PAGES):
            for trip in self.desk.views.trips(account, range(top, max(0, top - limit), -1)):
                if len(found) == limit:
                    return found, top
                if trip.closed <= first:
                    return found, 0
                top -= 1
                found += [trip] if keep(trip) else []
        return found, top

    def performance(self, account: Account = None, limit: Points = _MOST) -> Performance:
        """Show what an account earned: in all, by strategy, instrument and exit, by day and month."""
        owner = account_of(self.desk, account)
        with self.desk.seeing.account(owner):
            view, now = self.desk.follow(owner), self.desk.standing.account(owner)
        worth, sums = self.desk.worth(owner, 0)[-limit:], self._sums(owner, view)
        return Performance(
            account=owner,
            opening=now.account.opening,
            equity=now.equity,
            profit=now.profit,
            realised=now.account.realised,
            unrealised=now.profit - now.account.realised,
            fees=now.account.fees,
            deepest_fall=_deepest(now.account.opening, (amount for _, amount in sorted(view.days.items()))),
            **sums | {"days": sums["days"][-limit:]},
            worth=[WorthDocument(ts=one.ts, equity=one.equity) for one in worth],
            behind=max(0, now.account.seq - view.seq),
        )

    def _sums(self, account: str, view: View) -> dict[str, Any]:
        """Return what a view comes to as documents, which are the same as long as it is the same view."""
        known = self._summed.get(account)
        if known is None or known[0] is not view:
            known = self._summed[account] = view, _sums(view)
        return known[1]

    def _begin(self, account: str, span: Span) -> int:
        """Return the number of the last round trip that can belong to a span."""

        def times(numbers: Sequence[int]) -> Mapping[int, int]:
            found = self.desk.views.trips(account, numbers)
            return {number: one.closed for number, one in zip(numbers, found, strict=True)}

        trips = self._followed(account).trips
        return trips if span is EVER else first_later(times, trips, span.last) - 1

    def _followed(self, account: str) -> View:
        with self.desk.seeing.account(account):
            return self.desk.follow(account)


def _trade(trip: RoundTrip) -> TradeDocument:
    told = {name: getattr(trip, name) for name in TradeDocument.model_fields}
    return TradeDocument(**told | {"change": trip.change.quantize(_FINE)})


def _sums(view: View) -> dict[str, Any]:
    days = sorted(view.days.items())
    return {
        "all": _tally("all", view.tallies.get("all", Tally())),
        **{f"by_{kind}": _tallies(view.tallies, f"{kind} ") for kind in ("strategy", "instrument", "exit", "regime")},
        "days": _running([(_day(day), amount) for day, amount in days]),
        "months": _running(_months(days)),
    }


def _tallies(tallies: Mapping[str, Tally], prefix: str) -> list[TallyDocument]:
    chosen = sorted((name, one) for name, one in tallies.items() if name.startswith(prefix))
    return [_tally(name.removeprefix(prefix), one) for name, one in chosen]


def _tally(name: str, one: Tally) -> TallyDocument:
    profit = one.won - one.lost
    return TallyDocument(
        name=name,
        trips=one.trips,
        wins=one.wins,
        losses=one.losses,
        pnl=profit,
        fees=one.fees,
        win_rate=_share(Decimal(one.wins), Decimal(one.trips)),
        profit_factor=_share(one.won, one.lost),
        average=_share(profit, Decimal(one.trips)),
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(_FINE) if whole else None


def _deepest(opening: Decimal, amounts: Iterable[Decimal]) -> Decimal:
    peak, worth, deepest = opening, opening, NOTHING
    for amount in amounts:
        worth += amount
        peak = max(peak, worth)
        deepest = max(deepest, (peak - worth) / peak if peak > 0 else NOTHING)
    return deepest.quantize(_FINE)


def _running(rows: Iterable[tuple[str, Decimal]]) -> list[DayDocument]:
    total, told = NOTHING, []
    for day, amount in rows:
        total += amount
        told.append(DayDocument(day=day, realised=amount, total=total))
    return told


def _months(days: Iterable[tuple[int, Decimal]]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for day, amount in days:
        sums[_day(day)[:7]] = sums.get(_day(day)[:7], NOTHING) + amount
    return list(sums.items())


def _day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * DAY / 1000, UTC):%Y-%m-%d}"

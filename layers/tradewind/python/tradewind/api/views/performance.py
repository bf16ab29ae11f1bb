"""What was earned: round trips, and sums over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tradewind.api.asking import Account, Instrument, Strategy, account_of, instrument_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.ledger import DayDocument, Performance, TallyDocument, TradeDocument, WorthDocument
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.application.round_trips import RoundTrip
from tradewind.application.trade_view import Tally, View
from tradewind.domain.order import NOTHING
from tradewind.domain.timeframe import DAY

_MOST = 1_000
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
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[TradeDocument]:
        """List round trips, the latest exit first."""
        owner = account_of(self.desk, account)
        name = instrument_of(self.desk, instrument) if instrument else None
        top = position_of(f"trades {owner}", cursor, 0) or self._followed(owner).trips
        items: list[TradeDocument] = []
        for _ in range(_PAGES):
            for trip in self.desk.views.trips(owner, range(top, max(0, top - limit), -1)):
                if len(items) == limit:
                    break
                top -= 1
                if name in {None, trip.instrument} and strategy in {None, trip.strategy}:
                    items.append(_trade(trip))
            if len(items) == limit:
                break
        return Page(items=items, next=cursor_of(f"trades {owner}", top) if top >= 1 else None)

    def performance(self, account: Account = None) -> Performance:
        """Show what an account earned: in all, by strategy, instrument and exit, by day and month."""
        owner = account_of(self.desk, account)
        with self.desk.seeing.account(owner):
            view, now = self.desk.follow(owner), self.desk.standing.account(owner)
        worth = self.desk.worth(owner, 0)[-_MOST:]
        return Performance(
            account=owner,
            opening=now.account.opening,
            equity=now.equity,
            profit=now.profit,
            realised=now.account.realised,
            unrealised=now.profit - now.account.realised,
            fees=now.account.fees,
            deepest_fall=_deepest(now.account.opening, (amount for _, amount in sorted(view.days.items()))),
            **self._sums(owner, view),
            worth=[WorthDocument(ts=one.ts, equity=one.equity) for one in worth],
            behind=max(0, now.account.seq - view.seq),
        )

    def _sums(self, account: str, view: View) -> dict[str, Any]:
        """Return what a view comes to as documents, which are the same as long as it is the same view."""
        known = self._summed.get(account)
        if known is None or known[0] is not view:
            known = self._summed[account] = view, _sums(view)
        return known[1]

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
        "days": _running([(_day(day), amount) for day, amount in days])[-_MOST:],
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

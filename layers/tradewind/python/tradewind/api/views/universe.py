"""Universes: who is listed, who belongs, and how each trades."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from statistics import fmean, pstdev
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import Symbol, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.market import CandidateDocument, ProfileDocument, UniverseDocument
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import unknown
from tradewind.application.refresh_universe import Membership
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import DAY
from tradewind.domain.universe import Candidate

_BARS = 30

Name = Annotated[str | None, Query(description="A universe by its name; the first one without it.", max_length=64)]
Members = Annotated[bool, Query(description="Only those who belong.")]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = UniverseView(desk)
    gateway.reads("/api/universe", view.universe, tag="Universe", version=view.days)
    gateway.reads("/api/monitor/universe", view.monitor_universe, tag="Monitor", version=view.days)
    gateway.reads("/api/symbol/<symbol>/profile", view.symbol_profile, tag="Market", version=view.known_of, of="symbol")


@dataclass(frozen=True, slots=True)
class UniverseView:
    """Who belongs today."""

    desk: Desk

    def days(self) -> tuple[int, ...]:
        """Return of which day each universe's membership is: what is told of it is the same all day."""
        today = self.desk.now() // DAY
        return tuple(self.desk.memberships.day_of(name, today) for name in self.desk.universes)

    def universe(
        self,
        name: Name = None,
        members: Members = False,  # noqa: FBT002 - a query's field; nobody calls it by place
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Page[CandidateDocument]:
        """List what a venue lists today with its scores, those with the largest turnover first."""
        known = self.desk.universes
        if not known and name is None:
            return Page(items=[])
        if not known or (name is not None and name not in known):
            raise unknown(f"there is no universe {name or ''}: there are {', '.join(known) or 'none'}")
        chosen = name or known[0]
        found = self._membership(chosen)
        belonging = frozenset(found.members) if found else frozenset()
        listed = sorted(found.listed if found else (), key=lambda one: (-one.turnover, one.id))
        rows = [one for one in listed if not members or one.id in belonging]
        start = position_of(f"universe {chosen}", cursor, 0)
        more = start + limit < len(rows)
        return Page(
            items=[_candidate(one, member=one.id in belonging) for one in rows[start : start + limit]],
            next=cursor_of(f"universe {chosen}", start + limit) if more else None,
        )

    def monitor_universe(self) -> Page[UniverseDocument]:
        """Show each universe in short: how many are listed, how many belong, and of which kinds."""
        rows = []
        for name in self.desk.universes:
            found = self._membership(name)
            listed = {one.id: one for one in found.listed} if found else {}
            chosen = [listed[one] for one in found.members if one in listed] if found else []
            rows.append(
                UniverseDocument(
                    universe=name,
                    day=_day(found.day) if found else "",
                    members=len(chosen),
                    listed=len(listed),
                    categories=dict(Counter(str(one.category) for one in chosen)),
                    profiles=dict(Counter(str(one.profile) for one in chosen)),
                )
            )
        return Page(items=rows)

    def symbol_profile(self, symbol: Symbol) -> ProfileDocument:
        """Show how one instrument trades: its scores in a universe, and what its own bars say."""
        name = instrument_of(self.desk, symbol)
        shard = self._shard(name)
        latest = self.desk.slices.latest(shard.name)
        bars = self.desk.history(name, shard.timeframe, latest - 2 * _BARS * shard.timeframe.ms, latest)[-_BARS:]
        returns = [after.close / before.close - 1 for before, after in pairwise(bars)]
        universe, found = next(
            ((one, kept) for one in self.desk.universes if (kept := self._membership(one)) and _of(kept, name)),
            ("", None),
        )
        candidate = _of(found, name) if found else None
        return ProfileDocument(
            instrument=name,
            universe=universe or None,
            day=_day(found.day) if found else None,
            scores=_candidate(candidate, member=name in found.members) if candidate and found else None,
            bars=len(bars),
            volatility=pstdev(returns) if len(returns) > 1 else None,
            range=fmean((bar.high - bar.low) / bar.close for bar in bars) if bars else None,
            average_volume=fmean(bar.volume for bar in bars) if bars else None,
        )

    def known_of(self, symbol: str) -> Hashable:
        """Return how far its bars have come and of which days universes are: what is told of it is made of both."""
        return self.desk.seeing.bars_of(self._shard(instrument_of(self.desk, symbol))), self.days()

    def _shard(self, name: InstrumentId) -> Shard:
        return max(shards_of(self.desk, name), key=lambda one: one.timeframe.ms)

    def _membership(self, name: str) -> Membership | None:
        return self.desk.memberships.on(name, self.desk.now() // DAY)


def _of(found: Membership, name: str) -> Candidate | None:
    return next((one for one in found.listed if one.id == name), None)


def _candidate(one: Candidate, *, member: bool) -> CandidateDocument:
    return CandidateDocument(
        instrument=one.id,
        member=member,
        category=one.category,
        profile=one.profile,
        turnover=one.turnover,
        spread_bps=_number(one.spread_bps),
        volatility=_number(one.volatility),
        trend=_number(one.trend),
        days=one.days,
        trading=one.trading,
    )


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


def _day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * DAY / 1000, UTC):%Y-%m-%d}"

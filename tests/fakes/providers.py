"""What functions share about providers, in memory."""

from dataclasses import dataclass, field

from tradewind.application.ports_reliability import BreakerStore, RateBudget
from tradewind.application.refresh_universe import Membership, UniverseStore
from tradewind.domain.breaker import Breaker
from tradewind.domain.errors import ConflictError
from tradewind.domain.membership import UniverseHistory
from tradewind.domain.rate import Lease


@dataclass
class FakeBreakers(BreakerStore):
    items: dict[str, Breaker] = field(default_factory=dict)
    reads: int = 0

    def get(self, provider: str) -> Breaker:
        self.reads += 1
        return self.items.get(provider, Breaker(provider))

    def put(self, breaker: Breaker) -> None:
        if self.items.get(breaker.provider, Breaker(breaker.provider)).version != breaker.version - 1:
            raise ConflictError(f"the breaker of {breaker.provider} has moved")
        self.items[breaker.provider] = breaker


@dataclass
class FakeRateBudget(RateBudget):
    free: dict[str, int] = field(default_factory=dict)
    writes: int = 0

    def lease(self, provider: str, slots: int, interval: int, now: int, latest: int) -> Lease | None:
        start = max(now, self.free.get(provider, 0))
        if start > latest:
            return None
        self.writes += 1
        self.free[provider] = start + slots * interval
        return Lease(start, slots, interval)


@dataclass
class FakeUniverses(UniverseStore):
    items: dict[tuple[str, int], Membership] = field(default_factory=dict)

    def put(self, membership: Membership) -> bool:
        stored = self.items.setdefault((membership.universe, membership.day), membership)
        return stored is membership

    def on(self, universe: str, day: int) -> Membership | None:
        days = [key for key in self.items if key[0] == universe and key[1] <= day]
        return self.items[max(days)] if days else None

    def between(self, universe: str, first: int, last: int) -> UniverseHistory:
        held = self.on(universe, first)
        begun = held.day if held else first
        days = sorted(day for name, day in self.items if name == universe and begun <= day <= last)
        members = tuple(frozenset(self.items[universe, day].members) for day in days)
        return UniverseHistory(universe, tuple(days), members)

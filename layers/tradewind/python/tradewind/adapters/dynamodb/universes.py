"""Memberships: `UNIVERSE#{name}` / `{day:06d}`, one item a day; they do not expire."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Item, Table, key, key_of
from tradewind.application.refresh_universe import Membership, UniverseStore
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.membership import UniverseHistory
from tradewind.domain.packing import seal, unseal
from tradewind.domain.universe import Candidate

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class DynamoUniverses(UniverseStore):
    """Memberships in the market table; of each universe the one that was asked for last is known."""

    table: Table
    _known: dict[str, Membership] = field(default_factory=dict)

    def put(self, membership: Membership) -> bool:
        """Write once."""
        header = {"schema": _SCHEMA, "members": list(membership.members)}
        body = json.dumps([_row(one) for one in membership.listed], separators=(",", ":")).encode()
        item: Item = {
            **key(f"UNIVERSE#{membership.universe}", f"{membership.day:06d}"), "data": {"B": seal(header, body)}
        }  # fmt: skip
        try:
            self.table.put(item, ABSENT)
        except ConditionError:
            return False
        return True

    def on(self, universe: str, day: int) -> Membership | None:
        """Return the membership that held on a UTC day number."""
        known = self._known.get(universe)
        if known and known.day == self.day_of(universe, day):
            return known
        found = next(map(_membership, self._latest(universe, day)), None)
        if found:
            self._known[universe] = found
        return found

    def day_of(self, universe: str, day: int) -> int:
        """Return of which day the membership is that held on a day; 0 if none did. It never changes."""
        known = self._known.get(universe)
        if known and known.day == day:  # none is later, so nobody need be asked
            return day
        return next((int(item["sk"]["S"]) for item in self._latest(universe, day, keys_only=True)), 0)

    def between(self, universe: str, first: int, last: int) -> UniverseHistory:
        """Return who belonged on each stored day of a time; what else was listed is not read out."""
        begun = self.day_of(universe, first) or first
        found = map(_members, self.table.query(f"UNIVERSE#{universe}", first=f"{begun:06d}", last=f"{last:06d}"))
        days = dict(found)
        return UniverseHistory(universe, tuple(days), tuple(days.values()), f"table {self.table.name}")

    def _latest(self, universe: str, day: int, *, keys_only: bool = False) -> Iterator[Item]:
        pk = f"UNIVERSE#{universe}"
        return self.table.query(pk, last=f"{day:06d}", limit=1, backwards=True, keys_only=keys_only)


def _row(one: Candidate) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(one).items()}


def _membership(item: Item) -> Membership:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        header, body = unseal(f"{pk}/{sk}", _SCHEMA, item["data"]["B"])
        listed = tuple(_candidate(row) for row in json.loads(body))
        return Membership(pk.partition("#")[2], int(sk), tuple(map(InstrumentId, header["members"])), listed)


def _members(item: Item) -> tuple[int, frozenset[InstrumentId]]:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        header, _ = unseal(f"{pk}/{sk}", _SCHEMA, item["data"]["B"])
        return int(sk), frozenset(map(InstrumentId, header["members"]))


def _candidate(row: dict[str, Any]) -> Candidate:
    steps = {name: None if row[name] is None else Decimal(row[name]) for name in ("tick", "lot", "minimum_notional")}
    least = Decimal(row.get("minimum_quantity", 0))
    return Candidate(**{**row, **steps, "minimum_quantity": least})

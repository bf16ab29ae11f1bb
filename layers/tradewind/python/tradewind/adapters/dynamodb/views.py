"""What the ledger comes to, in its table: it may be thrown away, and is made anew of the journal.

| pk | sk | what |
|---|---|---|
| `VIEW#{account}` | `SUMS` | watermark, what is open, sums |
| `VIEW#TRIPS#{account}` | `{number:012d}` | one round trip; they are numbered from 1 without gaps |
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from itertools import batched
from operator import attrgetter
from typing import Any

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import CanceledError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Key, Table, key, key_of, number
from tradewind.application.round_trips import RoundTrip
from tradewind.application.trade_view import Tally, View, Views
from tradewind.domain.errors import ConflictError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg
from tradewind.domain.packing import seal, unseal

_SCHEMA = 1
_FIGURES = attrgetter(*(one.name for one in fields(Tally)))
_NAMED: Mapping[str, Callable[[str], Any]] = {"instrument": InstrumentId, "leg": Leg}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    one.name: Decimal if one.type is Decimal else _NAMED.get(one.name, lambda value: value) for one in fields(RoundTrip)
}
_KEPT = 500
"""Round trips of an account that stay known: half a megabyte."""

_AT_ONCE = 90
"""Writes in one transaction, of the hundred that it may have."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A view as it is stored, what it says, and some of the round trips that it counts, by number."""

    stored: Item
    view: View
    trips: dict[int, RoundTrip] = field(default_factory=dict)

    def add(self, trips: Mapping[int, RoundTrip]) -> None:
        """Know these as well, but of all the latest only."""
        self.trips.update(trips)
        for one in sorted(self.trips)[:-_KEPT]:
            del self.trips[one]


@dataclass(frozen=True, slots=True)
class DynamoViews(Views):
    """Views in the ledger table; what was read is known as long as the same view is stored.

    Round trips that a stored view counts do not change; whoever brings it on stores another, and then nothing is known.
    """

    table: Table
    _known: dict[str, _Known] = field(default_factory=dict)

    def load(self, account: str) -> View:
        """Return an account's view, strongly consistent; an empty one where there is none."""
        item = self._stored(account)
        if item is None:
            return View()
        if account not in self._known:
            self._known[account] = _Known(item, _view(item))
        return self._known[account].view

    def version(self, account: str) -> int:
        """Return how often an account's view was written, strongly consistent; 0 where there is none."""
        item = self._stored(account)
        return int(item["version"]["N"]) if item else 0

    def _stored(self, account: str) -> Item | None:
        """Read an account's view, and forget what is known of another."""
        item, known = self.table.get(*view_key(account)), self._known.get(account)
        if known and known.stored != item:
            del self._known[account]
        return item

    def save(self, account: str, view: View, closed: Sequence[RoundTrip]) -> None:
        """Store round trips, and with the last of them the view: they are the view's last."""
        first = view.trips - len(closed) + 1
        trips = [self.table.putting(trip_item(account, first + at, trip)) for at, trip in enumerate(closed)]
        before = Condition("version = :before", values={":before": number(view.version - 1)})
        item = {**key(*view_key(account)), "version": number(view.version), "data": {"B": _packed(view)}}
        last = self.table.putting(item, before if view.version > 1 else ABSENT)
        try:
            for some in batched([*trips, last], _AT_ONCE, strict=False):
                self.table.transact(some)
        except CanceledError as error:
            raise ConflictError(f"the view of {account}: somebody else was faster") from error
        self._saved(account, _Known(item, view), dict(enumerate(closed, first)))

    def _saved(self, account: str, now: _Known, closed: Mapping[int, RoundTrip]) -> None:
        """Know what was stored, and of what the view before counted, what was known if it was that one."""
        before = self._known.get(account)
        if before and before.view.version == now.view.version - 1:
            now.add(before.trips)
        now.add(closed)
        self._known[account] = now

    def trips(self, account: str, numbers: Sequence[int]) -> Sequence[RoundTrip]:
        """Return the round trips of some numbers, in their order: read by key, nothing is searched."""
        known = self._known.get(account)
        trips = dict(known.trips) if known else {}
        keys = {_trip_place(account, one): one for one in numbers if one not in trips}
        read = {keys[place]: _trip(item) for place, item in self.table.get_many(keys).items()}
        if known:
            known.add({one: trip for one, trip in read.items() if one <= known.view.trips})
        trips |= read
        return [trips[one] for one in numbers if one in trips]


def view_key(account: str) -> Key:
    """Return where an account's view lies."""
    return f"VIEW#{account}", "SUMS"


def _packed(view: View) -> bytes:
    body = {
        "seq": view.seq,
        "open": {parent: [dict(codec.fill_row(one)) for one in fills] for parent, fills in view.open.items()},
        "tallies": {name: list(map(str, _FIGURES(one))) for name, one in view.tallies.items()},
        "days": {str(day): str(amount) for day, amount in view.days.items()},
    }
    return seal({"schema": _SCHEMA}, json.dumps(body, separators=(",", ":")).encode())


def _view(item: Item) -> View:
    where = "/".join(key_of(item))
    with codec.reading(where):
        _, body = unseal(where, _SCHEMA, item["data"]["B"])
        row = json.loads(body)
        return View(
            seq=row["seq"],
            version=int(item["version"]["N"]),
            open={parent: tuple(map(codec.fill_of, fills)) for parent, fills in row["open"].items()},
            tallies={name: _tally(values) for name, values in row["tallies"].items()},
            days={int(day): Decimal(amount) for day, amount in row["days"].items()},
        )


def _tally(values: list[str]) -> Tally:
    trips, wins, losses = map(int, values[:3])
    return Tally(trips, wins, losses, *map(Decimal, values[3:]))


def _trip_place(account: str, count: int) -> tuple[str, str]:
    return f"VIEW#TRIPS#{account}", f"{count:012d}"


def trip_item(account: str, count: int, trip: RoundTrip) -> Item:
    """Return a round trip, numbered from 1, as its item."""
    row = {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(trip).items()}
    return {**key(*_trip_place(account, count)), **codec.seal(row)}


def _trip(item: Item) -> RoundTrip:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        return RoundTrip(**{name: read(row[name]) for name, read in _READERS.items()})

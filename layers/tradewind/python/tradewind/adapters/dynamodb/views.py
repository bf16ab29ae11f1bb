"""What the ledger comes to, in its table: it may be thrown away, and is made anew of the journal.

| pk | sk | what |
|---|---|---|
| `VIEW#{account}` | `SUMS` | watermark, what is open, sums |
| `VIEW#TRIPS#{account}` | `{number:012d}` | one round trip; they are numbered from 1 without gaps |
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
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
_AT_ONCE = 90
"""Writes in one transaction, of the hundred that it may have."""


@dataclass(frozen=True, slots=True)
class DynamoViews(Views):
    """Views in the ledger table."""

    table: Table

    def load(self, account: str) -> View:
        """Return an account's view, strongly consistent; an empty one where there is none."""
        item = self.table.get(*view_key(account))
        return _view(item) if item else View()

    def save(self, account: str, view: View, closed: Sequence[RoundTrip]) -> None:
        """Store round trips, then the view; the last of them is the view's last."""
        first = view.trips - len(closed) + 1
        trips = [self.table.putting(trip_item(account, first + at, trip)) for at, trip in enumerate(closed)]
        for start in range(0, len(trips), _AT_ONCE):
            self.table.transact(trips[start : start + _AT_ONCE])
        before = Condition("version = :before", values={":before": number(view.version - 1)})
        item = {**key(*view_key(account)), "version": number(view.version), "data": {"B": _packed(view)}}
        try:
            self.table.transact([self.table.putting(item, before if view.version > 1 else ABSENT)])
        except CanceledError as error:
            raise ConflictError(f"the view of {account}: somebody else was faster") from error

    def trips(self, account: str, numbers: Sequence[int]) -> Sequence[RoundTrip]:
        """Return the round trips of some numbers, in their order: read by key, nothing is searched."""
        keys = [_trip_place(account, one) for one in numbers]
        found = self.table.get_many(keys)
        return [_trip(found[one]) for one in keys if one in found]


def view_key(account: str) -> Key:
    """Return where an account's view lies."""
    return f"VIEW#{account}", "SUMS"


def _packed(view: View) -> bytes:
    body = {
        "seq": view.seq,
        "open": {parent: [dict(codec.fill_row(one)) for one in fills] for parent, fills in view.open.items()},
        "tallies": {name: [str(value) for value in asdict(one).values()] for name, one in view.tallies.items()},
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
        return RoundTrip(**dict(_values(row)))


def _values(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    readers = {"instrument": InstrumentId, "leg": Leg}
    for one in fields(RoundTrip):
        read = Decimal if one.type is Decimal else readers.get(one.name, lambda value: value)
        yield one.name, read(row[one.name])

"""Reading whole partitions for people: reports, exports and explanations. Nothing on the trading path needs this."""

from collections.abc import Iterator

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.decisions import record_of
from tradewind.adapters.dynamodb.slice_log import since, slices_of, step_key, until
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Table
from tradewind.application.verify_ledger import Link
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Reason, Refusal
from tradewind.domain.venue import VenueFlow

ALWAYS = 9_999_999_999_999
"""Later than every bar: UTC ms in thirteen digits."""


def account(table: Table, name: str) -> Account | None:
    """Return an account, or None before its first transaction."""
    item = table.get(*items.account_key(name))
    return items.account_of(item) if item else None


def books(table: Table, name: str) -> list[Book]:
    """Return every book of an account, by instrument; most of them are at rest."""
    pk, _ = items.account_key(name)
    return [items.book_of(name, item)[0] for item in table.query(pk, first="BOOK#", last="BOOK#~")]


def orders(table: Table, name: str) -> list[Order]:
    """Return every order of an account in its last state, in the order in which they were decided."""
    found = [items.order_of(item) for item in table.query(f"ORDERS#{name}")]
    return sorted(found, key=lambda order: (order.created, order.instrument, order.parent, order.leg, order.id))


def fills(table: Table, name: str) -> list[Fill]:
    """Return every fill of an account in the order of time."""
    found = [items.fill_of(item) for item in table.query(f"FILLS#{name}")]
    return sorted(found, key=lambda fill: (fill.ts, fill.instrument, fill.trade_id))


def flows(table: Table, name: str) -> list[VenueFlow]:
    """Return every movement of an account's balances that no order of ours made, in the order of time."""
    return sorted((items.flow_of(item) for item in table.query(f"FLOWS#{name}")), key=lambda one: (one.ts, one.flow_id))


def journal(table: Table, name: str, after: int = 0) -> Iterator[JournalEntry]:
    """Yield a journal's entries above a number, oldest first; each is checked against its own hash as it is read."""
    pk, first = items.journal_key(name, after + 1)
    return map(items.entry_of, table.query(pk, first=first))


def links(table: Table, name: str, after: int = 0) -> Iterator[Link]:
    """Yield a journal's entries above a number as they are stored, oldest first, unchecked."""
    pk, first = items.journal_key(name, after + 1)
    return map(link_of, table.query(pk, first=first if after else " "))


def link_of(item: Item) -> Link:
    """Return a journal entry's item as it is stored."""
    with reading(items.where(item)):
        return Link(int(item["sk"]["S"]), item["data"]["S"], item["previous_hash"]["S"], item["hash"]["S"])


def decisions(table: Table, shard: str, start: int = 0, end: int = ALWAYS) -> Iterator[DecisionRecord]:
    """Yield a shard's decisions with `start < ts <= end`, every revision, by time and then revision."""
    found = table.query(f"DECISIONS#{shard}", first=step_key(start + 1, 0), last=f"{end:013d}#~")
    return map(record_of, found)


def slices(table: Table, shard: str, start: int = 0, end: int = ALWAYS) -> list[Slice]:
    """Return the latest revision of each of a shard's slices with `start < ts_close <= end`, oldest first."""
    found = DynamoSlices(table, lambda: 0.0).between(shard, start, end)
    return list({one.ts_close: one for one in found}.values())


def editions(table: Table, shard: str, start: int = 0, end: int = ALWAYS) -> list[Slice]:
    """Return every revision of each of a shard's slices with `start < ts_close <= end`, oldest first."""
    return slices_of(table.query(f"SLICE#{shard}", first=since(start), last=until(end)))


def refusals(table: Table, shard: str, start: int = -1, end: int = ALWAYS) -> Iterator[Refusal]:
    """Yield what a shard refused, with the refused bar's start in (start, end], by time."""
    return map(_refusal_of, table.query(f"REFUSALS#{shard}", first=f"{start + 1:013d}", last=f"{end:013d}#~"))


def _refusal_of(item: Item) -> Refusal:
    with reading(items.where(item)):
        ts, rest = item["sk"]["S"].split("#", 1)
        instrument, _, reason = rest.rpartition("#")
        timeframe = Timeframe(item["timeframe"]["S"])
        return Refusal(InstrumentId(instrument), timeframe, int(ts), Reason(reason), item["value"]["S"])

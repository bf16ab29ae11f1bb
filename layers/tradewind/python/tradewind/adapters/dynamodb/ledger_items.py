"""Where the ledger's values lie in its table, and how they read as items.

| pk | sk | what |
|---|---|---|
| `ACCOUNT#{account}` | `ACCOUNT` | balances, stakes and the head of the journal |
| | `CONTROL` | the kill switch |
| | `BOOK#{instrument}` | positions and working orders of one instrument |
| `ORDERS#{account}` | `{order_id}` | every order, in its last state |
| `FILLS#{account}` | `{trade_id}` | every fill |
| `FLOWS#{account}` | `{flow_id}` | every movement of balances that no order made |
| `RECONCILED#{account}` | `RECONCILED` | up to when ledger and venue agreed |
| `JOURNAL#{journal}` | `{seq:012d}` | the hash-chained journal |
| `PUBLISHED#{journal}` | `PUBLISHED` | how far the journal was announced |
| `HEALTH` | `BOARD` | which checks fail now |
| | `STOPS` | which positions have no proven stop |
| | `RECONCILE` | where ledger and venue differ |

Nothing here expires.
"""

import json
from typing import Any

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.table import Item, Key, key, key_of, number, text
from tradewind.domain.errors import PermanentError
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Arming, Book, Control, TradingState
from tradewind.domain.order import Order
from tradewind.domain.venue import VenueFlow

BOARD_KEY: Key = ("HEALTH", "BOARD")


def account_key(account: str) -> Key:
    """Where an account lies."""
    return f"ACCOUNT#{account}", "ACCOUNT"


def control_key(account: str) -> Key:
    """Where an account's control lies."""
    return f"ACCOUNT#{account}", "CONTROL"


def book_key(account: str, instrument: InstrumentId) -> Key:
    """Where a book lies."""
    return f"ACCOUNT#{account}", f"BOOK#{instrument}"


def order_key(account: str, order_id: IntentId) -> Key:
    """Where an order lies."""
    return f"ORDERS#{account}", order_id


def fill_key(account: str, trade_id: str) -> Key:
    """Where a fill lies."""
    return f"FILLS#{account}", trade_id


def flow_key(account: str, flow_id: str) -> Key:
    """Where a movement of balances lies."""
    return f"FLOWS#{account}", flow_id


def reconciled_key(account: str) -> Key:
    """Where it is kept up to when an account and its venue agreed."""
    return f"RECONCILED#{account}", "RECONCILED"


def journal_key(journal: str, seq: int) -> Key:
    """Where a journal entry lies."""
    return f"JOURNAL#{journal}", f"{seq:012d}"


def published_key(journal: str) -> Key:
    """Where it is kept how far a journal was announced."""
    return f"PUBLISHED#{journal}", "PUBLISHED"


def where(item: Item) -> str:
    """Name an item for a message."""
    return "/".join(key_of(item))


# ── the aggregates ───────────────────────────────────────────────────────────────────────────────────────────────


def account_item(account: Account) -> Item:
    """Return an account as its item."""
    return {**key(*account_key(account.name)), "seq": number(account.seq), **codec.seal(codec.account_row(account))}


def account_of(item: Item) -> Account:
    """Read an account's item."""
    row = codec.unseal(where(item), item)
    with codec.reading(where(item)):
        return codec.account_of(row)


def book_item(book: Book, seq: int) -> Item:
    """Return a book as its item, with the account's sequence number of the transaction that wrote it."""
    return {
        **key(*book_key(book.account, book.instrument)),
        "version": number(book.version),
        "seq": number(seq),
        **mark_attributes(book),
        **codec.seal(codec.book_row(book)),
    }


def mark_attributes(book: Book) -> dict[str, Any]:
    """Return what each bar changes: attributes of their own, so that a bar rewrites nothing else."""
    return {
        "last_bar": number(book.last_bar),
        "mark": text(str(book.mark)),
        "held": {"L": [number(position.bars_held) for position in book.positions]},
    }


def book_of(account: str, item: Item) -> tuple[Book, int]:
    """Read a book's item; return the book and the account's sequence number of its last transaction."""
    row = codec.unseal(where(item), item)
    with codec.reading(where(item)):
        book = codec.book_of(
            account,
            InstrumentId(item["sk"]["S"].removeprefix("BOOK#")),
            row,
            [int(one["N"]) for one in item["held"]["L"]],
            version=int(item["version"]["N"]),
            last_bar=int(item["last_bar"]["N"]),
            mark=codec.decimal(item["mark"]["S"]),
        )
        return book, int(item["seq"]["N"])


def control_item(account: str, control: Control) -> Item:
    """Return a control as its item."""
    armed = control.arming
    more = {"parts": dict(control.parts)} if control.parts else {}
    arming = {"arming": [str(armed.amount), armed.until, armed.by, armed.reason]} if armed else {}
    return {
        **key(*control_key(account)),
        "state": text(control.state),
        "reason": text(control.reason),
        "version": number(control.version),
        **({"more": text(json.dumps(more | arming))} if more or arming else {}),
    }


def control_of(item: Item | None) -> Control:
    """Read a control's item; what was never set is normal."""
    if item is None:
        return Control()
    with codec.reading(where(item)):
        more = json.loads(item["more"]["S"]) if "more" in item else {}
        parts = {name: TradingState(state) for name, state in more.get("parts", {}).items()}
        arming = Arming(codec.decimal(more["arming"][0]), *more["arming"][1:]) if "arming" in more else None
        state, version = TradingState(item["state"]["S"]), int(item["version"]["N"])
        return Control(state, item["reason"]["S"], version, parts, arming)


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────


def order_item(order: Order, seq: int) -> Item:
    """Return an order as its item, with the account's sequence number of the transaction that wrote it."""
    return {**key(*order_key(order.account, order.id)), "seq": number(seq), **codec.seal(codec.order_row(order))}


def order_of(item: Item) -> Order:
    """Read an order's item."""
    row = codec.unseal(where(item), item)
    with codec.reading(where(item)):
        return codec.order_of(row)


def seq_of(item: Item) -> int:
    """Return the account's sequence number of the transaction that wrote an item."""
    with codec.reading(where(item)):
        return int(item["seq"]["N"])


def fill_item(fill: Fill) -> Item:
    """Return a fill as its item."""
    return {**key(*fill_key(fill.account, fill.trade_id)), "ts": number(fill.ts), **codec.seal(codec.fill_row(fill))}


def fill_of(item: Item) -> Fill:
    """Read a fill's item."""
    row = codec.unseal(where(item), item)
    with codec.reading(where(item)):
        return codec.fill_of(row)


def flow_item(account: str, flow: VenueFlow) -> Item:
    """Return a movement of balances as its item."""
    return {**key(*flow_key(account, flow.flow_id)), "ts": number(flow.ts), **codec.seal(codec.flow_row(flow))}


def flow_of(item: Item) -> VenueFlow:
    """Read the item of a movement of balances."""
    row = codec.unseal(where(item), item)
    with codec.reading(where(item)):
        return codec.flow_of(row)


def entry_item(entry: JournalEntry) -> Item:
    """Return a journal entry as its item; its hash guards it better than a checksum would."""
    return {
        **key(*journal_key(entry.journal, entry.seq)),
        "schema": number(codec.SCHEMA),
        "data": text(entry.text()),
        "previous_hash": text(entry.previous_hash),
        "hash": text(entry.hash),
    }


def entry_of(item: Item) -> JournalEntry:
    """Read a journal entry's item.

    Raises
    ------
    PermanentError
        If it cannot be read or does not hash to what it says.
    """
    name = where(item)
    with codec.reading(name):
        schema = int(item["schema"]["N"])
        if schema != codec.SCHEMA:
            raise PermanentError(f"item {name}: schema {schema} is unknown here (this version reads {codec.SCHEMA})")
        journal, seq, ts, rows = json.loads(item["data"]["S"])
        entry = JournalEntry(journal, seq, ts, tuple(map(Event.from_dict, rows)), item["previous_hash"]["S"])
        stored = item["hash"]["S"]
    if entry.hash != stored:
        raise PermanentError(f"item {name}: the hash chain is broken here, the entry was altered; restore the table")
    return entry

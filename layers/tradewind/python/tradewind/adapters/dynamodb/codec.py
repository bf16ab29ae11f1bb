"""How values are stored: JSON that a person can read, with a schema version and a checksum.

Decimals are text, so that every digit comes back. What equals a field's default is left out: an item that stays
below a kilobyte costs one write unit.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any

from tradewind.adapters.dynamodb.table import Item, number, text
from tradewind.domain.errors import PermanentError
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Closed, Stake, SubPosition
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.domain.order_terms import AT_MARKET, Terms
from tradewind.domain.venue import FlowKind, Moves, VenueFlow

SCHEMA = 1

type Row = Mapping[str, Any]


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Turn whatever a damaged item leads to into one error that names it.

    Raises
    ------
    PermanentError
        Naming `where`.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError, zlib.error) as error:
        raise PermanentError(
            f"item {where} cannot be read: {type(error).__name__}: {error}; restore it from a backup"
        ) from error


def seal(row: Row) -> dict[str, Any]:
    """Return the attributes that hold a row: its schema, its JSON and the checksum of that."""
    data = json.dumps(row, separators=(",", ":"))
    return {"schema": number(SCHEMA), "data": text(data), "crc": number(zlib.crc32(data.encode()))}


def unseal(where: str, item: Item) -> dict[str, Any]:
    """Return the row that `seal` wrote.

    Raises
    ------
    PermanentError
        If the item is damaged or of an unknown schema; it names the item.
    """
    with reading(where):
        schema, data, crc = int(item["schema"]["N"]), item["data"]["S"], int(item["crc"]["N"])
    if schema != SCHEMA:
        raise PermanentError(f"item {where}: schema {schema} is unknown here (this version reads {SCHEMA})")
    if zlib.crc32(data.encode()) != crc:
        raise PermanentError(f"item {where}: checksum mismatch, it is damaged; restore it from a backup")
    with reading(where):
        row: dict[str, Any] = json.loads(data)
    return row


def _same[T](value: T) -> T:
    return value


_ORDER: Mapping[str, Callable[[Any], Any]] = {
    "id": IntentId,
    "account": _same,
    "instrument": InstrumentId,
    "strategy": _same,
    "leg": Leg,
    "side": Side,
    "quantity": Decimal,
    "parent": IntentId,
    "created": _same,
    "price": Decimal,
    "stop": Decimal,
    "target": Decimal,
    "worst_price": Decimal,
    "reserved": Decimal,
    "valid_until": _same,
    "status": OrderStatus,
    "reason": _same,
    "trace": _same,
    "source": _same,
    "deadline": _same,
    "filled": Decimal,
    "parts": _same,
    "revision": _same,
    "held_here": _same,
}
_FILL: Mapping[str, Callable[[Any], Any]] = {
    "trade_id": _same,
    "order_id": IntentId,
    "account": _same,
    "instrument": InstrumentId,
    "strategy": _same,
    "leg": Leg,
    "side": Side,
    "quantity": Decimal,
    "price": Decimal,
    "fee": Decimal,
    "realised": Decimal,
    "ts": _same,
    "parent": IntentId,
    "reason": _same,
}
_POSITION: Mapping[str, Callable[[Any], Any]] = {
    "strategy": _same,
    "quantity": Decimal,
    "cost": Decimal,
    "opened": _same,
    "parent": IntentId,
    "entries": _same,
    "lost_stop": Decimal,
    "gained": Decimal,
    "sold": Decimal,
}
_ACCOUNT: Mapping[str, Callable[[Any], Any]] = {
    "name": _same,
    "opening": Decimal,
    "cash": Decimal,
    "seq": _same,
    "realised": Decimal,
    "fees": Decimal,
    "day": _same,
    "realised_today": Decimal,
    "journal_hash": _same,
    "adopted": _same,
    "accepted": _same,
    "peak": Decimal,
    "booked": _same,
    "minute": _same,
    "sent": _same,
}
_OF_THE_BOOK = ("account", "instrument")


def order_row(order: Order) -> Row:
    """Return an order as JSON has it."""
    row = _row(order, _ORDER)
    return row if order.is_plain else {**row, "terms": order.terms.to_row()}


def order_of(row: Row) -> Order:
    """Read what `order_row` wrote."""
    terms = Terms.from_row(row["terms"]) if "terms" in row else AT_MARKET
    return Order(**_values(row, _ORDER), terms=terms)


def fill_row(fill: Fill) -> Row:
    """Return a fill as JSON has it."""
    return _row(fill, _FILL)


def fill_of(row: Row) -> Fill:
    """Read what `fill_row` wrote."""
    return Fill(**_values(row, _FILL))


def account_row(account: Account) -> Row:
    """Return an account as JSON has it."""
    stakes = {name: _stake_row(stake) for name, stake in sorted(account.stakes.items())}
    row = {**_row(account, _ACCOUNT), "stakes": stakes}
    if account.lately:
        row["lately"] = [list(one) for one in account.lately]
    if account.apart:
        row["apart"] = _moves_row(account.apart)
    return {**row, "closed": [_closed_row(one) for one in account.closed]} if account.closed else row


def _stake_row(stake: Stake) -> list[object]:
    shares = {name: str(amount) for name, amount in stake.shares.items()}
    return [stake.seq, str(stake.exposure), str(stake.reserved), *([shares] if shares else [])]


def _stake_of(row: list[Any]) -> Stake:
    seq, exposure, reserved, *more = row
    shares = {name: Decimal(amount) for name, amount in more[0].items()} if more else {}
    return Stake(seq, Decimal(exposure), Decimal(reserved), shares)


def _closed_row(one: Closed) -> list[object]:
    return [one.ts, one.instrument, one.strategy, one.leg, str(one.realised), str(one.cost), str(one.equity)]


def _closed_of(row: list[Any]) -> Closed:
    ts, instrument, strategy, leg, *amounts = row
    return Closed(ts, InstrumentId(instrument), strategy, Leg(leg), *map(Decimal, amounts))


def account_of(row: Row) -> Account:
    """Read what `account_row` wrote."""
    stakes = {InstrumentId(name): _stake_of(one) for name, one in row["stakes"].items()}
    lately = tuple((ts, known) for ts, known in row.get("lately", ()))
    closed, apart = tuple(map(_closed_of, row.get("closed", ()))), _moves_of(row.get("apart", {}))
    return Account(**_values(row, _ACCOUNT), stakes=stakes, closed=closed, apart=apart, lately=lately)


def flow_row(flow: VenueFlow) -> Row:
    """Return a movement of balances as JSON has it."""
    told = {"id": flow.flow_id, "kind": flow.kind, "moves": _moves_row(flow.moves), "ts": flow.ts}
    told |= {"text": flow.text, "instrument": flow.instrument}
    more = {"cash": flow.cash, "cost": str(flow.cost) if flow.cost else "", "parent": flow.parent}
    return told | {name: one for name, one in more.items() if one}


def flow_of(row: Row) -> VenueFlow:
    """Read what `flow_row` wrote."""
    kind, moves = FlowKind(row["kind"]), _moves_of(row["moves"])
    cash, cost, parent = row.get("cash", ""), Decimal(row.get("cost", 0)), row.get("parent", "")
    return VenueFlow(row["id"], kind, moves, row["ts"], row["text"], row["instrument"], cash, cost, parent)


def _moves_row(moves: Moves) -> dict[str, str]:
    return {coin: str(amount) for coin, amount in sorted(moves.items())}


def _moves_of(row: Row) -> dict[str, Decimal]:
    return {coin: Decimal(amount) for coin, amount in row.items()}


def book_row(book: Book) -> Row:
    """Return what only transactions change in a book; bars change the rest, which is stored beside it."""
    orders = [
        {name: cell for name, cell in order_row(order).items() if name not in _OF_THE_BOOK} for order in book.orders
    ]
    positions = [_row(position, _POSITION) for position in book.positions]
    row = {"positions": positions, "orders": orders, "halted": book.halted, "split": book.split}
    return {name: cell for name, cell in row.items() if cell}


def book_of(account: str, instrument: InstrumentId, row: Row, held: list[int], **marks: Any) -> Book:
    """Read what `book_row` wrote.

    Parameters
    ----------
    held : list of int
        Bars held, one for each position.
    **marks
        `version`, `last_bar` and `mark`.
    """
    shared = {"account": account, "instrument": instrument}
    positions = tuple(
        SubPosition(**_values(one, _POSITION), bars_held=bars)
        for one, bars in zip(row.get("positions", ()), held, strict=True)
    )
    orders = tuple(order_of({**shared, **one}) for one in row.get("orders", ()))
    told = {"halted": row.get("halted", ""), "split": row.get("split", 0)}
    return Book(account, instrument, positions=positions, orders=orders, **told, **marks)


def _row(value: Any, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    defaults = {one.name: _plain(one.default) for one in fields(value) if one.default is not MISSING}
    cells = {name: _plain(getattr(value, name)) for name in readers}
    return {name: cell for name, cell in cells.items() if name not in defaults or cell != defaults[name]}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _values(row: Row, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: read(row[name]) for name, read in readers.items() if name in row}


def decimal(written: str) -> Decimal:
    """Read a decimal, to its last digit."""
    return Decimal(written)

"""Kraken's errors, and how its rows read.

Sources: https://docs.kraken.com/exchange/guides/general/errors, https://docs.kraken.com/api-reference/account-data.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradewind.adapters.market.kraken import READING
from tradewind.adapters.market.shape import Node, ShapeError
from tradewind.adapters.venues.problem import Rule, Verdict
from tradewind.application.ports import Balance, Refusal, VenueFill, VenueFlow, VenueOrder
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import OrderStatus, Side
from tradewind.domain.venue import FlowKind

_RETRY, _REJECTED = Verdict.RETRY, Verdict.REJECTED

RULES = (
    Rule("EAPI:Rate limit", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EOrder:Rate limit", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EOrder:Domain rate limit", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EService:Throttled", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EService: Throttled", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EGeneral:Too many requests", _RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("EAPI:Invalid nonce", _RETRY, Refusal.BAD_CREDENTIALS),  # another function was faster: the next nonce is later
    Rule("EService:Deadline elapsed", _RETRY, Refusal.ARRIVED_LATE),
    Rule("EService:Market in", _REJECTED, Refusal.MARKET_CLOSED),
    Rule("EGeneral:Temporary lockout", _REJECTED, Refusal.BAD_CREDENTIALS),
    Rule("EAPI:Feature disabled", _REJECTED, Refusal.NOT_OFFERED),
    Rule("EAPI:", _REJECTED, Refusal.BAD_CREDENTIALS),
    Rule("EGeneral:Permission denied", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("EAccount:", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("EAuth:", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("ETrade:Locked", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("cl_ord_id", _REJECTED, Refusal.DUPLICATE_ID),
    Rule("EQuery:Unknown asset pair", _REJECTED, Refusal.UNKNOWN_INSTRUMENT),
    Rule("EOrder:Insufficient", _REJECTED, Refusal.INSUFFICIENT_BALANCE),
    Rule("EOrder:Margin allowance", _REJECTED, Refusal.INSUFFICIENT_BALANCE),
    Rule("EOrder:Order minimum", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("EOrder:Cost minimum", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("EGeneral:Invalid arguments:volume minimum", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("EGeneral:Invalid arguments:volume", _REJECTED, Refusal.OFF_GRID),
    Rule("EGeneral:Invalid arguments:price", _REJECTED, Refusal.OFF_GRID),
    Rule("EOrder:Tick size check failed", _REJECTED, Refusal.OFF_GRID),
    Rule("EOrder:Invalid price", _REJECTED, Refusal.OFF_GRID),
    Rule("EOrder:Post only order", _REJECTED, Refusal.WOULD_TAKE),
    Rule("EOrder:Reduce only", _REJECTED, Refusal.NOT_REDUCING),
    Rule("EOrder:Orders limit exceeded", _REJECTED, Refusal.TOO_MANY_ORDERS),
    Rule("EOrder:Unknown order", _REJECTED, Refusal.NOT_CHANGEABLE),
    Rule("EOrder:", _REJECTED),
    Rule("EGeneral:Invalid arguments", _REJECTED),
    Rule("EQuery:", _REJECTED),
    Rule("ETrade:", _REJECTED),
)
"""First fits first; `EService:Unavailable`, `EService:Busy` and internal errors may come after an order was taken."""

_STATUS = {
    "pending": OrderStatus.ACCEPTED,
    "open": OrderStatus.ACCEPTED,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_LIMITED = "limit"
_OLD_NAME = 4


def read_shown(venue_id: str, row: Node, names: Mapping[str, InstrumentId]) -> VenueOrder:
    """Read a row of open orders; of one that is none of ours and cannot be read only that it is there.

    Raises
    ------
    ShapeError, KeyError
        If a row with a client id, which may be ours, cannot be read.
    """
    try:
        return read_order(venue_id, row, names)
    except (ShapeError, KeyError):
        if client_id_of(row):
            raise
        return VenueOrder("", venue_id, InstrumentId(""), Side.BUY, OrderStatus.ACCEPTED, Decimal(0))


def client_id_of(row: Node) -> str:
    """Return the client id of an order; empty where it has none."""
    ours = row.get("cl_ord_id")
    return str(ours.value) if ours else ""


def _price(node: Node) -> Decimal:
    """Return a price; one that Kraken keeps in percent of the market's (`+5.0000%`) is none yet."""
    return Decimal(0) if str(node.value).endswith("%") else node.decimal()


def read_order(venue_id: str, row: Node, names: Mapping[str, InstrumentId]) -> VenueOrder:
    """Read a row of open or closed orders."""
    terms = row["descr"]
    kind = terms["ordertype"].text()
    first, second = _price(terms["price"]), _price(terms["price2"])
    filled = row["vol_exec"].decimal()
    triggered = kind not in {"market", _LIMITED}
    reason = row.get("reason")
    return VenueOrder(
        client_id=client_id_of(row),
        venue_id=venue_id,
        instrument=named(terms["pair"].text(), names),
        side=_SIDES[terms["type"].text()],
        status=_status(row, filled),
        quantity=row["vol"].decimal(),
        filled=filled,
        average_price=row["price"].decimal() if filled else Decimal(0),
        limit=second if triggered else first,
        trigger=first if triggered else Decimal(0),
        created=millis(row["opentm"]),
        reason=str(reason.value) if reason else "",
    )


def _status(row: Node, filled: Decimal) -> OrderStatus:
    status = _STATUS[row["status"].text()]
    if status is not OrderStatus.ACCEPTED:
        return status
    if filled:
        return OrderStatus.PARTIALLY_FILLED
    misc = row.get("misc")
    return OrderStatus.TRIGGERED if misc and "stopped" in str(misc.value) else status


def read_trade(trade_id: str, row: Node, names: Mapping[str, InstrumentId], client_id: str) -> VenueFill:
    """Read a row of the trades' history; fees are asked for, and so taken, in the quote currency."""
    instrument = named(row["pair"].text(), names)
    return VenueFill(
        trade_id=trade_id,
        client_id=client_id,
        venue_id=row["ordertxid"].text(),
        instrument=instrument,
        side=_SIDES[row["type"].text()],
        quantity=row["vol"].positive(),
        price=row["price"].positive(),
        fee=row["fee"].decimal(),
        fee_currency=instrument.rpartition(".")[0].rpartition("-")[2],
        ts=millis(row["time"]),
    )


TRADED = "trade"
"""Entries of Kraken's own ledger that the trades' history tells better."""
_FLOWS = {
    "deposit": FlowKind.DEPOSIT,
    "withdrawal": FlowKind.WITHDRAWAL,
    "margin": FlowKind.FEE,
    "rollover": FlowKind.FUNDING,
}


def read_flow(name: str, row: Node) -> VenueFlow:
    """Read an entry of Kraken's own ledger; its amount is signed, and its fee comes on top."""
    kind = row["type"].text()
    amount = row["amount"].decimal() - row["fee"].decimal()
    moves = {coin_name(row["asset"].text().partition(".")[0]): amount}
    return VenueFlow(name, _FLOWS.get(kind, FlowKind.OTHER), moves, millis(row["time"]), f"Kraken says {kind}")


def read_balances(rows: Node) -> dict[str, Balance]:
    """Read the extended balance; what is lent or staked (`XBT.F`) counts with its coin, and is not free."""
    found: dict[str, Balance] = {}
    for name, row in rows.entries():
        code, _, kind = name.partition(".")
        coin, total = coin_name(code), row["balance"].decimal()
        free = Decimal(0) if kind else total - row["hold_trade"].decimal()
        held = found.get(coin, Balance(Decimal(0), Decimal(0)))
        found[coin] = Balance(held.total + total, held.free + free)
    return found


def coin_name(code: str) -> str:
    """Return a coin in our spelling: XXBT and XBT are BTC, ZUSD is USD."""
    short = code[1:] if len(code) == _OLD_NAME and code[0] in "XZ" else code
    return READING.get(short, short)


def named(pair: str, names: Mapping[str, InstrumentId]) -> InstrumentId:
    """Return the instrument of a pair; one that nobody named stays in Kraken's spelling."""
    return names.get(pair) or InstrumentId(f"{pair}.KRAKEN")


def millis(node: Node) -> int:
    """Read seconds with a fraction as ms."""
    return int(node.decimal() * 1000)

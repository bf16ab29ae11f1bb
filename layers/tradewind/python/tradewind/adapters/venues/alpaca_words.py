"""Alpaca's errors, and how its rows read.

Sources: https://docs.alpaca.markets/docs/orders-at-alpaca,
https://docs.alpaca.markets/reference/getaccountactivitiesbyactivitytype-1.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tradewind.adapters.market.alpaca import spelled
from tradewind.adapters.market.provider import moment
from tradewind.adapters.market.shape import Node, ShapeError, decimal_or_none, parse
from tradewind.adapters.venues.problem import Rule, Verdict
from tradewind.application.ports import Balance, Refusal, VenueFill, VenueFlow, VenueOrder, VenuePosition
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import OrderStatus, Side
from tradewind.domain.venue import FlowKind, coins_of

_REJECTED = Verdict.REJECTED

RULES = (
    Rule("HTTP 429", Verdict.RETRY, Refusal.TOO_MANY_ORDERS),
    Rule("HTTP 5", Verdict.UNCLEAR),
    Rule("HTTP 408", Verdict.UNCLEAR),
    Rule("client_order_id must be unique", _REJECTED, Refusal.DUPLICATE_ID),
    Rule("insufficient", _REJECTED, Refusal.INSUFFICIENT_BALANCE),
    Rule("minimal amount", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("minimal qty", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("must be >=", _REJECTED, Refusal.BELOW_MINIMUM),
    Rule("increment", _REJECTED, Refusal.OFF_GRID),
    Rule("decimal", _REJECTED, Refusal.OFF_GRID),
    Rule("fraction", _REJECTED, Refusal.OFF_GRID),
    Rule("not find asset", _REJECTED, Refusal.UNKNOWN_INSTRUMENT),
    Rule("asset not found", _REJECTED, Refusal.UNKNOWN_INSTRUMENT),
    Rule("is not active", _REJECTED, Refusal.MARKET_CLOSED),
    Rule("not tradable", _REJECTED, Refusal.MARKET_CLOSED),
    Rule("market is closed", _REJECTED, Refusal.MARKET_CLOSED),
    Rule("blocked", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("restricted", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("not authorized", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("day trading", _REJECTED, Refusal.NOT_PERMITTED),
    Rule("not cancelable", _REJECTED, Refusal.NOT_CHANGEABLE),
    Rule("replace", _REJECTED, Refusal.NOT_CHANGEABLE),
    Rule("order not found", _REJECTED, Refusal.NOT_CHANGEABLE),
    Rule("invalid order type", _REJECTED, Refusal.NOT_OFFERED),
    Rule("time_in_force", _REJECTED, Refusal.NOT_OFFERED),
    Rule("HTTP 401", _REJECTED, Refusal.BAD_CREDENTIALS),
    Rule("forbidden", _REJECTED, Refusal.BAD_CREDENTIALS),
    Rule("HTTP 4", _REJECTED),
)

REPLACED = "replaced"
_AGAIN = "~"
_STATUS = {
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    REPLACED: OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
"""Every other status is of an order that works, or soon will."""
_SIDES = {"buy": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL}


def id_after(client_id: str, venue_id: str) -> str:
    """Return the client id of the order that takes another one's place; it tells whose place, and is the same again."""
    return f"{client_id}{_AGAIN}{venue_id}"


def is_named_after(row: Node) -> bool:
    """Tell whether an order's client id says whose place it took."""
    return _AGAIN in row["client_order_id"].text()


def read_order(row: Node, names: Mapping[str, InstrumentId]) -> VenueOrder:
    """Read an order."""
    filled = _amount(row.get("filled_qty"))
    status = _STATUS.get(row["status"].text(), OrderStatus.ACCEPTED)
    return VenueOrder(
        client_id=row["client_order_id"].text().partition(_AGAIN)[0],
        venue_id=row["id"].text(),
        instrument=named(row["symbol"].text(), names),
        side=_SIDES[row["side"].text()],
        status=OrderStatus.PARTIALLY_FILLED if filled and status is OrderStatus.ACCEPTED else status,
        quantity=_amount(row.get("qty")),
        filled=filled,
        average_price=_amount(row.get("filled_avg_price")),
        limit=_amount(row.get("limit_price")),
        trigger=_amount(row.get("stop_price")),
        created=moment(row["created_at"]),
    )


def read_fill(row: Node, names: Mapping[str, InstrumentId], client_id: str) -> VenueFill:
    """Read a fill; it bears no fee: Alpaca books those of crypto, and the regulators', by themselves later."""
    return VenueFill(
        trade_id=row["id"].text(),
        client_id=client_id,
        venue_id=row["order_id"].text(),
        instrument=named(row["symbol"].text(), names),
        side=_SIDES[row["side"].text()],
        quantity=row["qty"].positive(),
        price=row["price"].positive(),
        fee=Decimal(0),
        fee_currency="USD",
        ts=moment(row["transaction_time"]),
    )


_FLOWS = {
    "CSD": FlowKind.DEPOSIT,
    "CSW": FlowKind.WITHDRAWAL,
    "FEE": FlowKind.FEE,
    "CFEE": FlowKind.FEE,
    "INT": FlowKind.FUNDING,
}


def read_flow(row: Node, names: Mapping[str, InstrumentId]) -> VenueFlow:
    """Read an activity that is no trade; fees of crypto are taken in coins, everything else in dollars."""
    kind, amount, quantity = row["activity_type"].text(), _amount(row.get("net_amount")), _amount(row.get("qty"))
    moves = {"USD": amount} if amount else {}
    if quantity and not amount:
        moves[coins_of(named(row["symbol"].text(), names))[0]] = quantity
    ts = moment(row["created_at"])
    return VenueFlow(row["id"].text(), _FLOWS.get(kind, FlowKind.OTHER), moves, ts, f"Alpaca says {kind}")


def is_blocked(account: Node) -> bool:
    """Read whether an account may place no orders, by Alpaca's will or by its owner's."""
    flags = map(account.get, ("trading_blocked", "account_blocked", "trade_suspended_by_user"))
    return any(flag.truth() for flag in flags if flag)


def read_balances(account: Node, positions: Node, names: Mapping[str, InstrumentId]) -> dict[str, Balance]:
    """Read cash and coins; of margin only what would be there without it is free."""
    cash = account["cash"].decimal()
    spendable = account.get("non_marginable_buying_power")
    found = {account["currency"].text(): Balance(cash, min(cash, spendable.decimal()) if spendable else cash)}
    for row in positions:
        if row["asset_class"].text() == "crypto":
            total = row["qty"].decimal()
            free = row.get("qty_available")
            coin = coins_of(_crypto(row["symbol"].text(), names))[0]
            found[coin] = Balance(total, free.decimal() if free else total)
    return found


def read_positions(rows: Node, names: Mapping[str, InstrumentId]) -> dict[InstrumentId, VenuePosition]:
    """Read positions; a short one has a negative quantity."""
    return {
        named(row["symbol"].text(), names): VenuePosition(row["qty"].decimal(), _amount(row.get("avg_entry_price")))
        for row in rows
    }


def _crypto(symbol: str, names: Mapping[str, InstrumentId]) -> InstrumentId:
    """Return the instrument of a position in a coin, which Alpaca counts in dollars and writes without the slash."""
    return named(symbol if symbol in names or "/" in symbol else f"{symbol.removesuffix('USD')}/USD", names)


def spellings(instruments: Iterable[InstrumentId]) -> Mapping[str, InstrumentId]:
    """Return instruments by every spelling that Alpaca has for them: BTC/USD in orders, BTCUSD among positions."""
    return {name: one for one in instruments for name in (spelled(one), spelled(one).replace("/", ""))}


def named(symbol: str, names: Mapping[str, InstrumentId]) -> InstrumentId:
    """Return the instrument of a symbol; one that nobody named stays in Alpaca's spelling."""
    return names.get(symbol) or InstrumentId(f"{symbol.replace('/', '-')}.ALPACA")


def _amount(node: Node | None) -> Decimal:
    return decimal_or_none(node) or Decimal(0)


def said(content: bytes) -> str:
    """Return code and message of an error; a page of a proxy tells nobody anything."""
    try:
        row = parse(content)
        return f"{row.members.get('code', '')} {row.members.get('message', '')}".strip()
    except ShapeError:
        return ""

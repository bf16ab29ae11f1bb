"""Bybit's codes, and how its rows read.

Sources: https://bybit-exchange.github.io/docs/v5/error, https://bybit-exchange.github.io/docs/v5/enum.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradewind.adapters.market.shape import Node, decimal_or_none
from tradewind.adapters.venues.problem import Rule, Verdict
from tradewind.application.ports import Balance, Refusal, VenueFill, VenueFlow, VenueOrder
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import OrderStatus, Side
from tradewind.domain.venue import FlowKind


def _rules(verdict: Verdict, refusal: Refusal, *codes: int) -> tuple[Rule, ...]:
    return tuple(Rule(f"retCode {code} ", verdict, refusal) for code in codes)


CLOCK = 10002
"""The request's time is not within its window by the venue's clock."""

RULES = (
    *_rules(Verdict.RETRY, Refusal.ARRIVED_LATE, CLOCK),
    *_rules(Verdict.RETRY, Refusal.TOO_MANY_ORDERS, 10006, 10018, 170222),
    *_rules(Verdict.UNCLEAR, Refusal.REFUSED, 10000, 10016, 170001, 170007, 170032, 170035, 170146, 170147, 170234),
    *_rules(Verdict.REJECTED, Refusal.BAD_CREDENTIALS, 10003, 10004, 10007, 33004),
    *_rules(Verdict.REJECTED, Refusal.NOT_PERMITTED, 10005, 10008, 10009, 10010, 10024, 10027, 10028, 10029, 170201),
    *_rules(Verdict.REJECTED, Refusal.DUPLICATE_ID, 170141, 110072, 10014),
    *_rules(Verdict.REJECTED, Refusal.UNKNOWN_INSTRUMENT, 170121, 170221),
    *_rules(Verdict.REJECTED, Refusal.MARKET_CLOSED, 170151, 170157, 170159, 170031),
    *_rules(Verdict.REJECTED, Refusal.INSUFFICIENT_BALANCE, 170131, 170033, 170034, 110004, 110007, 110012),
    *_rules(Verdict.REJECTED, Refusal.BELOW_MINIMUM, 170136, 170140, 110094),
    *_rules(Verdict.REJECTED, Refusal.OFF_GRID, 170134, 170137, 170148, 170130),
    *_rules(Verdict.REJECTED, Refusal.PRICE_OUT_OF_BAND, 170132, 170133, 170192, 170193, 170194, 170204, 170206),
    *_rules(Verdict.REJECTED, Refusal.PRICE_OUT_OF_BAND, 170197, 170198, 170371, 170372),
    *_rules(Verdict.REJECTED, Refusal.WOULD_TAKE, 170218, 170217),
    *_rules(Verdict.REJECTED, Refusal.TOO_MANY_ORDERS, 170005, 170124, 170135, 170228, 170229),
    *_rules(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, 170213, 110001, 170139, 170142, 170143, 170144, 170145, 170190),
    *_rules(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, 170191),
    *_rules(Verdict.REJECTED, Refusal.NOT_OFFERED, 170115, 170116, 170202, 170227, 10017),
    *_rules(Verdict.REJECTED, Refusal.REFUSED, 10001, 170105, 170117, 170203, 170210),
)

_STATUS = {
    "Created": OrderStatus.ACCEPTED,
    "New": OrderStatus.ACCEPTED,
    "Untriggered": OrderStatus.ACCEPTED,
    "Triggered": OrderStatus.TRIGGERED,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
}
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_WHY = {
    "EC_PostOnlyWillTakeLiquidity": Refusal.WOULD_TAKE,
    "EC_ReduceOnly": Refusal.NOT_REDUCING,
    "EC_CancelForNoFullFill": Refusal.REFUSED,
}


def read_order(row: Node, names: Mapping[str, InstrumentId]) -> VenueOrder:
    """Read a row of open or closed orders."""
    trigger = _amount(row.get("triggerPrice"))
    return VenueOrder(
        client_id=_text(row.get("orderLinkId")),
        venue_id=row["orderId"].text(),
        instrument=named(row["symbol"].text(), names),
        side=_SIDES[row["side"].text()],
        status=_STATUS[row["orderStatus"].text()],
        quantity=row["qty"].decimal(),
        filled=_amount(row.get("cumExecQty")),
        average_price=_average(row),
        limit=_amount(row.get("price")),
        trigger=trigger,
        created=row["createdTime"].whole(),
        reason=_reason(row),
    )


def _average(row: Node) -> Decimal:
    """Return the average price from what was paid: `avgPrice` is rounded."""
    filled = _amount(row.get("cumExecQty"))
    return _amount(row.get("cumExecValue")) / filled if filled else Decimal(0)


def _reason(row: Node) -> str:
    said = _text(row.get("rejectReason"))
    if said in {"", "EC_NoError"}:
        return ""
    return f"{_WHY.get(said, Refusal.REFUSED)}: Bybit says {said}"


def read_fill(row: Node, names: Mapping[str, InstrumentId]) -> VenueFill:
    """Read an execution; a buyer pays the fee in the coin bought."""
    return VenueFill(
        trade_id=row["execId"].text(),
        client_id=_text(row.get("orderLinkId")),
        venue_id=row["orderId"].text(),
        instrument=named(row["symbol"].text(), names),
        side=_SIDES[row["side"].text()],
        quantity=row["execQty"].positive(),
        price=row["execPrice"].positive(),
        fee=_amount(row.get("execFee")),
        fee_currency=_text(row.get("feeCurrency")),
        ts=row["execTime"].whole(),
    )


TRADED = "TRADE"
"""Entries of the transaction log that executions tell better."""
_FLOWS = {
    "TRANSFER_IN": FlowKind.DEPOSIT,
    "TRANSFER_OUT": FlowKind.WITHDRAWAL,
    "INTEREST": FlowKind.FUNDING,
    "SETTLEMENT": FlowKind.FUNDING,
}


def read_flow(row: Node) -> VenueFlow:
    """Read an entry of the transaction log; `change` is what it came to, fees included."""
    kind = row["type"].text()
    moves = {row["currency"].text(): row["change"].decimal()}
    ts = row["transactionTime"].whole()
    return VenueFlow(row["id"].text(), _FLOWS.get(kind, FlowKind.OTHER), moves, ts, f"Bybit says {kind}")


def read_balances(result: Node) -> dict[str, Balance]:
    """Read the unified account's coins."""
    return {
        row["coin"].text(): Balance(total, total - _amount(row.get("locked")))
        for account in result["list"]
        for row in account["coin"]
        for total in [_amount(row.get("walletBalance"))]
    }


def read_right(result: Node) -> bool:
    """Read whether a key may place spot orders."""
    spot = [one.text() for one in result["permissions"].get("Spot") or ()]
    return result["readOnly"].whole() == 0 and "SpotTrade" in spot


def named(symbol: str, names: Mapping[str, InstrumentId]) -> InstrumentId:
    """Return the instrument of a symbol; one that nobody named stays in Bybit's spelling."""
    return names.get(symbol) or InstrumentId(f"{symbol}.BYBIT")


def _amount(node: Node | None) -> Decimal:
    return decimal_or_none(node) or Decimal(0)


def _text(node: Node | None) -> str:
    return str(node.value) if node else ""

"""Bybit's private interface, v5 spot: https://bybit-exchange.github.io/docs/v5/order/create-order.

A signature is over the request's time, the key, its window, and the query or body as sent; a request outside its window
by the venue's clock is refused. A client id is taken once. Buyers pay in the coin bought.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.venues.bybit import Bybit, spelled
from tests.venues.exchange import Exchange
from tests.venues.orders import WORKING, ZERO, DeniedError, Placed, Trade, Wish
from tests.venues.private import DEPOSIT, Account
from tests.venues.server import Handler, Reply, Request, Venue

_AHEAD = 1_000
_WORDS = {
    "symbol": (170121, "Invalid symbol."),
    "closed": (170151, "The trading pair is not open yet."),
    "duplicate": (170141, "Duplicate clientOrderId."),
    "lot": (170137, "Order volume decimal too long."),
    "tick": (170134, "Order price decimal too long."),
    "minimum": (170140, "Order value exceeded lower limit."),
    "would take": (170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    "funds": (170131, "Insufficient balance."),
    "not open": (170213, "Order does not exist."),
}
_STATES = {"open": "New", "untriggered": "Untriggered", "filled": "Filled", "canceled": "Cancelled"}

type Asked = Mapping[str, Any]


class BybitAccount(Account):
    """One unified account of Bybit."""

    def __init__(self, venue: Venue, **options: Any) -> None:
        names = ("1{:018d}".format, "2{:018d}".format)
        options = {
            "fee_in_coin": True,
            "unique": "ever",
            "taker": Decimal("0.001"),
            "maker": Decimal("0.001"),
            **options,
        }
        exchange = Exchange(venue.market, dict(DEPOSIT), spell=names[0], spell_trade=names[1], **options)
        super().__init__(venue, exchange)

    @property
    def bybit(self) -> Bybit:
        assert isinstance(self.venue, Bybit)
        return self.venue

    def routes(self) -> Mapping[str, Handler]:
        return {
            "POST /v5/order/create": self._guarded(self.create),
            "POST /v5/order/cancel": self._guarded(self.cancel_order),
            "POST /v5/order/amend": self._guarded(self.amend),
            "GET /v5/order/realtime": self._guarded(self.realtime),
            "GET /v5/order/history": self._guarded(self.history),
            "GET /v5/execution/list": self._guarded(self.executions),
            "GET /v5/account/wallet-balance": self._guarded(self.wallet),
            "GET /v5/account/transaction-log": self._guarded(self.log),
            "GET /v5/user/query-api": self._guarded(self.key_row),
        }

    def key_row(self, _: Asked) -> Any:
        spot = ["SpotTrade"] if self.may_trade else []
        return {
            "unified": 1,
            "uta": 1,
            "readOnly": int(not self.may_trade),
            "permissions": {"Spot": spot, "Wallet": []},
        }

    def _guarded(self, handler: Callable[[Asked], Any]) -> Handler:
        def handle(request: Request, _: re.Match[str]) -> Reply:
            with self.exchange.lock:
                said = self._unwelcome(request)
                if said:
                    return self.bybit.result(None, *said)
                asked = json.loads(request.body) if request.body else request.query
                try:
                    return self.bybit.result(handler(asked))
                except DeniedError as refused:
                    return self.bybit.result(None, *_WORDS[refused.why])

        return handle

    def _unwelcome(self, request: Request) -> tuple[int, str] | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        stamp, window = headers.get("x-bapi-timestamp", "0"), headers.get("x-bapi-recv-window", "5000")
        if headers.get("x-bapi-api-key") != self.key:
            return 10003, "API key is invalid."
        text = f"{stamp}{self.key}{window}{request.raw or request.body.decode()}"
        made = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-bapi-sign", ""), made):
            return 10004, "error sign! origin_string[...]"
        if not self.now() - int(window) <= int(stamp) < self.now() + _AHEAD:
            return 10002, "invalid request, please check your server timestamp or recv_window param"
        return None

    def create(self, asked: Asked) -> Any:
        trigger = Decimal(asked.get("triggerPrice") or 0)
        wish = Wish(
            symbol=self._symbol(asked["symbol"]),
            side=asked["side"].lower(),
            quantity=Decimal(str(asked["qty"])),
            kind=self._kind(asked, trigger),
            limit=Decimal(asked.get("price") or 0) if asked["orderType"] == "Limit" else ZERO,
            trigger=trigger,
            lifetime=asked.get("timeInForce", "GTC").replace("PostOnly", "GTC"),
            post_only=asked.get("timeInForce") == "PostOnly",
            client_id=asked.get("orderLinkId", ""),
        )
        order = self.exchange.place(wish, again=self.venue.repeats)
        self.hide(order)
        return _ids(order)

    def _kind(self, asked: Asked, trigger: Decimal) -> str:
        if not trigger:
            return "limit" if asked["orderType"] == "Limit" else "market"
        up = trigger > self.venue.market.last(self._symbol(asked["symbol"]))
        if up != (asked["side"] == "Buy"):
            return "take_profit"
        return "stop_limit" if asked["orderType"] == "Limit" else "stop"

    def cancel_order(self, asked: Asked) -> Any:
        order = self._one(asked)
        self.cancel(order)
        return _ids(order)

    def amend(self, asked: Asked) -> Any:
        order = self._one(asked)
        quantity, limit, trigger = (Decimal(str(asked.get(name) or 0)) for name in ("qty", "price", "triggerPrice"))
        self.exchange.amend(order, quantity, limit, trigger)
        return _ids(order)

    def realtime(self, asked: Asked) -> Any:
        found = self._asked(asked)
        if "orderLinkId" not in asked and "orderId" not in asked:
            found = [one for one in found if one.state in WORKING]
        return self._page(asked, [self._row(one) for one in reversed(found)], 50)

    def history(self, asked: Asked) -> Any:
        found = [one for one in reversed(self._asked(asked)) if one.state not in WORKING]
        return self._page(asked, [self._row(one) for one in found], 50)

    def executions(self, asked: Asked) -> Any:
        self.exchange.settle()
        first, last = int(asked.get("startTime", 0)), int(asked.get("endTime", 1 << 60))
        found = [one for one in reversed(self.exchange.trades) if first <= one.ts <= last]
        wanted, link = asked.get("orderId"), asked.get("orderLinkId")
        found = [one for one in found if wanted in {None, one.order.id} and link in {None, one.order.wish.client_id}]
        start, most = int(asked.get("cursor") or 0), min(int(asked.get("limit") or 50), self.rows)
        rows = [self._execution(one) for one in self.page(found, start, most)]
        more = str(start + most) if start + most < len(found) else ""
        return {"category": "spot", "list": rows, "nextPageCursor": more}

    def wallet(self, _: Asked) -> Any:
        coins = [
            {"coin": coin, "walletBalance": str(total), "equity": str(total), "locked": str(total - free)}
            for coin, (total, free) in self.balances().items()
        ]
        return {"list": [{"accountType": "UNIFIED", "coin": coins}]}

    def log(self, asked: Asked) -> Any:
        """Return trades and everything else, as the transaction log does; the newest first."""
        first, last = int(asked.get("startTime", 0)), int(asked.get("endTime", 1 << 60))
        rows = [_entry(one.id, _TYPES[one.kind], one.coin, one.amount, one.ts) for one in self.exchange.moves]
        for one in self.exchange.trades:
            coin = one.order.wish.symbol.partition("-")[0]
            rows.append(_entry(f"L{one.id}", "TRADE", coin, one.order.sign * one.quantity, one.ts))
        rows = [one for one in rows if first <= int(one["transactionTime"]) <= last]
        return self._page(asked, sorted(rows, key=lambda one: -int(one["transactionTime"])), 50)

    def _page(self, asked: Asked, rows: list[Any], most: int) -> Any:
        start, most = int(asked.get("cursor") or 0), min(int(asked.get("limit") or 20), most)
        more = str(start + most) if start + most < len(rows) else ""
        return {"category": "spot", "list": rows[start : start + most], "nextPageCursor": more}

    def _asked(self, asked: Asked) -> list[Placed]:
        self.exchange.settle()
        every = [one for one in self.exchange.orders.values() if self.shown(one)]
        every = [one for one in every if asked.get("orderLinkId") in {None, one.wish.client_id}]
        return [one for one in every if asked.get("orderId") in {None, one.id}]

    def _one(self, asked: Asked) -> Placed:
        found = [one for one in self._asked(asked) if one.state in WORKING]
        if not found:
            raise DeniedError("not open")
        kept_apart = found[0].state == "untriggered"
        if kept_apart != (asked.get("orderFilter", "Order") != "Order"):
            raise DeniedError("not open")
        return found[0]

    def _symbol(self, name: str) -> str:
        return {spelled(one): one for one in self.venue.market.symbols}.get(name, name)

    def _row(self, order: Placed) -> dict[str, Any]:
        wish = order.wish
        state = _STATES[order.state]
        if order.filled and order.state == "open":
            state = "PartiallyFilled"
        elif order.filled and order.state == "canceled":
            state = "PartiallyFilledCanceled"
        return {
            **_ids(order),
            "symbol": spelled(wish.symbol),
            "price": str(wish.limit),
            "qty": str(wish.quantity),
            "side": wish.side.capitalize(),
            "isLeverage": "0",
            "orderStatus": state,
            "cancelType": "CancelByUser" if order.state == "canceled" else "UNKNOWN",
            "rejectReason": "EC_NoError",
            "avgPrice": f"{order.average:.2f}" if order.filled else "",
            "leavesQty": str(order.left),
            "cumExecQty": str(order.filled),
            "cumExecValue": str(order.cost),
            "cumExecFee": str(order.fee),
            "timeInForce": "PostOnly" if wish.post_only else wish.lifetime,
            "orderType": "Limit" if wish.limit else "Market",
            "stopOrderType": "tpslOrder" if wish.trigger else "",
            "triggerPrice": str(wish.trigger) if wish.trigger else "",
            "marketUnit": "baseCoin",
            "createdTime": str(order.created),
            "updatedTime": str(order.updated),
        }

    def _execution(self, trade: Trade) -> dict[str, Any]:
        wish = trade.order.wish
        return {
            **_ids(trade.order),
            "symbol": spelled(wish.symbol),
            "side": wish.side.capitalize(),
            "orderPrice": str(wish.limit),
            "orderQty": str(wish.quantity),
            "leavesQty": "0",
            "orderType": "Limit" if wish.limit else "Market",
            "execFee": str(trade.fee),
            "feeCurrency": trade.fee_currency,
            "feeRate": "0.001",
            "execId": trade.id,
            "execPrice": str(trade.price),
            "execQty": str(trade.quantity),
            "execValue": str(trade.price * trade.quantity),
            "execType": "Trade",
            "execTime": str(trade.ts),
            "isMaker": trade.maker,
        }


_TYPES = {"DEPOSIT": "TRANSFER_IN", "WITHDRAWAL": "TRANSFER_OUT", "FUNDING": "INTEREST", "OTHER": "BONUS"}


def _entry(name: str, kind: str, coin: str, change: Decimal, ts: int) -> dict[str, Any]:
    return {"id": name, "type": kind, "currency": coin, "change": str(change), "transactionTime": str(ts), "fee": "0"}


def _ids(order: Placed) -> dict[str, Any]:
    return {"orderId": order.id, "orderLinkId": order.wish.client_id}

"""Kraken's private interface: https://docs.kraken.com/api-reference/trading and /account-data.

A request is a POST whose body has a nonce greater than the one before; its signature is over path, nonce and body. A
client id is unique among open orders only.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from tests.venues.exchange import Exchange
from tests.venues.kraken import error, long_name, primary, result, spelled
from tests.venues.orders import WORKING, ZERO, DeniedError, Placed, Trade, Wish
from tests.venues.private import DEPOSIT, Account
from tests.venues.server import Handler, Reply, Request, Venue

PAGE = 50
NAMED = 20
_KINDS = {
    "market": "market",
    "limit": "limit",
    "stop-loss": "stop",
    "stop-loss-limit": "stop_limit",
    "take-profit": "take_profit",
    "take-profit-limit": "take_profit",
    "trailing-stop": "trailing",
}
_NAMES = {ours: theirs for theirs, ours in reversed(_KINDS.items())}
_WORDS = {
    "late": "EService:Deadline elapsed",
    "symbol": "EQuery:Unknown asset pair",
    "closed": "EService:Market in cancel_only mode",
    "duplicate": "EOrder:Duplicate cl_ord_id",
    "lot": "EGeneral:Invalid arguments:volume",
    "tick": "EOrder:Invalid price:XBT/USD price can only be specified up to 2 decimals.",
    "minimum": "EOrder:Order minimum not met",
    "would take": "EOrder:Post only order",
    "funds": "EOrder:Insufficient funds",
    "not open": "EOrder:Unknown order",
    "many": "EGeneral:Invalid arguments:txid",
}
_STATES = {"open": "open", "untriggered": "open", "filled": "closed", "canceled": "canceled", "expired": "expired"}

type Form = Mapping[str, str]


class KrakenAccount(Account):
    """One account of Kraken."""

    def __init__(self, venue: Venue, **options: Any) -> None:
        names = ("O{:05d}-KRAKE-NORDER".format, "T{:05d}-KRAKE-NTRADE".format)
        exchange = Exchange(venue.market, dict(DEPOSIT), spell=names[0], spell_trade=names[1], **options)
        super().__init__(venue, exchange)

    def routes(self) -> Mapping[str, Handler]:
        handlers: dict[str, Callable[[Form], Any]] = {
            "AddOrder": self.add,
            "CancelOrder": self.cancel_order,
            "CancelAll": self.cancel_all,
            "AmendOrder": self.amend,
            "OpenOrders": self.open_orders,
            "ClosedOrders": self.closed_orders,
            "QueryOrders": self.query_orders,
            "TradesHistory": self.trades,
            "QueryTrades": self.query_trades,
            "Ledgers": self.ledgers,
            "BalanceEx": self.balance,
        }
        return {f"POST /0/private/{name}": self._guarded(handler) for name, handler in handlers.items()}

    def _guarded(self, handler: Callable[[Form], Any]) -> Handler:
        def handle(request: Request, _: re.Match[str]) -> Reply:
            with self.exchange.lock:
                form = dict(parse_qsl(request.body.decode()))
                said = self._unwelcome(request, form)
                if said:
                    return error(said)
                try:
                    return result(handler(form))
                except DeniedError as refused:
                    return error(_WORDS[refused.why])

        return handle

    def _unwelcome(self, request: Request, form: Form) -> str:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("api-key") != self.key:
            return "EAPI:Invalid key"
        nonce = form.get("nonce", "0")
        digest = hashlib.sha256(nonce.encode() + request.body).digest()
        made = hmac.new(base64.b64decode(self.secret), request.path.encode() + digest, hashlib.sha512).digest()
        if not hmac.compare_digest(headers.get("api-sign", ""), base64.b64encode(made).decode()):
            return "EAPI:Invalid signature"
        if int(nonce) <= self.nonce - self.nonce_window and not self.venue.repeats:
            return "EAPI:Invalid nonce"
        self.nonce = max(self.nonce, int(nonce))
        return ""

    def add(self, form: Form) -> Any:
        kind = form["ordertype"]
        wish = Wish(
            symbol=self._symbol(form["pair"]),
            side=form["type"],
            quantity=Decimal(form["volume"]),
            kind=_KINDS[kind],
            lifetime=form.get("timeinforce", "GTC"),
            expires=int(form.get("expiretm", 0)) * 1000,
            post_only="post" in form.get("oflags", "").split(","),
            client_id=form.get("cl_ord_id", ""),
            arrives_by=_millis(form.get("deadline", "")),
        )
        prices = [form.get("price", "0"), form.get("price2", "0")]
        if kind == "limit":
            wish.limit = Decimal(prices[0])
        elif kind == "trailing-stop":
            wish.trail = Decimal(prices[0].removeprefix("+"))
        elif kind != "market":
            wish.trigger, wish.limit = Decimal(prices[0]), Decimal(prices[1])
        order = self.exchange.place(wish, again=self.venue.repeats)
        self.hide(order)
        return {"descr": {"order": _words(order)}, "txid": [order.id]}

    def cancel_order(self, form: Form) -> Any:
        order = self._one(form)
        self.cancel(order)
        return {"count": 1}

    def cancel_all(self, _: Form) -> Any:
        orders = self.exchange.working()
        for order in orders:
            self.exchange.cancel(order)
        return {"count": len(orders)}

    def amend(self, form: Form) -> Any:
        numbers = [Decimal(form.get(name, "0")) for name in ("order_qty", "limit_price", "trigger_price")]
        self.exchange.amend(self._one(form), numbers[0], numbers[1], numbers[2])
        return {"amend_id": "TTW6PD-RC36L-ZZSWNU"}

    def open_orders(self, form: Form) -> Any:
        return {"open": {one.id: self._told(one, form) for one in self._asked(form) if one.state in WORKING}}

    def closed_orders(self, form: Form) -> Any:
        found = [one for one in reversed(self._asked(form)) if one.state not in WORKING]
        start = int(form.get("ofs", 0))
        page = {one.id: self._told(one, form) for one in found[start : start + PAGE]}
        return {"closed": page, "count": len(found)}

    def query_orders(self, form: Form) -> Any:
        self.exchange.settle()
        asked = [self.exchange.orders.get(name) for name in form["txid"].split(",")]
        return {one.id: self._told(one, form) for one in asked if one}

    def trades(self, form: Form) -> Any:
        self.exchange.settle()
        since = Decimal(form.get("start", "0")) * 1000
        found = [one for one in reversed(self.exchange.trades) if one.ts > since]
        page = self.page(found, int(form.get("ofs", 0)), PAGE)
        return {"trades": {one.id: self._trade(one) for one in page}, "count": len(found)}

    def query_trades(self, form: Form) -> Any:
        self.exchange.settle()
        wanted = form["txid"].split(",")
        if len(wanted) > NAMED:
            raise DeniedError("many")
        return {one.id: self._trade(one) for one in self.exchange.trades if one.id in wanted}

    def ledgers(self, form: Form) -> Any:
        """Return trades and everything else, as Kraken's own ledger does; the newest first."""
        since = Decimal(form.get("start", "0")) * 1000
        rows = {
            one.id: _entry(_TYPES.get(one.kind, one.kind.lower()), one.coin, one.amount, one.ts)
            for one in self.exchange.moves
        }
        for one in self.exchange.trades:
            base = one.order.wish.symbol.partition("-")[0]
            rows[f"L{one.id}"] = _entry("trade", base, one.order.sign * one.quantity, one.ts)
        found = sorted(
            ((n, r) for n, r in rows.items() if Decimal(r["time"]) * 1000 > since), key=lambda one: -one[1]["time"]
        )
        start = int(form.get("ofs", 0))
        return {"ledger": dict(found[start : start + PAGE]), "count": len(found)}

    def balance(self, _: Form) -> Any:
        return {
            long_name(spelled(f"{coin}-USD")[0]): {"balance": str(total), "hold_trade": str(total - free)}
            for coin, (total, free) in self.balances().items()
        }

    def _asked(self, form: Form) -> list[Placed]:
        self.exchange.settle()
        wanted = form.get("cl_ord_id")
        every = [one for one in self.exchange.orders.values() if self.shown(one)]
        return [one for one in every if wanted in {None, one.wish.client_id}]

    def _one(self, form: Form) -> Placed:
        if "cl_ord_id" in form:
            working = [one for one in self.exchange.by_client(form["cl_ord_id"]) if one.state in WORKING]
            found = working[0] if working else None
        else:
            found = self.exchange.orders.get(form.get("txid", ""))
        if found is None or not self.shown(found):
            raise DeniedError("not open")
        return found

    def _symbol(self, pair: str) -> str:
        names = {name: one for one in self.venue.market.symbols for name in ("".join(spelled(one)), primary(one))}
        return names.get(pair, pair)

    def _told(self, order: Placed, form: Form) -> dict[str, Any]:
        """Return a row, with the ids of its trades where they are asked for."""
        if form.get("trades") != "true":
            return self._row(order)
        return {**self._row(order), "trades": [one.id for one in self.exchange.trades if one.order is order]}

    def _row(self, order: Placed) -> dict[str, Any]:
        wish = order.wish
        ended = {} if order.state in WORKING else {"closetm": order.updated / 1000, "reason": order.reason or None}
        prices = (wish.trigger or wish.limit, wish.limit if wish.trigger else ZERO)
        return {
            "refid": None,
            "userref": 0,
            "cl_ord_id": wish.client_id,
            "status": _STATES[order.state],
            "opentm": order.created / 1000,
            "starttm": 0,
            "expiretm": wish.expires // 1000,
            "descr": {
                "pair": "".join(spelled(wish.symbol)),
                "type": wish.side,
                "ordertype": _NAMES[wish.kind],
                "price": str(prices[0]),
                "price2": str(prices[1]),
                "leverage": "none",
                "order": _words(order),
                "close": "",
            },
            "vol": str(wish.quantity),
            "vol_exec": str(order.filled),
            "cost": str(order.cost),
            "fee": str(order.fee),
            "price": str(order.average),
            "stopprice": str(wish.trigger),
            "limitprice": str(wish.limit if wish.trigger else ZERO),
            "misc": "",
            "oflags": "fciq" + (",post" if wish.post_only else ""),
            **ended,
        }

    def _trade(self, trade: Trade) -> dict[str, Any]:
        return {
            "ordertxid": trade.order.id,
            "postxid": "TKH2SE-M7IF5-CFI7LT",
            "pair": primary(trade.order.wish.symbol),
            "time": trade.ts / 1000,
            "type": trade.order.wish.side,
            "ordertype": _NAMES[trade.order.wish.kind],
            "price": str(trade.price),
            "cost": str(trade.price * trade.quantity),
            "fee": str(trade.fee),
            "vol": str(trade.quantity),
            "margin": "0.00000",
            "misc": "",
            "trade_id": int(trade.id[1:6]),
            "maker": trade.maker,
        }


_TYPES = {"FEE": "margin", "FUNDING": "rollover", "OTHER": "staking"}


def _entry(kind: str, coin: str, amount: Decimal, ts: int) -> dict[str, Any]:
    asset = long_name(spelled(f"{coin}-USD")[0])
    return {
        "refid": "TKH2SE-M7IF5-CFI7LT",
        "time": ts / 1000,
        "type": kind,
        "subtype": "",
        "aclass": "currency",
        "asset": asset,
        "amount": str(amount),
        "fee": "0",
        "balance": "0",
    }


def _words(order: Placed) -> str:
    pair = "".join(spelled(order.wish.symbol))
    return f"{order.wish.side} {order.wish.quantity} {pair} @ {_NAMES[order.wish.kind]} {order.wish.limit}"


def _millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000) if text else 0

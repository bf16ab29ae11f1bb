"""Alpaca's trading interface: https://docs.alpaca.markets/reference/postorder.

Who asks is told by key and secret in the headers. A client id is taken once and never again: 422 for the second. A
changed order is a new one in the old one's place.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.venues.alpaca import iso, millis
from tests.venues.exchange import Exchange
from tests.venues.orders import WORKING, ZERO, DeniedError, Move, Placed, Trade, Wish
from tests.venues.private import DEPOSIT, Account
from tests.venues.server import Handler, Reply, Request, Venue, ok

_KINDS = {"trailing_stop": "trailing"}
_NAMES = {"trailing": "trailing_stop", "take_profit": "limit"}
_WORDS = {
    "symbol": (422, 42210000, "could not find asset"),
    "closed": (422, 42210000, "asset is not active"),
    "duplicate": (422, 40010001, "client_order_id must be unique"),
    "lot": (422, 42210000, "qty does not meet the increment"),
    "tick": (422, 42210000, "invalid limit_price. sub-penny increment does not fulfill minimum pricing criteria"),
    "minimum": (403, 40310000, "cost basis must be >= minimal amount of order 10"),
    "funds": (403, 40310000, "insufficient balance for USD (requested: 1000000, available: 1)"),
    "not open": (422, 42210000, "order is not cancelable"),
    "missing": (404, 40410000, "order not found"),
}
_STATES = {"open": "new", "untriggered": "new"}

type Asked = Mapping[str, Any]


class AlpacaAccount(Account):
    """One account of Alpaca: commission-free, in dollars."""

    def __init__(self, venue: Venue, **options: Any) -> None:
        free: dict[str, Any] = {"taker": ZERO, "maker": ZERO, "unique": "ever"}
        shares = {"AAPL": Decimal(100)}
        paid_in = {name: amount for name, amount in DEPOSIT.items() if name != "USDT"} | shares
        names = (_uuid("a"), _uuid("b"))
        exchange = Exchange(venue.market, paid_in, spell=names[0], spell_trade=names[1], **free, **options)
        super().__init__(venue, exchange)

    def routes(self) -> Mapping[str, Handler]:
        one = r"/v2/orders/(?P<id>[0-9a-f-]+)"
        return {
            "POST /v2/orders": self._guarded(self.create),
            "GET /v2/orders": self._guarded(self.listed),
            "DELETE /v2/orders": self._guarded(self.cancel_all),
            "GET /v2/orders:by_client_order_id": self._guarded(self.by_client),
            f"GET {one}": self._guarded(lambda asked: self._row(self._one(asked))),
            f"PATCH {one}": self._guarded(self.change),
            f"DELETE {one}": self._guarded(self.cancel_order),
            "GET /v2/positions": self._guarded(self.positions),
            "GET /v2/account": self._guarded(self.account),
            "GET /v2/account/activities(/FILL)?": self._guarded(self.activities),
        }

    def _guarded(self, handler: Callable[[Asked], Any]) -> Handler:
        def handle(request: Request, found: re.Match[str]) -> Reply:
            headers = {name.lower(): value for name, value in request.headers.items()}
            if (headers.get("apca-api-key-id"), headers.get("apca-api-secret-key")) != (self.key, self.secret):
                return ok({"message": "forbidden."}, 403)
            asked = {**request.query, **(json.loads(request.body) if request.body else {}), **found.groupdict()}
            with self.exchange.lock:
                try:
                    body = handler(asked)
                except DeniedError as refused:
                    status, code, said = _WORDS[refused.why]
                    return ok({"code": code, "message": said}, status)
            return Reply(204, b"") if body is None else ok(body)

        return handle

    def create(self, asked: Asked) -> Any:
        kind = str(_KINDS.get(asked["type"], asked["type"]))
        wish = Wish(
            symbol=asked["symbol"].replace("/", "-"),
            side=asked["side"],
            quantity=Decimal(str(asked["qty"])),
            kind=kind,
            limit=Decimal(str(asked.get("limit_price") or 0)),
            trigger=Decimal(str(asked.get("stop_price") or 0)),
            trail=Decimal(str(asked.get("trail_price") or 0)),
            lifetime=asked["time_in_force"].upper(),
            client_id=asked.get("client_order_id") or _uuid("c")(len(self.exchange.orders) + 1),
        )
        order = self.exchange.place(wish, again=self.venue.repeats)
        self.hide(order)
        return self._row(order)

    def change(self, asked: Asked) -> Any:
        order = self._one(asked)
        client_id = asked.get("client_order_id") or _uuid("c")(len(self.exchange.orders) + 1)
        if self.exchange.by_client(client_id):
            raise DeniedError("duplicate")
        name = self.exchange.spell(len(self.exchange.orders) + 1)
        heir = replace(
            order, id=name, wish=replace(order.wish, client_id=client_id), created=self.now(), replaces=order.id
        )
        state, order.state, order.replaced_by = order.state, "replaced", name
        self.exchange.orders[name] = heir
        try:
            numbers = [Decimal(str(asked.get(one) or 0)) for one in ("qty", "limit_price", "stop_price")]
            self.exchange.amend(heir, numbers[0], numbers[1], numbers[2])
        except DeniedError:
            del self.exchange.orders[name]
            order.state, order.replaced_by = state, ""
            raise
        return self._row(heir)

    def cancel_order(self, asked: Asked) -> None:
        self.cancel(self._one(asked))

    def cancel_all(self, _: Asked) -> Any:
        working = self.exchange.working()
        for order in working:
            self.exchange.cancel(order)
        return [{"id": order.id, "status": 200} for order in working]

    def by_client(self, asked: Asked) -> Any:
        self.exchange.settle()
        found = [one for one in self.exchange.by_client(asked["client_order_id"]) if self.shown(one)]
        if not found:
            raise DeniedError("missing")
        return self._row(found[0])

    def listed(self, asked: Asked) -> Any:
        self.exchange.settle()
        wanted, until = asked.get("status", "open"), asked.get("until")
        found = [one for one in reversed(self.exchange.orders.values()) if self.shown(one)]
        if wanted != "all":
            found = [one for one in found if (one.state in WORKING) == (wanted == "open")]
        if until:
            found = [one for one in found if one.created < millis(until)]
        return [self._row(one) for one in found[: int(asked.get("limit", 50))]]

    def positions(self, _: Asked) -> Any:
        return [self._position(name, *amounts) for name, amounts in self.balances().items() if name != "USD"]

    def _position(self, name: str, total: Decimal, free: Decimal) -> dict[str, Any]:
        crypto = f"{name}-USD" in self.venue.market.symbols
        return {
            "asset_id": _uuid("d")(len(name)),
            "symbol": f"{name}USD" if crypto else name,
            "exchange": "CRYPTO" if crypto else "NASDAQ",
            "asset_class": "crypto" if crypto else "us_equity",
            "avg_entry_price": "100",
            "qty": str(total),
            "qty_available": str(free),
            "side": "long",
            "market_value": str(total * 100),
            "cost_basis": str(total * 100),
            "current_price": "100",
        }

    def account(self, _: Asked) -> Any:
        total, free = self.balances().get("USD", (ZERO, ZERO))
        return {
            "id": _uuid("e")(1),
            "account_number": "PA1234567",
            "status": "ACTIVE",
            "currency": "USD",
            "cash": str(total),
            "buying_power": str(free * 2),
            "non_marginable_buying_power": str(free),
            "equity": str(total),
            "trading_blocked": not self.may_trade,
            "account_blocked": False,
            "pattern_day_trader": False,
            "shorting_enabled": False,
            "multiplier": "2",
            "created_at": iso(0),
        }

    def activities(self, asked: Asked) -> Any:
        self.exchange.settle()
        after = millis(asked["after"]) if asked.get("after") else -1
        if asked.get("category") == "non_trade_activity":
            return self._after(asked, [_moved(one) for one in self.exchange.moves if one.ts > after])
        found = [one for one in self.exchange.trades if one.ts > after]
        names = [self._named(one) for one in found]
        token = asked.get("page_token")
        start = names.index(token) + 1 if token in names else 0
        return [self._activity(one) for one in self.page(found, start, int(asked.get("page_size", 100)))]

    def _after(self, asked: Asked, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [one["id"] for one in rows]
        token = asked.get("page_token")
        return rows[names.index(token) + 1 if token in names else 0 :][: int(asked.get("page_size", 100))]

    def _named(self, trade: Trade) -> str:
        return f"{trade.ts:017d}::{trade.id}"

    def _activity(self, trade: Trade) -> dict[str, Any]:
        order = trade.order
        return {
            "id": self._named(trade),
            "activity_type": "FILL",
            "transaction_time": iso(trade.ts),
            "type": "partial_fill" if order.left else "fill",
            "price": str(trade.price),
            "qty": str(trade.quantity),
            "side": order.wish.side,
            "symbol": order.wish.symbol.replace("-", "/"),
            "leaves_qty": str(order.left),
            "order_id": order.id,
            "cum_qty": str(order.filled),
            "order_status": self._status(order),
        }

    def _one(self, asked: Asked) -> Placed:
        self.exchange.settle()
        found = self.exchange.orders.get(asked["id"])
        if found is None:
            raise DeniedError("missing")
        return found

    def _status(self, order: Placed) -> str:
        return "partially_filled" if order.filled and order.state == "open" else _STATES.get(order.state, order.state)

    def _row(self, order: Placed) -> dict[str, Any]:
        wish, at = order.wish, iso(order.created)
        kind = _NAMES.get(wish.kind, wish.kind)
        crypto = "-" in wish.symbol
        return {
            "id": order.id,
            "client_order_id": wish.client_id,
            "created_at": at,
            "updated_at": iso(order.updated),
            "submitted_at": at,
            "filled_at": iso(order.updated) if order.state == "filled" else None,
            "expired_at": None,
            "canceled_at": iso(order.updated) if order.state == "canceled" else None,
            "failed_at": None,
            "replaced_at": iso(order.updated) if order.replaced_by else None,
            "replaced_by": order.replaced_by or None,
            "replaces": order.replaces or None,
            "asset_id": _uuid("d")(1),
            "symbol": wish.symbol.replace("-", "/"),
            "asset_class": "crypto" if crypto else "us_equity",
            "notional": None,
            "qty": str(wish.quantity),
            "filled_qty": str(order.filled),
            "filled_avg_price": str(order.average) if order.filled else None,
            "order_class": "simple",
            "order_type": kind,
            "type": kind,
            "side": wish.side,
            "time_in_force": wish.lifetime.lower(),
            "limit_price": str(wish.limit) if wish.limit else None,
            "stop_price": str(wish.trigger) if wish.trigger else None,
            "trail_price": str(wish.trail) if wish.trail else None,
            "status": self._status(order),
            "extended_hours": False,
            "legs": None,
        }


_KINDS_OF_MOVES = {"DEPOSIT": "CSD", "WITHDRAWAL": "CSW", "FEE": "CFEE", "FUNDING": "INT", "OTHER": "JNLC"}


def _moved(move: Move) -> dict[str, Any]:
    coin = move.coin != "USD"
    return {
        "id": f"{move.ts:017d}::{move.id}",
        "activity_type": _KINDS_OF_MOVES[move.kind],
        "date": iso(move.ts)[:10],
        "created_at": iso(move.ts),
        "net_amount": "0" if coin else str(move.amount),
        **({"symbol": f"{move.coin}USD", "qty": str(move.amount)} if coin else {}),
        "status": "executed",
    }


def _uuid(kind: str) -> Callable[[int], str]:
    return lambda number: f"{kind}0000000-0000-4000-8000-{number:012d}"

"""Bybit's spot trading, v5: `/v5/order/…` with `category=spot`, for a unified account.

Source: https://bybit-exchange.github.io/docs/v5/order/create-order. A request is good for its `recv_window`, counted by
Bybit's clock from the request's own time, so an order that is not found when that has passed can no longer arrive. An
accepted request is not an accepted order yet: what became of it says its row. Stops are `tpslOrder`s, which have their
coins set aside: one that is triggered is good for them.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tradewind.adapters.market.provider import glued as pair
from tradewind.adapters.market.shape import Node, parse
from tradewind.adapters.venues import facts
from tradewind.adapters.venues.bybit_words import (
    CLOCK,
    RULES,
    TRADED,
    read_balances,
    read_fill,
    read_flow,
    read_order,
    read_right,
)
from tradewind.adapters.venues.problem import VenueError, Verdict, judged
from tradewind.adapters.venues.reading import spelt, sweep
from tradewind.adapters.venues.spot import SpotVenue
from tradewind.adapters.venues.wire import LostError
from tradewind.application.ports import (
    Balance,
    Refusal,
    Reported,
    VenueFacts,
    VenueFill,
    VenueFlow,
    VenueOrder,
)
from tradewind.application.ports_venue import SKEW
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.terms import Terms, TimeInForce, terms_of
from tradewind.domain.timeframe import DAY

URL = "https://api.bybit.com"

FACTS = facts.BYBIT

_WINDOW = 5_000
"""Milliseconds for which a question is good."""
_SOONEST = 1_000
_WEEK, _KEPT = 7 * DAY, 730 * DAY
_ROWS = 50
_FILLS = 100
_BUSY = 403
_SPOT = {"category": "spot"}

type Query = Mapping[str, str | int]


@dataclass(slots=True)
class Offset:
    """By how many ms the venue's clock is ahead of ours, as far as it has told."""

    ms: int = 0


def signature(timestamp: str, key: str, window: str, payload: str, secret: str) -> str:
    """Return `X-BAPI-SIGN`: HMAC-SHA256 over time, key, window, and the query or the body as sent."""
    return hmac.new(secret.encode(), f"{timestamp}{key}{window}{payload}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class BybitVenue(SpotVenue):
    """One unified account at Bybit."""

    offset: Offset = field(default_factory=Offset)

    @property
    def facts(self) -> VenueFacts:
        """What Bybit can do."""
        return FACTS

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return every working order, page by page."""
        names = self._names()
        rows = self._pages("/v5/order/realtime", _SPOT | {"openOnly": 0, "limit": _ROWS})
        found = {one.venue_id: one for one in (read_order(row, names) for row in rows)}
        return [one for one in found.values() if one.status.is_working]

    def fills(self, since: int) -> Sequence[VenueFill]:
        """Return every execution of two years at most, week by week, since an answer spans no more."""
        return self._executions(since, {})

    def fills_of(self, order: Order) -> Sequence[VenueFill]:
        """Return an order's executions alone, week by week as well."""
        found = self._executions(order.created - SKEW, {"orderLinkId": str(order.id)})
        return [one for one in found if one.client_id == order.id]

    def _executions(self, since: int, more: Query) -> list[VenueFill]:
        now, found = self.clock() + self.offset.ms, dict[str, VenueFill]()
        for start in range(max(since, now - _KEPT), now + 1, _WEEK):
            query = {**_SPOT, **more, "startTime": start, "endTime": min(now, start + _WEEK), "limit": _FILLS}
            rows = sweep(lambda asked=query: self._pages("/v5/execution/list", asked), _execution)  # type: ignore[misc]
            names = self._every_name(row["symbol"].text() for row in rows)
            found |= {one.trade_id: one for one in (read_fill(row, names) for row in rows)}
        return sorted(found.values(), key=lambda one: (one.ts, one.trade_id))

    def flows(self, since: int) -> Sequence[VenueFlow]:
        """Return what its transaction log has besides trades, week by week, since an answer spans no more."""
        now, found = self.clock() + self.offset.ms, dict[str, VenueFlow]()
        for start in range(max(since, now - _KEPT), now + 1, _WEEK):
            query = {"accountType": "UNIFIED", "startTime": start, "endTime": min(now, start + _WEEK), "limit": _ROWS}
            rows = sweep(lambda asked=query: self._pages("/v5/account/transaction-log", asked), _entry)  # type: ignore[misc]
            found |= {one.flow_id: one for one in (read_flow(row) for row in rows if row["type"].text() != TRADED)}
        return sorted(found.values(), key=lambda one: (one.ts, one.flow_id))

    def balances(self) -> Mapping[str, Balance]:
        """Return the wallet, what open orders hold apart."""
        return self.ask(lambda: read_balances(self._get("/v5/account/wallet-balance", {"accountType": "UNIFIED"})))

    def may_trade(self) -> bool:
        """Return what the key's own row says of spot orders."""
        return self.ask(lambda: read_right(self._get("/v5/user/query-api", {})))

    def _send(self, order: Order, terms: Terms) -> Reported:
        window = order.deadline - self.clock() if order.deadline else _WINDOW
        if window < _SOONEST:
            raise VenueError(Verdict.RETRY, Refusal.ARRIVED_LATE, "the order's deadline is too near to send it")
        answer = self._post("/v5/order/create", _form(order, terms), window)
        return Reported(OrderStatus.ACCEPTED, venue_id=answer["orderId"].text())

    def _look(self, order: Order) -> VenueOrder | None:
        """Look among the open ones first: an order that closes meanwhile is then among the closed ones."""
        names, asked = self._names(), _SPOT | {"orderLinkId": str(order.id)}
        for path in ("/v5/order/realtime", "/v5/order/history"):
            found = [read_order(row, names) for row in self._get(path, asked)["list"]]
            ours = [one for one in found if one.client_id == order.id]
            if ours:
                return max(ours, key=lambda one: (one.filled, one.status.is_working, one.created))
        return None

    def _withdraw(self, order: Order) -> None:
        self._post("/v5/order/cancel", _named(order), _WINDOW)

    def _change(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        body = _named(order) | {"qty": f"{quantity:f}"}
        if price:
            body["triggerPrice" if terms_of(order).trigger else "price"] = f"{price:f}"
        self._post("/v5/order/amend", body, _WINDOW)

    def _spelt(self, instruments: Sequence[InstrumentId]) -> Mapping[str, InstrumentId]:
        return spelt(instruments, pair)

    def _pages(self, path: str, query: Query) -> Iterator[Node]:
        cursor = ""
        while True:
            asked = {**query, **({"cursor": cursor} if cursor else {})}
            page = self.ask(lambda asked=asked: self._get(path, asked))  # type: ignore[misc]
            yield from page["list"]
            following = page.get("nextPageCursor")
            if following is None or not following.value or following.value == cursor:
                return
            cursor = following.text()

    def _get(self, path: str, query: Query) -> Node:
        text = urlencode(query)
        return self._call("GET", f"{path}?{text}", text, "", _WINDOW)

    def _post(self, path: str, body: Mapping[str, Any], window: int) -> Node:
        text = json.dumps(body, separators=(",", ":"))
        return self._call("POST", path, text, text, window)

    def _call(self, method: str, target: str, payload: str, body: str, window: int) -> Node:
        """Make one signed request.

        Raises
        ------
        VenueError, NotSentError, LostError
            As it ended.
        ShapeError
            If the answer is none.
        """
        known, stamp = self.credentials(), str(self.clock() + self.offset.ms)
        headers = {
            "X-BAPI-API-KEY": known.key,
            "X-BAPI-SIGN": signature(stamp, known.key, str(window), payload, known.secret),
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": str(window),
            "Content-Type": "application/json",
        }
        answer = self.wire.send(method, target, body, headers)
        if answer.status == _BUSY:
            raise VenueError(Verdict.RETRY, Refusal.TOO_MANY_ORDERS, "Bybit says 403: access too frequent")
        if answer.status != 200:  # noqa: PLR2004 - Bybit tells its own errors with 200: this is somebody before it
            raise LostError(f"Bybit answered HTTP {answer.status}")
        return self._result(parse(answer.content))

    def _result(self, answer: Node) -> Node:
        code = answer["retCode"].whole()
        if not code:
            return answer["result"]
        problem = judged(FACTS.title, f"retCode {code} {answer.members.get('retMsg')}", RULES)
        if code == CLOCK:
            self.offset.ms = answer["time"].whole() - self.clock()
        if problem.refusal is Refusal.BAD_CREDENTIALS:
            self.credentials.forget()
        raise problem


def _execution(row: Node) -> str:
    return row["execId"].text()


def _entry(row: Node) -> str:
    return row["id"].text()


def _named(order: Order) -> dict[str, Any]:
    kept_apart = terms_of(order).trigger
    return {
        "category": "spot",
        "symbol": pair(order.instrument),
        "orderLinkId": str(order.id),
        "orderFilter": "tpslOrder" if kept_apart else "Order",
    }


def _form(order: Order, terms: Terms) -> dict[str, Any]:
    if not FACTS.offers(terms, order.instrument):
        raise VenueError(Verdict.REJECTED, Refusal.NOT_OFFERED, f"Bybit has no {terms.kind} {terms.lifetime} orders")
    limited = bool(terms.limit)
    lifetime = "PostOnly" if terms.post_only else str(terms.lifetime if limited else TimeInForce.IOC)
    form = _named(order) | {
        "side": order.side.capitalize(),
        "orderType": "Limit" if limited else "Market",
        "qty": f"{order.quantity:f}",
        "marketUnit": "baseCoin",
        "timeInForce": lifetime,
        "isLeverage": 0,
    }
    prices = {"price": terms.limit, "triggerPrice": terms.trigger}
    return form | {name: f"{price:f}" for name, price in prices.items() if price}

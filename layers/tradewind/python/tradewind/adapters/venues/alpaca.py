"""Alpaca's trading: `/v2/orders` and what belongs to them, of paper and live accounts, for stocks and crypto.

Source: https://docs.alpaca.markets/reference/postorder. A client id is unique for ever: an order whose answer was lost
is simply sent again, and a refusal for its id says that it was there. A changed order is a new order that takes the
old one's place; its client id tells whose. Crypto knows no stop without a limit: ours has one so far away that it is
none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from tradewind.adapters.market.alpaca import read_book, read_listings, read_quotes, spelled
from tradewind.adapters.market.provider import moment
from tradewind.adapters.market.shape import Node, parse
from tradewind.adapters.venues import facts
from tradewind.adapters.venues.alpaca_words import (
    REPLACED,
    RULES,
    id_after,
    is_blocked,
    is_named_after,
    read_balances,
    read_fill,
    read_flow,
    read_order,
    read_positions,
    said,
    spellings,
)
from tradewind.adapters.venues.credentials import CachedCredentials
from tradewind.adapters.venues.looking import DEPTH, opposite
from tradewind.adapters.venues.native import NativeVenue
from tradewind.adapters.venues.problem import VenueError, Verdict, judged
from tradewind.adapters.venues.reading import sweep
from tradewind.adapters.venues.wire import Answer, Wire
from tradewind.application.ports import (
    Balance,
    Refusal,
    Reported,
    VenueFacts,
    VenueFill,
    VenueFlow,
    VenueOrder,
    VenuePosition,
)
from tradewind.application.ports_venue import SKEW
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel, Listing
from tradewind.domain.order import Order, OrderStatus, Side
from tradewind.domain.terms import OrderKind, Terms, TimeInForce, terms_of

LIVE_URL, PAPER_URL = "https://api.alpaca.markets", "https://paper-api.alpaca.markets"

FACTS = facts.ALPACA

_KINDS = {
    OrderKind.MARKET: "market",
    OrderKind.LIMIT: "limit",
    OrderKind.STOP: "stop",
    OrderKind.STOP_LIMIT: "stop_limit",
    OrderKind.TRAILING_STOP: "trailing_stop",
}
_FAR = Decimal("0.10")
"""How far beyond its trigger a stop of crypto may still trade."""
_FILLS, _ORDERS = 100, 500
_SHARES, _COINS = "/v2/stocks", "/v1beta3/crypto/us"
_NOT_FOUND = 404
_ACTIVITIES = "/v2/account/activities"
_TRADES = f"{_ACTIVITIES}/FILL"


@dataclass(frozen=True, slots=True)
class AlpacaVenue(NativeVenue):
    """One account at Alpaca; the wire's address says whether it is a paper account.

    Attributes
    ----------
    data : Wire or None
        To where prices are told; None where that is told at the same address.
    """

    wire: Wire
    credentials: CachedCredentials
    data: Wire | None = None

    resends: ClassVar[bool] = True

    @property
    def facts(self) -> VenueFacts:
        """What Alpaca can do."""
        return FACTS

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return every working order, page by page, newest first."""
        names, found = self._names(), dict[str, VenueOrder]()
        query: dict[str, str | int] = {"status": "open", "limit": _ORDERS, "direction": "desc"}
        while True:
            rows = list(self.ask(lambda asked=dict(query): self._get("/v2/orders", asked)))  # type: ignore[misc]
            found |= {one.venue_id: one for one in (self._ours(row, names) for row in rows)}
            if len(rows) < _ORDERS or query.get("until") == rows[-1]["submitted_at"].text():
                return list(found.values())
            query["until"] = rows[-1]["submitted_at"].text()

    def fills(self, since: int) -> Sequence[VenueFill]:
        """Return every fill, each with its order's client id, which only the order tells."""
        names = self._names()
        every = sweep(lambda: self._activities(since, _TRADES, {}), _activity)
        rows = [row for row in every if moment(row["transaction_time"]) >= since]
        ids = self._client_ids({row["order_id"].text() for row in rows})
        found = [read_fill(row, names, ids[row["order_id"].text()]) for row in rows]
        return sorted(found, key=lambda one: (one.ts, one.trade_id))

    def fills_of(self, order: Order) -> Sequence[VenueFill]:
        """Return the fills of an order, and of whatever has taken its place."""
        names, line = self._names(), {row["id"].text() for row in self.ask(lambda: list(self._line(order)))}
        every = sweep(lambda: self._activities(order.created - SKEW, _TRADES, {}), _activity) if line else ()
        found = [read_fill(row, names, order.id) for row in every if row["order_id"].text() in line]
        return sorted(found, key=lambda one: (one.ts, one.trade_id))

    def flows(self, since: int) -> Sequence[VenueFlow]:
        """Return every activity that is no trade."""
        rows = sweep(lambda: self._activities(since, _ACTIVITIES, {"category": "non_trade_activity"}), _activity)
        found = [read_flow(row, self._names()) for row in rows]
        return sorted((one for one in found if one.ts >= since), key=lambda one: (one.ts, one.flow_id))

    def balances(self) -> Mapping[str, Balance]:
        """Return cash and coins; shares are positions."""
        account, positions = self.ask(lambda: (self._get("/v2/account", {}), self._get("/v2/positions", {})))
        return read_balances(account, positions, self._names())

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return every position."""
        return self.ask(lambda: read_positions(self._get("/v2/positions", {}), self._names()))

    def rules(self) -> Sequence[Listing]:
        """Return every active asset."""
        return self.ask(lambda: read_listings(self._get("/v2/assets", {"status": "active"}), FACTS.name))

    def offers(self, order: Order) -> Sequence[BookLevel]:
        """Return the other side of a pair's order book; of a stock, for which it has none, the best price."""
        name, names = spelled(order.instrument), {spelled(order.instrument): order.instrument}
        if _is_crypto(order):
            shown = self.ask(lambda: self._price(f"{_COINS}/latest/orderbooks", {"symbols": name}))
            return opposite(read_book(shown["orderbooks"][name], order.instrument, DEPTH), order)
        shown = self.ask(lambda: self._price(f"{_SHARES}/snapshots", {"symbols": name, "feed": "iex"}))
        quote = read_quotes(shown, names).get(order.instrument)
        price = (quote.ask if order.side is Side.BUY else quote.bid) if quote else None
        return [BookLevel(price, Decimal(0))] if price else []

    def now(self) -> int:
        """Return its time."""
        return self.ask(lambda: moment(self._get("/v2/clock", {})["timestamp"]))

    def may_trade(self) -> bool:
        """Return whether the account is blocked; its keys have no rights of their own."""
        return self.ask(lambda: not is_blocked(self._get("/v2/account", {})))

    def _send(self, order: Order, terms: Terms) -> Reported:
        if order.deadline and self.clock() > order.deadline:
            raise VenueError(Verdict.RETRY, Refusal.ARRIVED_LATE, "the order's deadline has passed")
        row = self._call("POST", "/v2/orders", _form(order, terms))
        return Reported(OrderStatus.ACCEPTED, venue_id=row["id"].text())

    def _look(self, order: Order) -> VenueOrder | None:
        """Look an order up, and whatever has taken its place."""
        rows = list(self._line(order))
        before = sum((read_order(row, {}).filled for row in rows[:-1]), Decimal(0))
        return _joined(read_order(rows[-1], self._names()), before) if rows else None

    def _line(self, order: Order) -> Iterator[Node]:
        """Yield an order's row, and the row of each that took the place of the one before."""
        query = {"client_order_id": str(order.id)}
        row = self._get_or_none(f"/v2/orders:by_client_order_id?{urlencode(query)}")
        while row is not None:
            yield row
            heir = row.get("replaced_by") if row["status"].text() == REPLACED else None
            row = self._get_or_none(f"/v2/orders/{quote(heir.text())}") if heir else None

    def _ours(self, row: Node, names: Mapping[str, InstrumentId]) -> VenueOrder:
        """Read an order; one that took another's place on Alpaca's own pages goes by that one's client id."""
        found = read_order(row, names)
        while row.get("replaces") and not is_named_after(row):
            before = self._get_or_none(f"/v2/orders/{quote(row['replaces'].text())}")
            if before is None:
                break
            row = before
        return replace(found, client_id=read_order(row, {}).client_id)

    def _withdraw(self, order: Order) -> None:
        self._call("DELETE", f"/v2/orders/{quote(self._id_of(order))}", None)

    def _change(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        terms, found = terms_of(order), self._look(order)
        if found is None or found.filled:
            raise VenueError(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, "Alpaca changes no order that is filled in part")
        body = {"qty": f"{quantity:f}", "client_order_id": id_after(str(order.id), found.venue_id)}
        if price:
            body["stop_price" if terms.trigger else "limit_price"] = f"{price:f}"
        if price and terms.kind is OrderKind.STOP and _is_crypto(order):
            body["limit_price"] = f"{_catching(order.side, price):f}"
        self._call("PATCH", f"/v2/orders/{quote(found.venue_id)}", body)

    def _id_of(self, order: Order) -> str:
        found = self._look(order)
        if found is None:
            raise VenueError(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, f"Alpaca has no order {order.id}")
        return found.venue_id

    def _names(self) -> Mapping[str, InstrumentId]:
        return spellings(self.instruments)

    def _activities(self, since: int, path: str, more: Mapping[str, str]) -> Iterator[Node]:
        after = datetime.fromtimestamp((since - 1) / 1000, UTC).isoformat().replace("+00:00", "Z") if since > 0 else ""
        query: dict[str, str | int] = {"direction": "asc", "page_size": _FILLS, **more}
        query |= {"after": after} if after else {}
        while True:
            rows = list(self.ask(lambda asked=dict(query): self._get(path, asked)))  # type: ignore[misc]
            yield from rows
            if not rows or query.get("page_token") == rows[-1]["id"].text():
                return
            query["page_token"] = rows[-1]["id"].text()

    def _client_ids(self, wanted: set[str]) -> Mapping[str, str]:
        """Return our id of each order: most are among the latest, the others are asked for one by one."""
        if not wanted:
            return {}
        query: dict[str, str | int] = {"status": "all", "limit": _ORDERS, "direction": "desc"}
        latest = [row for row in self.ask(lambda: self._get("/v2/orders", query)) if row["id"].text() in wanted]
        ids = {one.venue_id: one.client_id for one in (self._ours(row, {}) for row in latest)}
        for name in sorted(wanted - ids.keys()):
            row = self.ask(lambda asked=name: self._get(f"/v2/orders/{quote(asked)}", {}))  # type: ignore[misc]
            ids[name] = self._ours(row, {}).client_id
        return ids

    def _get(self, path: str, query: Mapping[str, str | int]) -> Node:
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def _get_or_none(self, target: str) -> Node | None:
        answer = self._asked("GET", target, None)
        return None if answer.status == _NOT_FOUND else self._result(answer)

    def _price(self, path: str, query: Mapping[str, str]) -> Node:
        return self._result(self._asked("GET", f"{path}?{urlencode(query)}", None, self.data or self.wire))

    def _call(self, method: str, target: str, body: Mapping[str, Any] | None) -> Node:
        """Make one request.

        Raises
        ------
        VenueError, NotSentError, LostError
            As it ended.
        ShapeError
            If the answer is none.
        """
        return self._result(self._asked(method, target, body))

    def _asked(self, method: str, target: str, body: Mapping[str, Any] | None, wire: Wire | None = None) -> Answer:
        known = self.credentials()
        headers = {
            "APCA-API-KEY-ID": known.key,
            "APCA-API-SECRET-KEY": known.secret,
            "Content-Type": "application/json",
        }
        return (wire or self.wire).send(method, target, "" if body is None else json.dumps(body), headers)

    def _result(self, answer: Answer) -> Node:
        if answer.status in {200, 204, 207}:
            return parse(answer.content or b"null")
        wait = self._reset(answer.headers)
        problem = judged(FACTS.title, f"HTTP {answer.status} {said(answer.content)}", RULES, wait)
        if problem.refusal is Refusal.BAD_CREDENTIALS:
            self.credentials.forget()
        raise problem

    def _reset(self, headers: Mapping[str, str]) -> float:
        until = headers.get("x-ratelimit-reset", "")
        return max(0.0, int(until) - self.clock() / 1000) if until.isdecimal() else 0.0


def _activity(row: Node) -> str:
    return row["id"].text()


def _joined(order: VenueOrder, before: Decimal) -> VenueOrder:
    """Count what was filled before an order took its place."""
    return replace(order, filled=order.filled + before) if before else order


def _is_crypto(order: Order) -> bool:
    return "/" in spelled(order.instrument)


def _catching(side: Side, trigger: Decimal) -> Decimal:
    """Return a limit so far beyond the trigger that it keeps no stop from trading, on the trigger's own grid."""
    return (trigger * (1 - _FAR if side is Side.SELL else 1 + _FAR)).quantize(trigger)


def _form(order: Order, terms: Terms) -> dict[str, Any]:
    if not FACTS.offers(terms, order.instrument):
        raise VenueError(Verdict.REJECTED, Refusal.NOT_OFFERED, f"Alpaca has no {terms.kind} {terms.lifetime} orders")
    crypto, kind, limit = _is_crypto(order), terms.kind, terms.limit
    if crypto and kind is OrderKind.STOP:
        kind, limit = OrderKind.STOP_LIMIT, _catching(order.side, terms.trigger)
    # A market order of stocks outside the session waits for the next one.
    lifetime = TimeInForce.DAY if kind is OrderKind.MARKET and not crypto else terms.lifetime
    form = {
        "symbol": spelled(order.instrument),
        "qty": f"{order.quantity:f}",
        "side": order.side.lower(),
        "type": _KINDS[kind],
        "time_in_force": lifetime.lower(),
        "client_order_id": str(order.id),
    }
    prices = {"limit_price": limit, "stop_price": terms.trigger, "trail_price": terms.trail}
    return form | {name: f"{price:f}" for name, price in prices.items() if price}

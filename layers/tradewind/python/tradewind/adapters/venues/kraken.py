"""Kraken's spot trading: `/0/private/…`.

Source: https://docs.kraken.com/api-reference/trading. A client id is unique among open orders only, so an order that is
not found may be sent again only when its `deadline` has passed: then Kraken refuses what still arrives. The nonce of a
key only grows; functions that share a key get past each other by trying again. Fees are taken in the quote currency.
"""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

from tradewind.adapters.market.kraken import pair, primary_names
from tradewind.adapters.market.shape import Node, ShapeError, parse
from tradewind.adapters.venues import facts
from tradewind.adapters.venues.kraken_words import (
    RULES,
    TRADED,
    client_id_of,
    read_balances,
    read_flow,
    read_order,
    read_shown,
    read_trade,
)
from tradewind.adapters.venues.problem import VenueError, Verdict, judged
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
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce, terms_of

URL = "https://api.kraken.com"

FACTS = facts.KRAKEN

_KINDS = {
    OrderKind.MARKET: "market",
    OrderKind.LIMIT: "limit",
    OrderKind.STOP: "stop-loss",
    OrderKind.STOP_LIMIT: "stop-loss-limit",
    OrderKind.TAKE_PROFIT: "take-profit",
    OrderKind.TRAILING_STOP: "trailing-stop",
}
_SOONEST = 2_000
"""Kraken takes no deadline that is nearer, in ms."""
_QUERIED = 50
_TRADES = 20
"""Trades that one question may name."""
_SWEEPS = 3
_PAGES = 200

type Form = dict[str, str]


@dataclass(slots=True)
class Nonces:
    """Numbers that only grow, whoever asks at the same moment.

    Attributes
    ----------
    clock : callable
        UTC ns.
    """

    clock: Callable[[], int] = time.time_ns
    last: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> int:
        """Return the next: microseconds since 1970, or one more than the last."""
        with self.lock:
            self.last = max(self.last + 1, self.clock() // 1_000)
            return self.last


def signature(path: str, nonce: str, body: str, secret: str) -> str:
    """Return `API-Sign`: HMAC-SHA512 of the path and SHA-256 of nonce and body, with the decoded secret."""
    digest = hashlib.sha256((nonce + body).encode()).digest()
    made = hmac.new(base64.b64decode(secret), path.encode() + digest, hashlib.sha512)
    return base64.b64encode(made.digest()).decode()


@dataclass(frozen=True, slots=True)
class KrakenVenue(SpotVenue):
    """One account at Kraken."""

    nonces: Nonces = field(default_factory=Nonces)

    @property
    def facts(self) -> VenueFacts:
        """What Kraken can do."""
        return FACTS

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return every working order."""
        rows = self.ask(lambda: self._call("OpenOrders", {}))["open"]
        names = self._names()
        return [read_shown(name, row, names) for name, row in rows.entries()]

    def fills(self, since: int) -> Sequence[VenueFill]:
        """Return every trade; its pages move while they are read, so all are read again until none is missing."""
        for _ in range(_SWEEPS):
            rows, count = self._paged("TradesHistory", "trades", since)
            if len(rows) >= count:
                found = self._named(rows)
                return sorted((one for one in found if one.ts >= since), key=lambda one: (one.ts, one.trade_id))
        raise TransientError(f"Kraken promised {count} trades since {since} and showed {len(rows)}")

    def fills_of(self, order: Order) -> Sequence[VenueFill]:
        """Return what the order's own row names; where that is not all, look through every trade since."""
        shown = self.ask(lambda: self._rows_of(order, {"trades": "true"}))
        ids = {name: read_order(name, row, self._names()).client_id for name, row in shown}
        named = [one.text() for _, row in shown for one in row.get("trades") or ()]
        rows = dict[str, Node]()
        for at in range(0, len(named), _TRADES):
            form = {"txid": ",".join(named[at : at + _TRADES])}
            rows |= dict(self.ask(lambda asked=form: self._call("QueryTrades", asked)).entries())  # type: ignore[misc]
        found = [read_trade(name, row, self._names(), ids[row["ordertxid"].text()]) for name, row in rows.items()]
        whole = sum((row["vol_exec"].decimal() for _, row in shown), Decimal(0))
        if not shown or sum((one.quantity for one in found), Decimal(0)) < whole:
            return super(KrakenVenue, self).fills_of(order)
        return sorted(found, key=lambda one: (one.ts, one.trade_id))

    def flows(self, since: int) -> Sequence[VenueFlow]:
        """Return what its own ledger has besides trades."""
        for _ in range(_SWEEPS):
            rows, count = self._paged("Ledgers", "ledger", since)
            if len(rows) >= count:
                found = [read_flow(name, row) for name, row in rows.items() if row["type"].text() != TRADED]
                return sorted((one for one in found if one.ts >= since), key=lambda one: (one.ts, one.flow_id))
        raise TransientError(f"Kraken promised {count} entries since {since} and showed {len(rows)}")

    def balances(self) -> Mapping[str, Balance]:
        """Return balances, what open orders hold apart."""
        return self.ask(lambda: read_balances(self._call("BalanceEx", {})))

    def _send(self, order: Order, terms: Terms) -> Reported:
        answer = self._call("AddOrder", self._form(order, terms))
        return Reported(OrderStatus.ACCEPTED, venue_id=answer["txid"].at(0).text())

    def _look(self, order: Order) -> VenueOrder | None:
        """Look among the open ones first: an order that closes meanwhile is then among the closed ones."""
        found = [read_order(name, row, self._names()) for name, row in self._rows_of(order, {})]
        ours = [one for one in found if one.client_id == order.id]
        return max(ours, key=lambda one: (one.filled, one.status.is_working, one.created), default=None)

    def _rows_of(self, order: Order, more: Form) -> list[tuple[str, Node]]:
        asked = {"cl_ord_id": str(order.id), **more}
        working = self._call("OpenOrders", asked)["open"].entries()
        return [*working, *self._call("ClosedOrders", asked)["closed"].entries()]

    def _withdraw(self, order: Order) -> None:
        self._call("CancelOrder", {"cl_ord_id": str(order.id)})

    def _change(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        terms = terms_of(order)
        form = {"cl_ord_id": str(order.id), "order_qty": f"{quantity:f}"}
        if price:
            form["trigger_price" if terms.trigger else "limit_price"] = f"{price:f}"
        self._call("AmendOrder", form)

    def _form(self, order: Order, terms: Terms) -> Form:
        if terms.lifetime not in FACTS.lifetimes:
            raise VenueError(Verdict.REJECTED, Refusal.NOT_OFFERED, f"Kraken has no {terms.lifetime} orders")
        flags = ["fciq", *(["post"] if terms.post_only else [])]
        form = {
            "ordertype": _KINDS[terms.kind],
            "type": order.side.lower(),
            "volume": f"{order.quantity:f}",
            "pair": pair(order.instrument),
            "cl_ord_id": str(order.id),
            "oflags": ",".join(flags),
            **_prices(terms),
        }
        if terms.kind is OrderKind.LIMIT:
            form["timeinforce"] = str(terms.lifetime)
        if terms.lifetime is TimeInForce.GTD:
            form["expiretm"] = str(terms.expires // 1000)
        return form | self._deadline(order)

    def _deadline(self, order: Order) -> Form:
        """Return until when Kraken may take the order; where that is too near, it is not sent at all."""
        if not order.deadline:
            return {}
        if order.deadline - self.clock() < _SOONEST:
            raise VenueError(Verdict.RETRY, Refusal.ARRIVED_LATE, "the order's deadline is too near to send it")
        return {"deadline": datetime.fromtimestamp(order.deadline / 1000, UTC).isoformat(timespec="milliseconds")}

    def _orders(self, rows: Node) -> list[VenueOrder]:
        names = self._names()
        return [read_order(name, row, names) for name, row in rows.entries()]

    def _paged(self, method: str, name: str, since: int) -> tuple[dict[str, Node], int]:
        """Return rows by their id, page by page until there are as many as Kraken says there are."""
        rows: dict[str, Node] = {}
        start = f"{(since - 1) / 1000:.3f}"  # what Kraken gives begins after it
        offset = count = 0
        for _ in range(_PAGES):
            form = {"start": start, "ofs": str(offset)}
            page = self.ask(lambda asked=form: self._call(method, asked))  # type: ignore[misc]
            count, found = page["count"].whole(), dict(page[name].entries())
            rows |= found
            offset += len(found)
            if not found or offset >= count:
                break
        return rows, count

    def _named(self, rows: Mapping[str, Node]) -> list[VenueFill]:
        """Read trades, each with its order's client id, which only the order tells."""
        names = self._every_name(row["pair"].text() for row in rows.values())
        orders = sorted({row["ordertxid"].text() for row in rows.values()})
        ids: dict[str, str] = {}
        for at in range(0, len(orders), _QUERIED):
            form = {"txid": ",".join(orders[at : at + _QUERIED])}
            found = self.ask(lambda asked=form: self._call("QueryOrders", asked))  # type: ignore[misc]
            ids |= {name: client_id_of(row) for name, row in found.entries()}
        return [read_trade(name, row, names, ids.get(row["ordertxid"].text(), "")) for name, row in rows.items()]

    def _spelt(self, instruments: Sequence[InstrumentId]) -> Mapping[str, InstrumentId]:
        return {name: one for one in instruments for name in primary_names(one)}

    def _call(self, method: str, form: Mapping[str, str]) -> Node:
        """Make one signed request.

        Raises
        ------
        VenueError, NotSentError, LostError
            As it ended.
        ShapeError
            If the answer is none.
        """
        path, nonce, held_now = f"/0/private/{method}", str(self.nonces()), self.credentials()
        body = urlencode({"nonce": nonce, **form})
        headers = {
            "API-Key": held_now.key,
            "API-Sign": signature(path, nonce, body, held_now.secret),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.wire.send("POST", path, body, headers)
        if answer.status != 200:  # noqa: PLR2004 - Kraken tells its own errors with 200: this is somebody before it
            raise LostError(f"Kraken answered HTTP {answer.status}")
        return self._result(parse(answer.content))

    def _result(self, answer: Node) -> Node:
        errors = answer.members.get("error")
        if not isinstance(errors, list):
            raise ShapeError("error", "an array", errors)
        for text in map(str, errors):
            if text.startswith("W"):
                continue
            problem = judged(FACTS.title, text, RULES)
            if problem.refusal is Refusal.BAD_CREDENTIALS and problem.verdict is Verdict.REJECTED:
                self.credentials.forget()
            raise problem
        return answer["result"]


def _prices(terms: Terms) -> Form:
    match terms.kind:
        case OrderKind.MARKET:
            return {}
        case OrderKind.LIMIT:
            return {"price": f"{terms.limit:f}"}
        case OrderKind.STOP_LIMIT:
            return {"price": f"{terms.trigger:f}", "price2": f"{terms.limit:f}"}
        case OrderKind.TRAILING_STOP:
            return {"price": f"+{terms.trail:f}"}
        case _:
            return {"price": f"{terms.trigger:f}"}

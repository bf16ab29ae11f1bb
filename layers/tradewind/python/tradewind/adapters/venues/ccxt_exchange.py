"""Any other exchange, through the library ccxt (https://docs.ccxt.com): `ccxt:bitstamp`.

What holds for all of its exchanges is little: no expiry of an order under way, and no promise that an id is taken once.
So what is not found is never taken for absent, and an unclear order waits for the exchange, or for a person. Orders are
markets, limits and stops that live until they are cancelled, or take at once.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.adapters.market.ccxt_exchange import CcxtProvider
from tradewind.adapters.market.provider import parted
from tradewind.adapters.venues import facts
from tradewind.adapters.venues.credentials import CachedCredentials, Fetch
from tradewind.adapters.venues.looking import DEPTH, opposite
from tradewind.adapters.venues.native import NativeVenue, Patience
from tradewind.adapters.venues.problem import VenueError, Verdict
from tradewind.adapters.venues.reading import held, spelt
from tradewind.adapters.venues.wire import LostError
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
from tradewind.domain.instrument import InstrumentId, venue_of
from tradewind.domain.market import BookLevel, Listing
from tradewind.domain.order import Order, OrderStatus, Side
from tradewind.domain.terms import Terms, TimeInForce, terms_of
from tradewind.domain.venue import FlowKind

_STATUS = {
    "open": OrderStatus.ACCEPTED,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "canceling": OrderStatus.ACCEPTED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
_PAGE = 100
_SAID = 200


def venue(exchange: str, instruments: Sequence[InstrumentId], fetch: Fetch, clock: Callable[[], int]) -> "CcxtVenue":
    """Build one account's adapter over an exchange that ccxt knows; only instruments with its suffix are its own."""
    own = [one for one in instruments if venue_of(one) == exchange.upper()]
    provider = CcxtProvider(exchange)
    return CcxtVenue(own, clock, Patience(budget=6.0), provider, CachedCredentials(fetch, time.monotonic))


@dataclass(frozen=True, slots=True)
class CcxtVenue(NativeVenue):
    """One account at an exchange of ccxt."""

    market: CcxtProvider
    credentials: CachedCredentials

    @property
    def facts(self) -> VenueFacts:
        """What holds for every exchange, and whether ccxt says that this one knows post-only."""
        told = (self.market._venue().features or {}).get("spot") or {}  # noqa: SLF001 - one library, two adapters
        knows = ((told.get("createOrder") or {}).get("timeInForce") or {}).get("PO")
        return facts.of_ccxt(self.market.exchange, post_only=knows is True)

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return the working orders of the account's instruments, one by one."""
        rows = [self.ask(lambda p=pair: self._call("fetch_open_orders", p)) for pair in self._names()]  # type: ignore[misc]
        return [self._order(row) for page in rows for row in page]

    def fills(self, since: int) -> Sequence[VenueFill]:
        """Return the trades of the account's instruments, each with its order's client id where its order is shown."""
        found: list[VenueFill] = []
        for pair in self._names():
            rows = self._trades(pair, since)
            ids = self.ask(lambda p=pair: {one.venue_id: one.client_id for one in self._shown_of(p)}) if rows else {}  # type: ignore[misc]
            found += [self._fill(row, ids) for row in rows]
        return sorted((one for one in found if one.ts >= since), key=lambda one: (one.ts, one.trade_id))

    def _trades(self, pair: str, since: int) -> list[Mapping[str, Any]]:
        """Return a pair's trades, page by page; some exchanges begin after the moment asked for."""
        found: dict[str, Mapping[str, Any]] = {}
        start = since - 1
        while True:
            page = self.ask(lambda at=start: self._call("fetch_my_trades", pair, at, _PAGE))  # type: ignore[misc]
            fresh = {str(row["id"]): row for row in page if str(row["id"]) not in found}
            found |= fresh
            if not fresh or len(page) < _PAGE:
                return list(found.values())
            start = max(int(row["timestamp"]) for row in fresh.values()) - 1

    def flows(self, since: int) -> Sequence[VenueFlow]:
        """Return deposits and withdrawals where the exchange tells of them; of what else moves balances nothing."""
        has = self.market._venue().has  # noqa: SLF001 - one library, two adapters
        found = [
            VenueFlow(
                str(row["id"]), kind, {str(row["currency"]): sign * _amount(row["amount"])}, int(row["timestamp"])
            )
            for method, kind, sign in _FLOWS
            if has.get(_camel(method))
            for row in self.ask(lambda m=method: self._call(m, None, since))  # type: ignore[misc]
            if row.get("status") in {"ok", None} and int(row["timestamp"]) >= since
        ]
        return sorted(found, key=lambda one: (one.ts, one.flow_id))

    def balances(self) -> Mapping[str, Balance]:
        """Return balances, what open orders hold apart."""
        rows = self.ask(lambda: self._call("fetch_balance"))
        return {coin: Balance(_amount(rows["total"][coin]), _amount(rows["free"].get(coin))) for coin in rows["total"]}

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return the coins held, by instrument."""
        return held(self.instruments, self.balances())

    def rules(self) -> Sequence[Listing]:
        """Return every pair that it lists."""
        return self.market.instruments(self.market.exchange)

    def now(self) -> int:
        """Return its time."""
        return self.market.server_time()

    def offers(self, order: Order) -> Sequence[BookLevel]:
        """Return the other side of its order book."""
        return opposite(self.market.book(order.instrument, DEPTH), order)

    def _send(self, order: Order, terms: Terms) -> Reported:
        if not self.facts.offers(terms, order.instrument):
            raise VenueError(Verdict.REJECTED, Refusal.NOT_OFFERED, f"ccxt promises no {terms.kind} {terms.lifetime}")
        params: dict[str, Any] = {"clientOrderId": str(order.id)}
        if terms.trigger:
            params["stopLossPrice"] = f"{terms.trigger:f}"
        if terms.post_only:
            params["postOnly"] = True
        if terms.lifetime is not TimeInForce.GTC:
            params["timeInForce"] = str(terms.lifetime)
        kind, price = ("limit", f"{terms.limit:f}") if terms.limit else ("market", None)
        pair = "/".join(parted(order.instrument))
        row = self._call("create_order", pair, kind, order.side.lower(), f"{order.quantity:f}", price, params)
        return Reported(OrderStatus.ACCEPTED, venue_id=str(row["id"]))

    def _look(self, order: Order) -> VenueOrder | None:
        found = self._shown_of("/".join(parted(order.instrument)))
        ours = [one for one in found if one.client_id == order.id]
        return max(ours, key=lambda one: (one.filled, one.status.is_working, one.created), default=None)

    def _shown_of(self, pair: str) -> list[VenueOrder]:
        """Return what the exchange shows of a pair's orders, the open ones first."""
        has = self.market._venue().has  # noqa: SLF001 - one library, two adapters
        methods = ("fetch_open_orders", "fetch_closed_orders", "fetch_canceled_orders")
        return [self._order(row) for one in methods if has.get(_camel(one)) for row in self._call(one, pair)]

    def _withdraw(self, order: Order) -> None:
        self._call("cancel_order", self._id_of(order), "/".join(parted(order.instrument)))

    def _change(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        terms = terms_of(order)
        if terms.trigger:
            raise VenueError(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, "ccxt changes no stops: cancel and send anew")
        limit = f"{price or terms.limit:f}"
        pair = "/".join(parted(order.instrument))
        self._call("edit_order", self._id_of(order), pair, "limit", order.side.lower(), f"{quantity:f}", limit)

    def _id_of(self, order: Order) -> str:
        found = self._look(order)
        if found is None:
            raise VenueError(Verdict.REJECTED, Refusal.NOT_CHANGEABLE, f"{self.facts.title} has no order {order.id}")
        return found.venue_id

    def _names(self) -> Mapping[str, InstrumentId]:
        return spelt(self.instruments, lambda one: "/".join(parted(one)))

    def _order(self, row: Mapping[str, Any]) -> VenueOrder:
        filled = _amount(row.get("filled"))
        status = _STATUS.get(str(row.get("status")), OrderStatus.ACCEPTED)
        return VenueOrder(
            client_id=str(row.get("clientOrderId") or ""),
            venue_id=str(row["id"]),
            instrument=self._named(row),
            side=Side(str(row["side"]).upper()),
            status=OrderStatus.PARTIALLY_FILLED if filled and status is OrderStatus.ACCEPTED else status,
            quantity=_amount(row.get("amount")),
            filled=filled,
            average_price=_amount(row.get("average")),
            limit=_amount(row.get("price")),
            trigger=_amount(row.get("triggerPrice")),
            created=int(row.get("timestamp") or 0),
        )

    def _fill(self, row: Mapping[str, Any], ids: Mapping[str, str]) -> VenueFill:
        fee = row.get("fee") or {}
        return VenueFill(
            trade_id=str(row["id"]),
            client_id=ids.get(str(row.get("order")), ""),
            venue_id=str(row.get("order") or ""),
            instrument=self._named(row),
            side=Side(str(row["side"]).upper()),
            quantity=_amount(row["amount"]),
            price=_amount(row["price"]),
            fee=_amount(fee.get("cost")),
            fee_currency=str(fee.get("currency") or ""),
            ts=int(row["timestamp"]),
        )

    def _named(self, row: Mapping[str, Any]) -> InstrumentId:
        pair = str(row["symbol"])
        suffix = self.market.exchange.upper()
        return self._names().get(pair) or InstrumentId(f"{pair.replace('/', '-')}.{suffix}")

    def _call(self, method: str, *arguments: Any) -> Any:
        """Call ccxt with the account's credentials.

        Raises
        ------
        VenueError, LostError
            As its error asks for.
        """
        import ccxt  # noqa: PLC0415 - heavy

        made, known = self.market._venue(), self.credentials()  # noqa: SLF001 - one library, two adapters
        made.apiKey, made.secret, made.password = known.key, known.secret, known.passphrase
        try:
            return getattr(made, method)(*arguments)
        except ccxt.BaseError as error:
            raise self._problem(error) from None

    def _problem(self, error: Exception) -> VenueError | LostError:
        import ccxt  # noqa: PLC0415 - heavy

        known: tuple[tuple[type[Exception], Verdict, Refusal], ...] = (
            (ccxt.RateLimitExceeded, Verdict.RETRY, Refusal.TOO_MANY_ORDERS),
            (ccxt.DDoSProtection, Verdict.RETRY, Refusal.TOO_MANY_ORDERS),
            (ccxt.InvalidNonce, Verdict.RETRY, Refusal.BAD_CREDENTIALS),
            (ccxt.PermissionDenied, Verdict.REJECTED, Refusal.NOT_PERMITTED),
            (ccxt.AccountSuspended, Verdict.REJECTED, Refusal.NOT_PERMITTED),
            (ccxt.AuthenticationError, Verdict.REJECTED, Refusal.BAD_CREDENTIALS),
            (ccxt.InsufficientFunds, Verdict.REJECTED, Refusal.INSUFFICIENT_BALANCE),
            (ccxt.DuplicateOrderId, Verdict.REJECTED, Refusal.DUPLICATE_ID),
            (ccxt.OrderNotFound, Verdict.REJECTED, Refusal.NOT_CHANGEABLE),
            (ccxt.OrderImmediatelyFillable, Verdict.REJECTED, Refusal.WOULD_TAKE),
            (ccxt.BadSymbol, Verdict.REJECTED, Refusal.UNKNOWN_INSTRUMENT),
            (ccxt.InvalidOrder, Verdict.REJECTED, Refusal.REFUSED),
            (ccxt.NotSupported, Verdict.REJECTED, Refusal.NOT_OFFERED),
            (ccxt.BadRequest, Verdict.REJECTED, Refusal.REFUSED),
        )
        said = f"{self.facts.title} says {type(error).__name__}: {self._shown(error)}"
        for kind, verdict, refusal in known:
            if isinstance(error, kind):
                if refusal is Refusal.BAD_CREDENTIALS and verdict is Verdict.REJECTED:
                    self.credentials.forget()
                return VenueError(verdict, refusal, said)
        return LostError(f"the answer of {self.facts.title} was lost: {type(error).__name__}")

    def _shown(self, error: Exception) -> str:
        """Return what an exchange said, without the credentials that its echo may hold."""
        known, said = self.credentials(), str(error)
        for one in filter(None, (known.key, known.secret, known.passphrase)):
            said = said.replace(one, "…")
        return said[:_SAID]


_FLOWS = (("fetch_deposits", FlowKind.DEPOSIT, 1), ("fetch_withdrawals", FlowKind.WITHDRAWAL, -1))


def _amount(value: object) -> Decimal:
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


def _camel(method: str) -> str:
    first, *rest = method.split("_")
    return first + "".join(word.title() for word in rest)

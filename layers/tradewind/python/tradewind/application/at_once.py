"""Orders of people and of webhooks on paper: they wait for no bar, so somebody must say what the market is now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import PAPER, History
from tradewind.application.by_hand import shard_of
from tradewind.application.ports import Clock
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.market import OrderBook
from tradewind.domain.order import AT_ONCE, NOTHING, Order, OrderStatus
from tradewind.domain.order_terms import OrderKind, TimeInForce
from tradewind.execution import transactions
from tradewind.execution.paper import fill_now
from tradewind.execution.pricing import Priced, Seen, priced, within
from tradewind.risk.orders import check_order
from tradewind.risk.request import Denial, OrderRequest

type LatestBook = Callable[[InstrumentId], OrderBook | None]
"""Returns the latest order book that somebody has stored."""

_WAITING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_LOOKS_BACK = 3
"""Bars before the latest due one in which a last close is looked for."""


def nobody(_: InstrumentId) -> None:
    """Know of no order book."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Look at the market for an order, refuse what cannot be meant, and fill what can be filled now."""

    configuration: Configuration
    history: History
    clock: Clock
    latest_book: LatestBook = nobody

    def concerns(self, order: Order) -> bool:
        """Tell whether nobody need wait for the next bar: by hand, at the market or with a limit, where we are it."""
        paper = self.configuration.account(order.account).venue == PAPER
        at_once = order.source in AT_ONCE and order.terms.kind in {OrderKind.MARKET, OrderKind.LIMIT}
        return paper and at_once and order.leg.at_market and order.status in _WAITING

    def look(self, book: Book, created: int) -> Seen:
        """Return the last close and the latest order book of an instrument."""
        name, now = book.instrument, self.clock.now(max(created, book.last_bar))
        shard = shard_of(self.configuration, book.account, name)
        since = _due(shard, now) - _LOOKS_BACK * shard.timeframe.ms
        bars = self.history(name, shard.timeframe, since, now)
        if not bars:
            return Seen(book.mark, book.last_bar if book.mark else 0, self.latest_book(name))
        rules = self.configuration.instrument(name)
        return Seen(rules.price(rules.ticks(bars[-1].close)), bars[-1].ts_close, self.latest_book(name))

    def refusal(self, order: Order, reference: Decimal, seen: Seen) -> Denial | None:
        """Return why an entry cannot be meant, or None."""
        shard = shard_of(self.configuration, order.account, order.instrument)
        now = self.clock.now(max(order.created, seen.close_ts))
        request = OrderRequest(
            order=order,
            instrument=self.configuration.instrument(order.instrument),
            limits=self.configuration.account(order.account).limits,
            reference=reference,
            price=seen.close,
            price_ts=seen.close_ts,
            due=_due(shard, now),
            bar=shard.timeframe.ms,
            now=now,
            # A replayed bar closes when its day does: there, the session is always over.
            market_open=self.configuration.clock == "replay" or _calendar(shard).is_open(now),
            best=seen.best(order.side, now),
        )
        return check_order(request)

    def filled(self, account: Account, book: Book, order: Order, ts: int = 0) -> Changeset:
        """Fill of an order what can be had now; what its price was made of is in the journal.

        Parameters
        ----------
        ts : int
            UTC ms; when it was placed, without it.
        """
        ts = ts or order.created
        rules, now = self.configuration.account(order.account), self.clock.now(max(ts, book.last_bar))
        quantity, price = self._offered(order, self.look(book, ts), now)
        ended = _unfillable(order, quantity, price)
        if ended or price is None:
            return transactions.report(account, book, ended or order, ts)
        taken = replace(book, orders=tuple(order if one.id == order.id else one for one in book.orders))
        instrument = self.configuration.instrument(order.instrument)
        outcome = fill_now(taken, order, price.price, ts, instrument, rules, quantity)
        got = sum((one.quantity for one in outcome.fills), NOTHING)
        told = (transactions.filled_by_hand(order, price, got, book.last_bar, ts),) if got else ()
        return transactions.apply_outcome(account, book, outcome, told, rules.remembers, ts)

    def _offered(self, order: Order, seen: Seen, now: int) -> tuple[Decimal, Priced | None]:
        """Return how much of an order can be had now, and at which price."""
        rules, instrument = self.configuration.account(order.account), self.configuration.instrument(order.instrument)
        if order.terms.kind is OrderKind.MARKET:
            return order.left, priced(seen, order.side, order.left, instrument, rules.slippage_bps, now)
        found = within(seen, order.side, order.left, order.terms.limit, instrument, rules.slippage_bps, now)
        return found or (NOTHING, None)


def _unfillable(order: Order, quantity: Decimal, price: Priced | None) -> Order | None:
    """Return an order that ends, because of what can be had of it now; None where it may go on."""
    terms = order.terms
    if terms.post_only and price:
        return order.becomes(OrderStatus.REJECTED, f"WOULD_TAKE: post-only, and {price.price:f} is offered")
    if terms.lifetime is TimeInForce.FOK and quantity < order.left:
        text = f"FOK: {quantity:f} of {order.quantity:f} were to be had at {terms.limit:f}"
        return order.becomes(OrderStatus.CANCELED, text)
    if terms.lifetime is TimeInForce.IOC and price is None:
        return order.becomes(OrderStatus.CANCELED, f"IOC: nothing was to be had at {terms.limit:f}")
    return None


def marked(book: Book, close: Decimal) -> Book:
    """Return a book at rest with the last close as its mark, so that what it will hold is worth something."""
    return book if book.is_active or not close else replace(book, mark=close)


def _calendar(shard: Shard) -> Calendar:
    return Calendar(CalendarName(shard.calendar))


def _due(shard: Shard, now: int) -> int:
    return _calendar(shard).last_close(shard.timeframe, now)

"""What stands behind a venue's private side: accounts, orders, and matching on its market's books and bars.

Money is conserved: what every trade moved, and what was paid in, is what the balances say (`check`).
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from tests.venues.market import Market
from tests.venues.orders import WORKING, ZERO, DeniedError, Move, Placed, Trade, Wish
from tradewind.domain.timeframe import MINUTE, Timeframe


@dataclass
class Exchange:
    """One account at one venue.

    Attributes
    ----------
    paid_in : dict
        What was deposited, by coin: the balances' beginning.
    taker, maker : Decimal
        Fees as fractions.
    fee_in_coin : bool
        Whether a buyer pays in the coin bought.
    sold_for_coin : bool
        Whether a seller pays in the coin sold.
    unique : str
        Of client ids: `open` among open orders, `ever`, or `` for not at all.
    share : Decimal
        How much of a bar's volume a resting order may have.
    """

    market: Market
    paid_in: dict[str, Decimal]
    taker: Decimal = Decimal("0.0026")
    maker: Decimal = Decimal("0.0016")
    fee_in_coin: bool = False
    sold_for_coin: bool = False
    unique: str = "open"
    share: Decimal = Decimal("0.1")
    spell: Callable[[int], str] = "O{:06d}".format
    spell_trade: Callable[[int], str] = "T{:06d}".format
    orders: dict[str, Placed] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.balances = dict(self.paid_in)

    # ── what clients ask for ─────────────────────────────────────────────────────────────────────────────────────

    def place(self, wish: Wish, *, again: bool = False) -> Placed:
        """Take an order; `again` takes it even where its id says that it is there."""
        now = self.market.clock()
        rules = self.market.symbols.get(wish.symbol)
        if wish.arrives_by and now > wish.arrives_by:
            raise DeniedError("late")
        if rules is None:
            raise DeniedError("symbol")
        if not rules.trading:
            raise DeniedError("closed")
        if not again and self._taken(wish.client_id):
            raise DeniedError("duplicate")
        self._measure(wish)
        if wish.post_only and self._crosses(wish):
            raise DeniedError("would take")
        if self._needs(wish) > self.free(self._pays(wish)):
            raise DeniedError("funds")
        return self._begin(wish, now)

    def cancel(self, order: Placed, reason: str = "User requested") -> None:
        self.settle()
        if order.state not in WORKING:
            raise DeniedError("not open")
        self._end(order, "canceled", reason)

    def amend(self, order: Placed, quantity: Decimal, limit: Decimal, trigger: Decimal) -> None:
        self.settle()
        if order.state not in WORKING:
            raise DeniedError("not open")
        wish = order.wish
        before = (wish.quantity, wish.limit, wish.trigger)
        wish.quantity = quantity or wish.quantity
        wish.limit, wish.trigger = limit or wish.limit, trigger or wish.trigger
        try:
            self._measure(wish)
            self._afford(wish)
        except DeniedError:
            wish.quantity, wish.limit, wish.trigger = before
            raise
        order.updated = self.market.clock()
        if not order.left > 0:
            self._end(order, "canceled", "amended below what was filled")
        elif order.state == "open":
            self._take(order)

    def by_client(self, client_id: str) -> list[Placed]:
        """Return every order with this client id, the latest first."""
        return [one for one in reversed(self.orders.values()) if one.wish.client_id == client_id]

    def working(self) -> list[Placed]:
        self.settle()
        return [one for one in self.orders.values() if one.state in WORKING]

    def free(self, coin: str) -> Decimal:
        held = sum(self._needs(one.wish, one.left) for one in self.orders.values() if self._holds(one, coin))
        return self.balances.get(coin, ZERO) - held

    # ── matching ─────────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self) -> None:
        """Let every bar that has closed since meet the working orders."""
        now = self.market.clock()
        for order in list(self.orders.values()):
            if order.state in WORKING:
                self._meet(order, now)

    def trade(self, symbol: str, price: Decimal, quantity: Decimal) -> None:
        """Let somebody trade at a price: resting orders that it reaches get their part."""
        for order in list(self.orders.values()):
            if order.state in WORKING and order.wish.symbol == symbol:
                quantity -= self._touch(order, price, price, price, quantity)

    def move(self, kind: str, coin: str, amount: Decimal) -> Move:
        """Let somebody pay in (above 0), take out, or charge (below 0)."""
        made = Move(f"M{len(self.moves) + 1:06d}", kind, coin, amount, self.market.clock())
        self.moves.append(made)
        self.balances[coin] = self.balances.get(coin, ZERO) + amount
        return made

    def fill_late(self, order: Placed, quantity: Decimal, price: Decimal) -> None:
        """Fill an order that has ended already, as a venue's matching may tell after its cancelling did."""
        state = order.state
        self._fill(order, quantity, price, maker=True)
        if state not in WORKING:
            order.state = state

    def check(self) -> None:
        """Compare the balances with what was paid in and traded.

        Raises
        ------
        AssertionError
            If money came from nowhere.
        """
        expected = dict(self.paid_in)
        for move in self.moves:
            expected[move.coin] = expected.get(move.coin, ZERO) + move.amount
        for trade in self.trades:
            base, _, quote = trade.order.wish.symbol.partition("-")
            quote = quote or "USD"
            sign = trade.order.sign
            expected[base] = expected.get(base, ZERO) + sign * trade.quantity
            expected[quote] = expected.get(quote, ZERO) - sign * trade.quantity * trade.price
            expected[trade.fee_currency] = expected.get(trade.fee_currency, ZERO) - trade.fee
        assert {k: v for k, v in expected.items() if v} == {k: v for k, v in self.balances.items() if v}
        assert all(one.filled <= one.wish.quantity for one in self.orders.values())

    def _meet(self, order: Placed, now: int) -> None:
        wish = order.wish
        first = max(order.seen, -(-order.created // MINUTE) * MINUTE)
        for row in self.market.rows(wish.symbol, Timeframe.M1, first, now - MINUTE):
            order.seen = row.ts + MINUTE
            if order.state in WORKING:
                o, h, low = Decimal(row.open), Decimal(row.high), Decimal(row.low)
                self._touch(order, o, h, low, Decimal(row.volume) * self.share)
        if wish.expires and now >= wish.expires and order.state in WORKING:
            self._end(order, "expired", "Order expired")

    def _touch(self, order: Placed, first: Decimal, high: Decimal, low: Decimal, volume: Decimal) -> Decimal:
        """Let a range of prices meet an order; return what it got of the volume."""
        wish, before = order.wish, order.filled
        if order.state == "untriggered":
            self._wake(order, first, high, low)
            return order.filled - before
        reached = low < wish.limit if order.sign > 0 else high > wish.limit
        if first == high == low:
            reached = low <= wish.limit if order.sign > 0 else high >= wish.limit
        if wish.limit and reached:
            lot = Decimal(self.market.symbols[wish.symbol].lot)
            part = min(order.left, (volume / lot).to_integral_value(ROUND_DOWN) * lot)
            if part > 0:
                self._fill(order, part, wish.limit, maker=True)
        return order.filled - before

    def _wake(self, order: Placed, first: Decimal, high: Decimal, low: Decimal) -> None:
        wish = order.wish
        if wish.kind == "trailing":
            order.best = max(order.best or first, high) if order.sign < 0 else min(order.best or first, low)
            wish.trigger = order.best + order.sign * wish.trail
        up = (order.sign > 0) != (wish.kind == "take_profit")
        if (high >= wish.trigger) if up else (low <= wish.trigger):
            order.state, order.updated = "open", self.market.clock()
            order.wish.extra["triggered"] = True
            if not wish.limit:
                worse = max(first, wish.trigger) if up else min(first, wish.trigger)
                self._fill(order, order.left, worse, maker=False)
            else:
                self._take(order)

    def _begin(self, wish: Wish, now: int) -> Placed:
        order = Placed(self.spell(len(self.orders) + 1), wish, now, now)
        self.orders[order.id] = order
        if wish.kind in {"stop", "stop_limit", "take_profit", "trailing"}:
            order.state = "untriggered"
            return order
        if wish.lifetime == "FOK" and sum(q for _, q in self._book(wish)) < wish.quantity:
            self._end(order, "canceled", "FOK")
            return order
        self._take(order)
        if order.state == "open" and (wish.lifetime == "IOC" or wish.kind == "market"):
            self._end(order, "canceled", "IOC")
        return order

    def _take(self, order: Placed) -> None:
        for price, quantity in self._book(order.wish):
            if order.left <= 0:
                break
            self._fill(order, min(order.left, quantity), price, maker=False)

    def _book(self, wish: Wish) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield (price, quantity) that the order may take, best first."""
        sign = 1 if wish.side == "buy" else -1
        for price, quantity in self.market.side(wish.symbol, sign, 20):
            if not wish.limit or sign * (wish.limit - price) >= 0:
                yield price, quantity

    def _crosses(self, wish: Wish) -> bool:
        return any(True for _ in self._book(wish))

    def _fill(self, order: Placed, quantity: Decimal, price: Decimal, *, maker: bool) -> None:
        base, _, quote = order.wish.symbol.partition("-")
        quote = quote or "USD"
        in_coin = self.fee_in_coin if order.sign > 0 else self.sold_for_coin
        cost = quantity * price
        fee = (quantity if in_coin else cost) * (self.maker if maker else self.taker)
        currency = base if in_coin else quote
        for coin, change in ((base, order.sign * quantity), (quote, -order.sign * cost), (currency, -fee)):
            self.balances[coin] = self.balances.get(coin, ZERO) + change
        order.filled += quantity
        order.cost += cost
        order.fee += fee
        order.updated = self.market.clock()
        ident = self.spell_trade(len(self.trades) + 1)
        self.trades.append(Trade(ident, order, quantity, price, fee, currency, order.updated, maker))
        if order.left <= 0:
            order.state = "filled"

    def _end(self, order: Placed, state: str, reason: str) -> None:
        order.state, order.reason, order.updated = state, reason, self.market.clock()

    # ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _taken(self, client_id: str) -> bool:
        known = [one for one in self.by_client(client_id) if client_id]
        return bool(known) and (self.unique == "ever" or any(one.state in WORKING for one in known if self.unique))

    def _measure(self, wish: Wish) -> None:
        rules = self.market.symbols[wish.symbol]
        tick, lot = Decimal(rules.tick), Decimal(rules.lot)
        if wish.quantity % lot:
            raise DeniedError("lot")
        if any(price % tick for price in (wish.limit, wish.trigger)):
            raise DeniedError("tick")
        price = wish.limit or wish.trigger or self.market.last(wish.symbol)
        if wish.quantity < Decimal(rules.minimum_quantity) or wish.quantity * price < Decimal(rules.minimum_notional):
            raise DeniedError("minimum")

    def _afford(self, wish: Wish) -> None:
        if self.free(self._pays(wish)) < 0:
            raise DeniedError("funds")

    def _pays(self, wish: Wish) -> str:
        base, _, quote = wish.symbol.partition("-")
        return (quote or "USD") if wish.side == "buy" else base

    def _needs(self, wish: Wish, left: Decimal | None = None) -> Decimal:
        quantity = wish.quantity if left is None else left
        if wish.side == "sell":
            return quantity
        price = wish.limit or wish.trigger or self.market.best(wish.symbol)[1]
        return quantity * price * (1 if self.fee_in_coin else 1 + self.taker)

    def _holds(self, order: Placed, coin: str) -> bool:
        return order.state in WORKING and self._pays(order.wish) == coin

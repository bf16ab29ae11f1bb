"""What the executor does where orders rest at a venue that keeps its own books: nothing is matched here, all is asked.

Every answer is followed by the order's fills, each booked once by the venue's trade id. A stop is on record before the
venue hears of it; before a position is left, its stop is taken back, for it holds the same coins.
"""

from dataclasses import dataclass, replace

from tradewind.application.drafting import bounded
from tradewind.application.ports import Absent, Clock, ExecutionVenue, Ledger, Reported, Unclear, VenueAnswer
from tradewind.application.ports_venue import SKEW
from tradewind.application.refusing import NOTHING_TO_CLOSE
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus
from tradewind.domain.venue import FlowKind, VenueFill, VenueFlow, coins_of
from tradewind.execution import transactions
from tradewind.execution.balances import event_of, set_apart
from tradewind.execution.holding import without_rest
from tradewind.execution.revisions import as_there, changed_elsewhere
from tradewind.execution.venue_fills import Told, book_fills, whole_lots

_DUST = "DUST: the venue takes nothing so small; it is set apart"
_OVER = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class AtVenue:
    """One account's venue, and the ledger that follows it."""

    configuration: Configuration
    ledger: Ledger
    clock: Clock
    venue: ExecutionVenue

    def settle(
        self, account: Account, book: Book, order: Order, answer: Reported, *said: Event
    ) -> tuple[Account, Book]:
        """Record what the venue says of an order, and what follows from it; return what account and book are then.

        Parameters
        ----------
        *said
            What else its entry of the journal is to tell.

        Raises
        ------
        InvariantError
            If more is filled than was asked for, or more sold than held.
        """
        account, book, order = self._adopted(account, book, order, answer)
        told = self._told(order, answer)
        if not told.fresh and (order.status is told.status or not told.is_whole):
            return account, book
        said = (*said, *_late(order, told))
        for part in told.parts():
            before = book
            account, book, order = self._book(account, book, order, part, said)
            account, book = self.follow(account, before, book)  # what is booked is covered, whatever comes of the rest
            said = ()
        return account, book

    def _adopted(self, account: Account, book: Book, order: Order, answer: Reported) -> tuple[Account, Book, Order]:
        """Follow what was changed on the venue's own pages, or by a change of ours that died before it was recorded."""
        after = as_there(order, answer.quantity, answer.limit, answer.trigger)
        if after == order or not answer.status.is_working:
            return account, book, order
        if order.leg is Leg.ENTRY:
            rules, tick = (
                self.configuration.account(order.account),
                self.configuration.instrument(order.instrument).tick,
            )
            after = bounded(after, after.terms.price, rules, tick)
        now = self.clock.now(max(order.created, book.last_bar))
        changeset = changed_elsewhere(account, book, order, after, now)
        self.ledger.commit(changeset)
        return changeset.account, changeset.book or book, after

    def _book(
        self, account: Account, book: Book, order: Order, told: Told, said: tuple[Event, ...]
    ) -> tuple[Account, Book, Order]:
        """Book what one transaction can hold; return what account, book and order are then."""
        now = self.clock.now(max(order.created, book.last_bar))
        outcome = book_fills(
            book, order, told, self.configuration.instrument(order.instrument), self.venue.facts.arrives(now)
        )
        rules = self.configuration.account(account.name)
        extra = (*said, *_fees_in_coin(order, told), *map(event_of, outcome.flows))
        changeset = transactions.apply_outcome(account, book, outcome, extra, rules.remembers, now)
        self.ledger.commit(changeset)
        booked = next(one for one in outcome.orders if one.id == order.id)
        return changeset.account, outcome.book, booked

    def settle_late(self, account: Account, book: Book, order: Order, answer: Reported) -> None:
        """Book what filled of an order that has ended here; its end itself stands.

        Raises
        ------
        InvariantError
            If it cannot have filled: it was refused, or is filled already.
        """
        if self._told(order, answer).fresh:
            self.settle(account, book, order, answer)

    def sent(self, order: Order) -> VenueAnswer:
        """Send, and look once what became of it: an order at the market is done when its venue says that it has it."""
        answer = self.venue.submit(order)
        taken = isinstance(answer, Reported) and answer.status is OrderStatus.ACCEPTED and not answer.filled
        if not (taken and order.leg.at_market and self.venue.facts.remembers):
            return answer
        looked = self.venue.find(order)
        return looked if isinstance(looked, Reported) else answer

    def clear(self, account: Account, book: Book, order: Order) -> tuple[Account, Book, Order]:
        """Take the stop of a position back that is about to be left; return the exit over whole lots of what is held.

        The exit is DENIED, and on record, where its stop was faster, and where what is held is too little to be sold:
        that is set apart.

        Raises
        ------
        TransientError
            If the venue has not said that the stop is gone.
        """
        stop, rules = book.bracket(order.parent, Leg.STOP), self.configuration.instrument(order.instrument)
        if stop and not self._shrunk(book, stop, order):
            account, book = self._taken_back(account, book, stop)
        held, why = next((one for one in book.positions if one.parent == order.parent), None), NOTHING_TO_CLOSE
        least = rules.least(book.price_of(held)) if held else NOTHING
        if held and not stop and held.quantity < least:
            account, book, held, why = *self._set_apart(account, book, held, order), None, _DUST
        quantity = without_rest(min(order.quantity, held.quantity), held.quantity, least) if held else NOTHING
        if whole_lots(quantity, rules):
            return account, book, replace(order, quantity=whole_lots(quantity, rules))
        denied = order.becomes(OrderStatus.DENIED, why)
        known = any(one.id == order.id for one in book.orders)
        end = transactions.report(account, book, denied, order.created) if known else None
        self.ledger.commit(end or transactions.end_unsent(account, denied, order.created))
        return account, book, denied

    def _set_apart(self, account: Account, book: Book, held: SubPosition, order: Order) -> tuple[Account, Book]:
        now, rules = self.clock.now(max(order.created, book.last_bar)), self.configuration.instrument(order.instrument)
        said = f"{held.quantity:f} are too little to be sold"
        flow = VenueFlow(f"dust:{order.id}", FlowKind.DUST, {}, now, said)
        changeset = set_apart(account, book, held, flow, rules, now)
        self.ledger.commit(changeset)
        return changeset.account, changeset.book or book

    def _shrunk(self, book: Book, stop: Order, order: Order) -> bool:
        """Let a stop stand over what a part of a sale leaves, so that the rest is never without one; say if it does."""
        held = next((one.quantity for one in book.positions if one.parent == order.parent), NOTHING)
        rules = self.configuration.instrument(order.instrument)
        left = whole_lots(held - order.quantity, rules)
        if left < rules.least(stop.price) or stop.status is not OrderStatus.ACCEPTED or not self.venue.facts.replaces:
            return False
        answer = self.venue.replace(stop, left, NOTHING)
        return isinstance(answer, Reported) and answer.status is OrderStatus.ACCEPTED and not answer.reason

    def withdraw(self, stop: Order) -> VenueAnswer:
        """Cancel a stop. One that its venue proves not to have any more is over, or nobody could ever leave."""
        answer = self.venue.cancel(stop)
        if isinstance(answer, Reported) or not isinstance(self.venue.find(stop), Absent):
            return answer
        shown = self.venue.fills(stop.created - SKEW)
        filled = sum((one.quantity for one in shown if one.client_id == stop.id), NOTHING)
        return Reported(OrderStatus.CANCELED, f"{self.venue.facts.title} does not have it any more", filled)

    def _taken_back(self, account: Account, book: Book, stop: Order) -> tuple[Account, Book]:
        answer = self.withdraw(stop)
        if not isinstance(answer, Reported):
            raise TransientError(f"the venue did not say whether stop {stop.id} is cancelled; the exit waits for it")
        account, book = self.settle(account, book, stop, answer)
        if book.bracket(stop.parent, Leg.STOP):
            raise TransientError(f"stop {stop.id} is not cancelled yet; the exit waits for it")
        return account, book

    def _told(self, order: Order, answer: Reported) -> Told:
        fills: tuple[VenueFill, ...] = ()
        if answer.filled or answer.status is OrderStatus.FILLED:
            fills = tuple(self.venue.fills_of(order))
        booked = self.ledger.booked(order.account, [one.trade_id for one in fills])
        # A stop may have filled before it grew there: what the venue counts is whole.
        filled = (answer.filled or order.quantity) if answer.status is OrderStatus.FILLED else answer.filled
        return Told(answer.status, answer.reason, filled, fills, booked, answer.quantity)

    def follow(self, account: Account, before: Book, book: Book) -> tuple[Account, Book]:
        """Bring the stops at the venue to where the ledger has them."""
        held = {position.parent for position in book.positions}
        for stop in [one for one in book.orders if one.leg is Leg.STOP]:
            known = before.bracket(stop.parent, Leg.STOP)
            if stop.parent not in held:
                account, book = self._record(account, book, stop, self.venue.cancel(stop))
            elif known is None and stop.status is OrderStatus.SUBMITTED:
                account, book = self._record(account, book, stop, self.venue.submit(stop))
            elif known and (known.quantity, known.price) != (stop.quantity, stop.price):
                price = NOTHING if known.price == stop.price else stop.price
                answer = self.venue.replace(stop, stop.quantity, price)
                if isinstance(answer, Reported) and not answer.status.is_working:  # else the watchdog sees it
                    account, book = self._record(account, book, stop, answer)
        return account, book

    def _record(self, account: Account, book: Book, order: Order, answer: VenueAnswer) -> tuple[Account, Book]:
        if isinstance(answer, Reported):
            return self.settle(account, book, order, answer)
        if not isinstance(answer, Unclear) or order.status is not OrderStatus.SUBMITTED:
            return account, book  # it stays as it is on record; the resolver asks again
        changeset = transactions.report(account, book, self.in_doubt(order, answer.reason), order.created)
        self.ledger.commit(changeset)
        return changeset.account, changeset.book or book

    def in_doubt(self, order: Order, reason: str) -> Order:
        """Return an order of which nobody knows what became; where absence never is proven, with the way out."""
        facts = self.venue.facts
        if facts.remembers and not facts.settles:
            way = f"if the pages of {facts.title} do not have it either, `tradewind settle {order.id}`"
            reason = f"{reason}; its absence cannot be proven: {way}"
        return order.becomes(OrderStatus.UNKNOWN, reason)


def _fees_in_coin(order: Order, told: Told) -> tuple[Event, ...]:
    """Tell what was charged in the coin that was bought: position and stop are net of it."""
    base, _ = coins_of(order.instrument)
    return tuple(
        Event(
            "FEE_IN_COIN",
            Severity.INFO,
            f"{one.fee:f} {base} of trade {one.trade_id} were charged in the coin",
            order.instrument,
            {"order_id": order.id, "trade_id": one.trade_id, "coin": base, "amount": str(one.fee)},
        )
        for one in told.fresh
        if one.fee and one.fee_currency == base and order.leg is Leg.ENTRY
    )


def _late(order: Order, told: Told) -> tuple[Event, ...]:
    """Tell of a fill after the venue had said that the order was over."""
    if order.status not in _OVER or not told.fresh:
        return ()
    quantity = sum((one.quantity for one in told.fresh), NOTHING)
    text = f"{quantity} {order.instrument} of order {order.id} filled after it was {order.status}"
    return (Event("LATE_FILL", Severity.CRITICAL, text, order.instrument, {"order_id": order.id}),)

"""Changing a working order: on record before the venue hears of it, past every limit that a new one would meet."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.drafting import bounded, trailing
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import LedgerView, Reported
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.execution import revisions, transactions
from tradewind.execution.pricing import Seen
from tradewind.execution.transactions import day_of
from tradewind.risk.limits import check
from tradewind.risk.request import RiskRequest


@dataclass(frozen=True, slots=True)
class ReplaceOrder:
    """Change an order as somebody asked; a copy of the message changes nothing."""

    executor: ExecuteOrder

    def __call__(self, message: ReplaceMessage) -> None:
        """Change it, or write down why not.

        Raises
        ------
        BadInputError
            If there is no such order.
        TransientError
            If the order is not clear yet, or the venue did not answer.
        """
        view = self.executor.ledger.view(message.account, message.instrument, message.order_id)
        order = view.order
        if order is None:
            raise BadInputError(f"order {message.order_id} is not in the ledger of {message.account}")
        if not order.status.is_working or order.revision != message.revision:
            return
        if order.status.is_unclear:
            self.executor.settle(view, order)
            raise TransientError(f"order {order.id} is not clear yet; the change is tried again")
        account = account_of(view.account, self.executor.configuration.account(message.account))
        seen = self.executor.at_once.look(view.book, message.ts)
        wanted = self._wanted(order, message, seen)
        refusal = self._refusal(account, view, order, wanted, message, seen)
        if refusal:
            self._refuse(account, view.book, order, message, refusal)
        elif self.executor.rests_at_venue(order):
            self._at_venue(account, view, order, wanted, message)
        else:
            self._here(account, view, order, wanted, message)

    def _wanted(self, order: Order, message: ReplaceMessage, seen: Seen) -> Order:
        rules = self.executor.configuration.account(order.account)
        wanted = message.change.of(order)
        wanted = replace(wanted, terms=trailing(wanted, seen.close))
        if order.leg is not Leg.ENTRY:
            return wanted
        return bounded(wanted, seen.close, rules, self.executor.configuration.instrument(order.instrument).tick)

    # ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _refusal(
        self, account: Account, view: LedgerView, order: Order, wanted: Order, message: ReplaceMessage, seen: Seen
    ) -> str:
        missing = message.change.misses(order)
        if missing:
            return f"NOT_CHANGEABLE: the order has no {missing}"
        if wanted.quantity <= order.filled:
            return f"NOT_CHANGEABLE: {order.filled:f} of it are filled already"
        if order.leg.at_market:
            denial = self.executor.at_once.refusal(wanted, seen.close, seen)
            return str(denial) if denial else self._beyond(account, view, order, wanted, message)
        return self._misplaced(wanted, seen)

    def _misplaced(self, level: Order, seen: Seen) -> str:
        """Return why a position's stop or target cannot stand there, or an empty string."""
        tick = self.executor.configuration.instrument(level.instrument).tick
        if level.price % tick:
            return f"OFF_TICK: {level.price:f} is no whole number of ticks of {tick:f}"
        beyond = level.price >= seen.close if level.leg is Leg.STOP else level.price <= seen.close
        side = "below" if level.leg is Leg.STOP else "above"
        return f"WOULD_TRIGGER: it has to be {side} the last price {seen.close:f}" if beyond else ""

    def _beyond(self, account: Account, view: LedgerView, order: Order, wanted: Order, message: ReplaceMessage) -> str:
        """Ask the limits about an entry that would tie up more than before."""
        if wanted.reserved <= order.reserved:
            return ""
        if view.book.halted:
            return f"INSTRUMENT_HALTED: {view.book.halted}"
        rules, (free, _) = (
            self.executor.configuration.account(order.account),
            transactions.without(account, view.book, order),
        )
        now, live = self.executor.clock.now(max(message.ts, view.book.last_bar)), rules.mode is AccountMode.LIVE
        name, day = order.instrument, day_of(message.ts)
        denial = check(
            RiskRequest(
                free, view.control, rules.limits, name, wanted.reserved, day, order.strategy, live, now, message.ts
            )
        )
        return str(denial) if denial else ""

    def _refuse(self, account: Account, book: Book, order: Order, message: ReplaceMessage, why: str) -> None:
        kept = replace(order, revision=order.revision + 1)
        self.executor.ledger.commit(revisions.refused_change(account, book, kept, message, why))

    # ── and how ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _here(self, account: Account, view: LedgerView, order: Order, wanted: Order, message: ReplaceMessage) -> None:
        """Change what only the ledger knows of; with a better price it may fill at once.

        What was traded before the change does not reach the new price, even where the bar is under way.
        """
        after = replace(wanted, revision=order.revision + 1, created=max(order.created, message.ts))
        changeset = revisions.changed(account, view.book, after, message)
        self.executor.ledger.commit(_conditional(changeset, view, order, after))
        if self.executor.at_once.concerns(after) and changeset.book:
            filled = self.executor.at_once.filled(changeset.account, changeset.book, after, message.ts)
            if filled.fills or not filled.orders[0].status.is_working:
                self.executor.ledger.commit(filled)

    def _at_venue(
        self, account: Account, view: LedgerView, order: Order, wanted: Order, message: ReplaceMessage
    ) -> None:
        price = _price(order, wanted)
        venue, book = self.executor.venue_of(order), view.book
        if not venue.facts.replaces or price is None:
            text = f"NOT_OFFERED: {venue.facts.title} cannot change this in place; cancel it and place it anew"
            self._refuse(account, book, order, message, text)
            return
        if order.status is not OrderStatus.PENDING_UPDATE:
            pending = replace(order.becomes(OrderStatus.PENDING_UPDATE), reserved=max(order.reserved, wanted.reserved))
            changeset = transactions.report(account, book, pending, message.ts)
            self.executor.ledger.commit(_conditional(changeset, view, order, pending))
            account, book, order = changeset.account, changeset.book or book, pending
        answer = venue.replace(order, wanted.quantity, price)
        if not isinstance(answer, Reported):
            raise TransientError(f"the venue did not say whether order {order.id} is changed")
        self._record(account, book, order, wanted, message, answer)

    def _record(
        self, account: Account, book: Book, order: Order, wanted: Order, message: ReplaceMessage, answer: Reported
    ) -> None:
        """Write down what the venue has now: what it shows counts, for the change may have been made before."""
        if answer.status.is_working:
            stands = not answer.reason or self._shown(wanted)
            status = answer.status if answer.status is not OrderStatus.PENDING_UPDATE else OrderStatus.ACCEPTED
            after = replace((wanted if stands else order), status=order.status, revision=order.revision + 1)
            after = after.becomes(status)
            changeset = (
                revisions.changed(account, book, after, message)
                if stands
                else revisions.refused_change(account, book, after, message, answer.reason)
            )
            self.executor.ledger.commit(changeset)
            account, book, order = changeset.account, changeset.book or book, after
        self.executor.at_venue(order).settle(account, book, order, answer)

    def _shown(self, wanted: Order) -> bool:
        """Say whether the venue shows an order as it is wanted."""
        for one in self.executor.venue_of(wanted).open_orders():
            if one.client_id == wanted.id:
                price = wanted.price or wanted.terms.price
                return one.quantity == wanted.quantity and price in {one.limit, one.trigger}
        return False


def _price(order: Order, wanted: Order) -> Decimal | None:
    """Return the price that a venue is asked to change to, 0 where it stays; None where one is not enough."""
    if not order.leg.at_market:
        return NOTHING if wanted.price == order.price else wanted.price
    before, after = order.terms, wanted.terms
    if after.trail != before.trail or (before.limit and before.trigger and after.limit != before.limit):
        return None
    if after.trigger != before.trigger:
        return after.trigger
    return NOTHING if after.limit == before.limit else after.limit


def _conditional(changeset: Changeset, view: LedgerView, before: Order, after: Order) -> Changeset:
    """Return a changeset that is void if trading is stopped meanwhile, where it adds risk."""
    if after.reserved <= before.reserved:
        return changeset
    return replace(changeset, adds_risk=True, control_version=view.control.version)

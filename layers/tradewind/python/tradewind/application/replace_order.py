"""Changing a working order: on record before the venue hears of it, past every limit that a new one would meet."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.drafting import bounded, trailing
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import LedgerView, Reported
from tradewind.application.ports_venue import VenueOrder
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus
from tradewind.domain.order_terms import OrderKind
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.timeframe import MINUTE
from tradewind.execution import revisions, transactions
from tradewind.execution.pricing import Seen
from tradewind.execution.transactions import day_of
from tradewind.risk.limits import check
from tradewind.risk.request import RiskRequest

_VALID = 5 * MINUTE
"""How long a change may wait to be made."""


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
        if _differs(order, wanted) and self.executor.rests_at_venue(order) and self._shown(wanted):
            self._stands(account, view.book, order, wanted, message)  # only the answer was lost
            return
        order = self._unasked(order, seen)
        refusal = self._late(view.book, message) or self._refusal(account, view, order, wanted, message, seen)
        if refusal:
            self._refuse(account, view.book, order, message, refusal)
        elif self.executor.rests_at_venue(order):
            self._at_venue(account, view, order, wanted, message)
        else:
            self._here(account, view, order, wanted, message)

    def _wanted(self, order: Order, message: ReplaceMessage, seen: Seen) -> Order:
        wanted = message.change.of(order)
        return self._bounded(replace(wanted, terms=trailing(wanted, seen.close)), seen)

    def _bounded(self, order: Order, seen: Seen) -> Order:
        """Return an entry with what it ties up by its own terms."""
        if order.leg is not Leg.ENTRY:
            return order
        rules = self.executor.configuration.account(order.account)
        return bounded(order, seen.close, rules, self.executor.configuration.instrument(order.instrument).tick)

    def _unasked(self, order: Order, seen: Seen) -> Order:
        """Return an order as it was before its venue was asked to change it: that tied up what it wanted as well."""
        return self._bounded(order, seen) if order.status is OrderStatus.PENDING_UPDATE else order

    # ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _late(self, book: Book, message: ReplaceMessage) -> str:
        """Return why nobody wants a change any more, or an empty string; recorded time stands still while one waits."""
        now = self.executor.clock.now(max(message.ts, book.last_bar))
        late = self.executor.configuration.clock != "replay" and now > message.ts + _VALID
        return f"TOO_LATE: it was asked for {(now - message.ts) // 1000} s ago, ask again" if late else ""

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
        """Ask the limits about an entry that would tie up more than before, or come nearer to the market."""
        if not _adds_risk(order, wanted):
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

    def _refuse(
        self, account: Account, book: Book, order: Order, message: ReplaceMessage, why: str
    ) -> tuple[Account, Book, Order]:
        """Record that an order works on as it was; return account, book and order after it."""
        kept = order.becomes(_works(order)) if order.status is OrderStatus.PENDING_UPDATE else order
        kept = replace(kept, revision=order.revision + 1)
        changeset = revisions.refused_change(account, book, kept, message, why)
        self.executor.ledger.commit(changeset)
        return changeset.account, changeset.book or book, kept

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
        before, pending = order, order
        if order.status is not OrderStatus.PENDING_UPDATE:
            pending = order.becomes(OrderStatus.PENDING_UPDATE)
        # What it may become is tied up until the venue has answered, on the control that was looked at.
        pending = replace(pending, reserved=max(order.reserved, wanted.reserved))
        changeset = transactions.report(account, book, pending, message.ts)
        self.executor.ledger.commit(_conditional(changeset, view, before, wanted))
        account, book = changeset.account, changeset.book or book
        answer = venue.replace(pending, wanted.quantity, price)
        if not isinstance(answer, Reported):
            raise TransientError(f"the venue did not say whether order {order.id} is changed")
        self._record(account, book, replace(pending, reserved=before.reserved), wanted, message, answer)

    def _record(
        self, account: Account, book: Book, order: Order, wanted: Order, message: ReplaceMessage, answer: Reported
    ) -> None:
        """Write down what the venue has now: what it shows counts, for the change may have been made before."""
        if answer.status.is_working and answer.reason and not self._shown(wanted):
            account, book, order = self._refuse(account, book, order, message, answer.reason)
        elif answer.status.is_working or (answer.status is OrderStatus.FILLED and not answer.reason):
            account, book, order = self._stands(account, book, order, wanted, message)
        self.executor.at_venue(order).settle(account, book, order, answer)

    def _stands(
        self, account: Account, book: Book, order: Order, wanted: Order, message: ReplaceMessage
    ) -> tuple[Account, Book, Order]:
        """Record a change as made; return account, book and order after it."""
        after = replace(wanted, status=order.status, revision=order.revision + 1)
        after = after.becomes(_works(order)) if order.status is OrderStatus.PENDING_UPDATE else after
        changeset = revisions.changed(account, book, after, message)
        self.executor.ledger.commit(changeset)
        return changeset.account, changeset.book or book, after

    def _shown(self, wanted: Order) -> bool:
        """Say whether the venue shows an order as it is wanted."""
        shown = (one for one in self.executor.venue_of(wanted).open_orders() if one.client_id == wanted.id)
        return any(one.quantity == wanted.quantity and _is_at(wanted, one) for one in shown)


def _differs(order: Order, wanted: Order) -> bool:
    return (order.quantity, order.price, order.terms) != (wanted.quantity, wanted.price, wanted.terms)


def _is_at(order: Order, there: VenueOrder) -> bool:
    """Tell whether an order stands at its venue where it is wanted; a stop may have a limit of its own there."""
    if not order.leg.at_market:
        return there.trigger == order.price
    terms = order.terms
    return terms.limit in {NOTHING, there.limit} and (bool(terms.trail) or terms.trigger in {NOTHING, there.trigger})


def _works(order: Order) -> OrderStatus:
    return OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.ACCEPTED


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


def _adds_risk(before: Order, after: Order) -> bool:
    """Tell whether an entry would tie up more, or fill sooner: whatever is not that is never asked about."""
    if before.leg is not Leg.ENTRY:
        return False
    old, new = before.terms, after.terms
    farther = new.trigger <= old.trigger if new.kind is OrderKind.TAKE_PROFIT else new.trigger >= old.trigger
    eases = after.quantity <= before.quantity and new.limit <= old.limit and farther and new.trail >= old.trail
    return not eases or after.reserved > before.reserved


def _conditional(changeset: Changeset, view: LedgerView, before: Order, after: Order) -> Changeset:
    """Return a changeset that is void if trading is stopped meanwhile, where it adds risk."""
    if not _adds_risk(before, after):
        return changeset
    return replace(changeset, adds_risk=True, control_version=view.control.version)

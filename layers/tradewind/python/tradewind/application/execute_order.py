"""From an intent to an order at its venue, once, however often it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from tradewind.application.apply_bars import PAPER, ApplyBars, account_of
from tradewind.application.at_once import AtOnce, LatestBook, marked, nobody
from tradewind.application.at_venue import AtVenue
from tradewind.application.drafting import draft, worst_price
from tradewind.application.ports import (
    Absent,
    Clock,
    ExecutionVenue,
    Ledger,
    LedgerView,
    Reported,
    Unclear,
    VenueAnswer,
)
from tradewind.application.refusing import moved, refusal
from tradewind.application.stop_faults import Fault
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.messages import ResolveMessage
from tradewind.domain.order import AT_ONCE, BY_GUARD, NOTHING, Leg, Order, OrderIntent, OrderStatus
from tradewind.domain.order_terms import OrderKind
from tradewind.domain.repeats import fingerprint
from tradewind.execution import transactions
from tradewind.execution.held_here import as_sent, is_due, takes_at
from tradewind.risk.grid import part_on_lot
from tradewind.risk.minimum_notional import stop_minimum


@dataclass(frozen=True, slots=True)
class ExecuteOrder:
    """Turn an intent into an order at the venue: on record before the venue hears of it."""

    configuration: Configuration
    ledger: Ledger
    venues: Mapping[str, ExecutionVenue]
    apply_bars: ApplyBars
    clock: Clock
    latest_book: LatestBook = nobody

    def __call__(self, intent: OrderIntent) -> None:
        """Execute an intent; a repeat finds its order and changes nothing.

        Raises
        ------
        ConflictError
            If the ledger moved meanwhile: call again.
        """
        view = self.ledger.view(intent.account, intent.instrument, intent.id)
        rules = self.configuration.account(intent.account)
        account, book = account_of(view.account, rules), view.book
        if view.order:
            self._continue(account, book, view, _unclear_part(book, view.order))
            return
        account, book = self.apply_bars.catch_up(account, book, intent.timeframe, intent.ts)
        self._begin(account, book, view.control, intent)

    def resolve(self, message: ResolveMessage) -> None:
        """Ask the venue what became of an unclear order.

        Raises
        ------
        BadInputError
            If there is no such order.
        """
        view = self.ledger.view(message.account, message.instrument, message.order_id)
        if view.order is None:
            raise BadInputError(f"order {message.order_id} is not in the ledger of {message.account}")
        if is_due(view.order):  # whoever was to send it died
            self.release(view, view.order)
            return
        self.settle(view, view.order)

    def place(self, account: Account, book: Book, order: Order) -> None:
        """Send an order that no limit is asked about, for it only reduces: on record first, as every other."""
        self._submit(account, book, order)

    def settle(self, view: LedgerView, order: Order) -> None:
        """Ask the venue about an order that works or is not clear; of one that ended, only whether it filled late."""
        account = account_of(view.account, self.configuration.account(order.account))
        if order.status.is_working or not self.rests_at_venue(order):
            self._continue(account, view.book, view, order)
            return
        answer = self.venue_of(order).find(order)
        if isinstance(answer, Reported):
            self.at_venue(order).settle_late(account, view.book, order, answer)

    def _begin(self, account: Account, book: Book, control: Control, intent: OrderIntent) -> None:
        rules = self.configuration.account(intent.account)
        order = draft(intent, book, rules, self.configuration.instrument(intent.instrument))
        late = self._late(book, order)
        if late:
            expired = _unreserved(order.becomes(OrderStatus.EXPIRED, late))
            self.ledger.commit(transactions.end_unsent(account, expired, intent.ts))
            return
        book, slip = self._looked(book, order, intent)
        why = (
            slip
            or self._needless(book, order)
            or refusal(account, book, control, rules, order, self._now(book, order), self._mark(order))
            or moved(book, intent)
            or self._unfit(book, order)
            or self._impossible(order)
        )
        if why:
            denied = _unreserved(order.becomes(OrderStatus.DENIED, why))
            self.ledger.commit(transactions.end_unsent(account, denied, intent.ts))
            return
        if self._waits_here(order) and not self._takes_now(book, order):
            self._hold(account, book, order, control.version)
            return
        self._submit(account, book, self._outgoing(order), control.version)

    def release(self, view: LedgerView, order: Order) -> None:
        """Send an order that waited here and whose price has come; every check is made, as when it was placed."""
        if order.leg is Leg.EXIT and view.book.working(order.strategy, Leg.EXIT):
            return  # that may leave nothing to do: the next bar looks again
        account = account_of(view.account, self.configuration.account(order.account))
        self._again(account, view.book, view.control, self._collared(view.book, replace(order, held_here=False)))

    def _collared(self, book: Book, order: Order) -> Order:
        """Return a purchase at the market that costs no more than the collar above the last price, however it fell."""
        if order.leg is not Leg.ENTRY or order.terms.limit:
            return order
        tick = self.configuration.instrument(order.instrument).tick
        collar = worst_price(book.mark, self.configuration.account(order.account).limits.collar_bps, tick)
        return replace(order, worst_price=min(order.worst_price, collar))

    def _mark(self, order: Order) -> str:
        """Return what tells a repeat of an order; recorded time stands still, so there nothing is one."""
        repeatable = order.source in AT_ONCE and self.configuration.clock != "replay"
        return fingerprint(order) if repeatable else ""

    def _looked(self, book: Book, order: Order, intent: OrderIntent) -> tuple[Book, str]:
        """Look at the market for what no strategy decided on; return why it cannot be meant, if so."""
        if intent.source not in AT_ONCE or not (intent.increases_risk or order.terms.kind is not OrderKind.MARKET):
            return book, ""
        seen = self.at_once.look(book, order.created)
        denial = self.at_once.refusal(order, intent.reference_price, seen)
        return marked(book, seen.close), str(denial) if denial else ""

    def _unfit(self, book: Book, order: Order) -> str:
        """Return why its venue would refuse the stop that an entry brings, or a part of a sale; or an empty string."""
        position, instrument = book.position(order.strategy), self.configuration.instrument(order.instrument)
        held = position.quantity if position else NOTHING
        denial = stop_minimum(order, held, instrument) or part_on_lot(order, held, instrument)
        return str(denial) if denial else ""

    def _impossible(self, order: Order) -> str:
        """Return why nobody can do what an order asks, or an empty string."""
        if not (order.terms.post_only and order.leg is Leg.EXIT and self._waits_here(order)):
            return ""
        return "NOT_OFFERED: an exit waits here while the stop holds its coins, and takes when its price has come"

    def _waits_here(self, order: Order) -> bool:
        """Tell whether an order waits here: an exit, whose coins the stop holds, or of a kind that its venue lacks."""
        at_paper = self.configuration.account(order.account).venue == PAPER  # a rehearsal has another in its place
        if at_paper or not order.rests:
            return False
        return order.leg is Leg.EXIT or not self.venue_of(order).facts.holds(order.terms.kind, order.instrument)

    def _takes_now(self, book: Book, order: Order) -> bool:
        """Tell whether an exit with a limit need not wait at all."""
        return order.terms.kind is OrderKind.LIMIT and takes_at(order, book.mark)

    def _outgoing(self, order: Order) -> Order:
        """Return an order as its venue is to be asked for it."""
        return replace(order, terms=as_sent(order)) if self._waits_here(order) else order

    def _hold(self, account: Account, book: Book, order: Order, control_version: int) -> None:
        """Let an order wait here; its venue hears of it when its price has come."""
        held = replace(order.becomes(OrderStatus.SUBMITTED).becomes(OrderStatus.ACCEPTED), held_here=True)
        changeset = transactions.submit(account, book, held, order.created)
        self.ledger.commit(replace(changeset, control_version=control_version))

    def _needless(self, book: Book, order: Order) -> str:
        """Return why the watchdog's sale is not needed any more, or an empty string."""
        lot = self.configuration.instrument(order.instrument).lot
        stop = book.bracket(order.parent, Leg.STOP)
        stands = stop and stop.price <= (book.mark or stop.price) and book.protects(order.parent, lot)
        proven = order.source == BY_GUARD and book.position(order.strategy) and stands
        if proven and stop and order.reason == Fault.PASSED and self._is_triggered(stop):
            return ""
        return "STOP_PROVEN: it stands again, so nothing need be sold" if proven else ""

    def _is_triggered(self, stop: Order) -> bool:
        """Tell whether a stop has been triggered at its venue, and rests there."""
        shown = self.venue_of(stop).open_orders() if self.rests_at_venue(stop) else ()
        return any(one.client_id == stop.id and one.status is OrderStatus.TRIGGERED for one in shown)

    @property
    def at_once(self) -> AtOnce:
        """What waits for no bar."""
        return AtOnce(self.configuration, self.apply_bars.history, self.clock, self.latest_book)

    def _continue(self, account: Account, book: Book, view: LedgerView, order: Order) -> None:
        unclear = order.status.is_unclear
        if not unclear and not (order.status.is_working and self.rests_at_venue(order)):
            return
        answer = self._asked(book, order)
        if not isinstance(answer, Absent):
            self._settle(account, book, order, answer)
        elif unclear:
            self._again(account, book, view.control, order)

    def _asked(self, book: Book, order: Order) -> VenueAnswer:
        """Ask what became of an order; take it back where its time is over and its venue does not end it by itself."""
        venue = self.venue_of(order)
        answer = venue.find(order)
        over = 0 < order.terms.expires <= self._now(book, order) and self.rests_at_venue(order)
        if not (over and isinstance(answer, Reported) and answer.status.is_working):
            return answer
        ended = venue.cancel(order)
        if isinstance(ended, Reported) and ended.status is OrderStatus.CANCELED:
            return replace(ended, status=OrderStatus.EXPIRED, reason=f"{order.terms.lifetime}: its time is over")
        return ended

    def _again(self, account: Account, book: Book, control: Control, order: Order) -> None:
        """Resubmit what was proven absent; every check is made a second time, without its own reservation."""
        rules = self.configuration.account(order.account)
        late = self._late(book, order)
        free_account, free_book = transactions.without(account, book, order)
        why = late or refusal(free_account, free_book, control, rules, order, self._now(book, order))
        if why:
            ended = order.becomes(OrderStatus.EXPIRED if late else OrderStatus.DENIED, why)
            self.ledger.commit(transactions.report(account, book, ended, order.created))
            return
        self._submit(account, book, order, control.version)

    def _late(self, book: Book, order: Order) -> str:
        """Return why it is too late to send an order, or an empty string: its time, or its bar, has passed."""
        now = self._now(book, order)
        protects = not order.leg.at_market or (order.leg is Leg.EXIT and not order.valid_until)
        waited = order.leg is Leg.EXIT and order.status is OrderStatus.TRIGGERED  # its own end counts, and no bar
        if protects or (now <= order.valid_until and (waited or book.last_bar <= order.created)):
            return ""  # a position's stop is never too late, nor what leaves one and has no end
        return f"valid until {order.valid_until}, it is {now}"

    def _now(self, book: Book, order: Order) -> int:
        return self.clock.now(max(order.created, book.last_bar))

    def _submit(self, account: Account, book: Book, order: Order, control_version: int = -1) -> None:
        """Record an order as sent, on the control that was looked at, and send it."""
        venue = self.venue_of(order)
        if order.leg is Leg.EXIT and self.rests_at_venue(order):
            account, book, order = self.at_venue(order).clear(account, book, order)
            if order.status is OrderStatus.DENIED:
                return
        order = replace(order.becomes(OrderStatus.SUBMITTED), deadline=venue.facts.arrives(self._now(book, order)))
        changeset = transactions.submit(account, book, order, order.created)
        self.ledger.commit(replace(changeset, control_version=control_version))
        self._settle(changeset.account, _book(changeset), order, self.at_venue(order).sent(order))

    def rests_at_venue(self, order: Order) -> bool:
        """Tell whether the venue keeps the order; targets are watched here, for they would hold the stop's coins."""
        return order.leg is not Leg.TARGET and not order.held_here and self.venue_of(order).facts.remembers

    def at_venue(self, order: Order) -> AtVenue:
        """Return what is done where an order's venue keeps it."""
        return AtVenue(self.configuration, self.ledger, self.clock, self.venue_of(order))

    def _settle(self, account: Account, book: Book, order: Order, answer: VenueAnswer) -> None:
        match answer:
            case Reported() if self.rests_at_venue(order):
                self.at_venue(order).settle(account, book, order, answer)
                return
            case Reported(status, reason):
                after = order.becomes(status, reason)
                if self.at_once.concerns(after):
                    self.ledger.commit(self.at_once.filled(account, book, after))
                    return
            case Unclear() if order.status is not OrderStatus.SUBMITTED:
                return  # nothing new
            case Unclear(reason):
                after = self.at_venue(order).in_doubt(order, reason)  # the resolver asks again
            case Absent():
                return  # it stays SUBMITTED; the next delivery asks again
            case _:
                assert_never(answer)
        self.ledger.commit(transactions.report(account, book, after, order.created))

    def venue_of(self, order: Order) -> ExecutionVenue:
        """Return where an order is traded."""
        venue = self.configuration.account(order.account).venue
        return self.venues[PAPER if venue == PAPER else order.account]


def _book(changeset: Changeset) -> Book:
    assert changeset.book is not None  # noqa: S101 - `submit` always writes the book
    return changeset.book


def _unclear_part(book: Book, order: Order) -> Order:
    """Return an order, or the stop that its fill has brought, where that alone is not clear: stops do not wait."""
    stop = book.bracket(order.parent, Leg.STOP) if order.leg is Leg.ENTRY and not order.status.is_unclear else None
    return stop if stop and stop.status.is_unclear else order


def _unreserved(order: Order) -> Order:
    return replace(order, reserved=NOTHING)

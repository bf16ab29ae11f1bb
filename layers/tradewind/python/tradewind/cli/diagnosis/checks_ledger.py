"""Does the ledger add up, is its journal whole, is everything that is held protected and within its limits."""

from collections.abc import Iterator
from decimal import Decimal

from tradewind.application.applied_splits import scales
from tradewind.application.apply_bars import account_of
from tradewind.application.verify_ledger import unlike
from tradewind.application.watch import ANNOUNCED_WITHIN, RESOLVE_AFTER
from tradewind.cli.diagnosis.doctor import Check, State
from tradewind.cli.diagnosis.ledger_checks import arithmetic, changed_apart, differences, misstated, set_apart
from tradewind.cli.diagnosis.patient import Patient
from tradewind.domain.ledger import Book, TradingState
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus

_HALT = "switch the account off (`tradewind kill-switch on --halt`) and run `tradewind ledger verify` before anything"
_RESTORE = "somebody edited or lost an entry: restore the ledger table to before it"


def _adds_up(patient: Patient) -> Iterator[str]:
    for name, account in patient.accounts.items():
        yield from (f"{name}: {text}" for text in arithmetic(account, patient.fills[name], patient.flows[name]))


def _positions_are_fills(patient: Patient) -> Iterator[str]:
    for name, books in patient.books.items():
        entries = patient.journals.get(name, ())
        yield from differences(books, patient.fills_on_one_scale[name], set_apart(entries))
        yield from misstated(books, patient.fills[name], scales(entries).of, changed_apart(entries))


def _stakes_are_books(patient: Patient) -> Iterator[str]:
    for name, account in patient.accounts.items():
        active = {book.instrument: book for book in patient.books[name] if book.is_active}
        for instrument in sorted(active.keys() ^ account.stakes.keys()):
            yield f"{name} {instrument}: the account and the book disagree whether anything is tied up"
        for instrument, book in active.items():
            stake = account.stakes.get(instrument)
            if stake and (stake.exposure, stake.reserved) != (book.exposure, book.reserved):
                yield f"{name} {instrument}: the account counts {stake.exposure}, the book {book.exposure}"


def _cash_is_there(patient: Patient) -> Iterator[str]:
    for name, account in patient.accounts.items():
        if account.free_cash < 0:
            yield f"{name} has reserved {-account.free_cash} more than it has"


def _no_fill_is_booked_twice(patient: Patient) -> Iterator[str]:
    for name, fills in patient.fills_on_one_scale.items():
        sold: dict[str, Decimal] = {}
        for fill in fills:
            change = fill.quantity if fill.leg is Leg.ENTRY else -fill.quantity
            sold[fill.parent] = sold.get(fill.parent, NOTHING) + change
        over = sorted(parent for parent, left in sold.items() if left < 0)
        if over:
            yield f"{name}: more was sold than bought under {', '.join(one[:8] for one in over)}"


def _books(patient: Patient) -> Iterator[Book]:
    for books in patient.books.values():
        yield from books


def _nothing_is_halted(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        if book.halted:
            yield f"{book.instrument}: {book.halted}"


def _orders_are_clear(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        for order in book.orders:
            if order.status is OrderStatus.UNKNOWN:
                yield f"{book.instrument}: {order.id} {order.reason}"


def _no_order_is_forgotten(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        for order in book.orders:
            if order.status is OrderStatus.SUBMITTED and patient.now - order.created > RESOLVE_AFTER:
                yield f"{book.instrument}: {order.id} was sent and never answered"


# ── stops ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stop_orders(book: Book, parent: str) -> list[Order]:
    return [order for order in book.orders if order.leg is Leg.STOP and order.parent == parent]


def _positions_have_stops(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        for position in book.positions:
            if position.strategy != "manual" and not _stop_orders(book, position.parent):
                yield f"{book.account} {book.instrument}: {position.quantity:f} of {position.strategy} have no stop"


def _stops_are_right_sized(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        for position in book.positions:
            stops = _stop_orders(book, position.parent)
            size = sum((order.left for order in stops), NOTHING)
            lot = patient.configuration.instrument(book.instrument).lot
            if stops and not book.protects(position.parent, lot):
                yield f"{book.account} {book.instrument}: {position.quantity:f} held, the stop sells {size:f}"


def _no_stop_is_left_over(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        held = {position.parent for position in book.positions}
        for order in book.orders:
            if order.leg in {Leg.STOP, Leg.TARGET} and order.parent not in held:
                yield f"{book.account} {book.instrument}: {order.leg} {order.id[:8]} protects nothing"


def _stops_have_a_price(patient: Patient) -> Iterator[str]:
    for book in _books(patient):
        for order in book.orders:
            if order.leg is Leg.STOP and order.price <= 0:
                yield f"{book.account} {book.instrument}: the stop {order.id[:8]} has no price"


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _positions_are_few_enough(patient: Patient) -> Iterator[str]:
    for rules in patient.configuration.accounts:
        held = sum(bool(book.positions) for book in patient.books[rules.name])
        if held > rules.limits.open_positions:
            yield f"{rules.name} holds {held} instruments, {rules.limits.open_positions} are allowed"


def _exposure_is_within_limits(patient: Patient) -> Iterator[str]:
    for rules in patient.configuration.accounts:
        account = account_of(patient.accounts.get(rules.name), rules)
        most = account.book_equity * rules.limits.exposure
        if account.exposure > most:
            yield f"{rules.name} has {account.exposure:.2f} invested, {most:.2f} are allowed"


def _accounts_may_trade(patient: Patient) -> Iterator[str]:
    for name, control in patient.controls.items():
        if control.state is not TradingState.NORMAL:
            yield f"{name} is {control.state}: {control.reason}"


# ── journals ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _journals_are_whole(patient: Patient) -> Iterator[str]:
    for name, (_, fault) in patient.chains.items():
        if fault:
            yield f"{name}: {fault}"


def _what_was_announced_is_there(patient: Patient) -> Iterator[str]:
    for name, announced in patient.announced.items():
        if announced > len(patient.links[name]):
            yield f"{name}: {announced} entries were announced, {len(patient.links[name])} are there"


def _accounts_end_their_journals(patient: Patient) -> Iterator[str]:
    for name, account in patient.accounts.items():
        links = patient.links[name]
        if not links or account.journal_hash != links[-1].hash or account.seq != links[-1].number:
            last = links[-1].number if links else 0
            yield f"{name}: the journal ends at {last}, and the account points elsewhere"


def _fills_are_journaled(patient: Patient) -> Iterator[str]:
    for name, fills in patient.fills.items():
        chain, fault = patient.chains[name]
        if not fault:
            yield from (f"{name}: {text}" for text in unlike(chain, fills))


def _everything_is_announced(patient: Patient) -> Iterator[str]:
    for name, announced in patient.announced.items():
        waiting = patient.journals[name][announced:]
        if waiting and patient.now - waiting[0].ts > ANNOUNCED_WITHIN:
            yield f"{name}: {len(waiting)} entries are not announced yet"


CHECKS: tuple[Check, ...] = (
    Check("ledger", _adds_up, _HALT),
    Check("positions", _positions_are_fills, _HALT),
    Check("accounts and books agree", _stakes_are_books, _HALT),
    Check("no cash is reserved twice", _cash_is_there, _HALT),
    Check("no more was sold than bought", _no_fill_is_booked_twice, _HALT),
    Check("no instrument is halted", _nothing_is_halted, "docs/runbooks/halted-instrument.md"),
    Check("unclear orders", _orders_are_clear, "`watch` asks the venue each minute; no new risk on it until then"),
    Check("no order is forgotten", _no_order_is_forgotten, "`watch` asks the venue each minute; is it scheduled?",
          where="live"),
    Check("positions have stops", _positions_have_stops, "`tradewind close INSTRUMENT`, or set a stop at once"),
    Check("stops are right-sized", _stops_are_right_sized, "`tradewind close INSTRUMENT`, or replace the stop"),
    Check("no stop is left over", _no_stop_is_left_over, "`tradewind cancel ORDER`"),
    Check("stops have a price", _stops_have_a_price, "`tradewind close INSTRUMENT`"),
    Check("positions are few enough", _positions_are_few_enough, "close some, or raise the limit", State.NOTE),
    Check("exposure is within limits", _exposure_is_within_limits, "close some, or raise the limit", State.NOTE),
    Check("kill switch", _accounts_may_trade, "`tradewind kill-switch off` allows entries again", State.NOTE),
    Check("journal", _journals_are_whole, _RESTORE),
    Check("accounts end their journals", _accounts_end_their_journals, _RESTORE),
    Check("what was announced is there", _what_was_announced_is_there, _RESTORE),
    Check("every fill is journaled", _fills_are_journaled, _RESTORE),
    Check("alerts", _everything_is_announced, "read the log of publish_events", State.NOTE),
)  # fmt: skip

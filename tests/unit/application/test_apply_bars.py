from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.builders import (
    ACME,
    FREE,
    PAPER,
    SHARE,
    account,
    bar,
    book,
    configuration,
    day,
    entry,
    exit_order,
    flat_bar,
    held,
    order_id,
)
from tests.fakes.ledger import FakeLedger
from tradewind.application.apply_bars import ApplyBars, account_of
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.events import Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Stake
from tradewind.domain.messages import BarMessage
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.timeframe import Timeframe
from tradewind.execution.paper import apply_bar

STOP = exit_order(leg=Leg.STOP, id=order_id(Leg.STOP), price=Decimal("95.00"))
POSITION = book(STOP, positions=(held(),), last_bar=day(2), version=3)
STAKED = account(cash=Decimal(99_000), stakes={ACME: Stake(0, Decimal(1_000), Decimal(0))})


def message(one: Bar, version: int = -1, foreseen: str = "", rev: int = 1) -> BarMessage:
    return BarMessage(PAPER, ACME, Timeframe.D1, rev, one, version, foreseen, "trace")


def foreseen(one: Bar, before: Book) -> BarMessage:
    return message(one, before.version, apply_bar(before, one, SHARE, FREE).digest())


@dataclass
class World:
    before: Book = POSITION
    owner: Account | None = STAKED
    history: list[Bar] = field(default_factory=list)
    rules: AccountRules = FREE
    asked: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = FakeLedger()
        self.ledger.items.books[PAPER, ACME] = self.before
        if self.owner:
            self.ledger.items.accounts[PAPER] = self.owner
        self.apply = ApplyBars(configuration(rules=self.rules), self.ledger, self.bars)

    def bars(self, _: InstrumentId, __: Timeframe, after: int, until: int) -> list[Bar]:
        self.asked.append((after, until))
        return [one for one in self.history if after < one.ts_close <= until]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    def events(self) -> list[tuple[str, Severity]]:
        entries = self.ledger.items.journals.get(PAPER, [])
        return [(event.kind, event.severity) for entry in entries for event in entry.events]

    def legs(self) -> list[Leg]:
        return [fill.leg for fill in self.ledger.items.fills.values()]


QUIET = bar(3, 100, 101, 99, 100.5)
STOPPING = bar(3, 100, 101, 94, 96)


# ── one bar ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bar_that_fills_nothing_moves_the_mark_and_makes_no_transaction() -> None:
    world = World()

    world.apply.arrived(foreseen(QUIET, POSITION))

    assert (world.book.mark, world.book.last_bar, world.book.version) == (Decimal("100.50"), day(3), 3)
    assert world.book.positions[0].bars_held == 1
    assert world.events() == []


def test_a_bar_that_fills_is_one_transaction() -> None:
    world = World()

    world.apply.arrived(foreseen(STOPPING, POSITION))

    assert (world.book.is_active, world.book.version, world.legs()) == (False, 4, [Leg.STOP])
    assert world.ledger.items.accounts[PAPER].cash == Decimal(99_950)
    assert world.ledger.items.orders[PAPER, STOP.id].status is OrderStatus.FILLED
    assert world.events() == [("ORDER_FILLED", Severity.INFO)]


def test_a_repeat_changes_nothing_however_late_it_comes() -> None:
    world = World()
    for one in (STOPPING, flat_bar(4, 100)):
        world.apply.arrived(message(one))
    before = repr(world.ledger.items)

    for one in (STOPPING, flat_bar(4, 100), flat_bar(1, 50), STOPPING):
        world.apply.arrived(message(one, version=3, foreseen="whatever"))

    assert repr(world.ledger.items) == before


def test_a_repeat_of_a_bar_that_moved_only_the_mark_changes_nothing() -> None:
    world = World()
    world.apply.arrived(foreseen(QUIET, POSITION))

    world.apply.arrived(foreseen(QUIET, POSITION))

    assert world.book.positions[0].bars_held == 1


def test_a_correction_of_a_bar_that_was_applied_changes_nothing() -> None:
    world = World()
    world.apply.arrived(foreseen(QUIET, POSITION))

    world.apply.arrived(replace(message(STOPPING), rev=2))

    assert world.legs() == []


def test_a_bar_matters_only_to_a_book_with_a_position_or_an_order() -> None:
    world = World(before=book(last_bar=day(1)))

    world.apply.arrived(message(flat_bar(3, 50)))

    assert (world.book.last_bar, world.events(), world.asked) == (day(1), [], [])


def test_a_first_transaction_opens_the_account_with_its_configured_cash() -> None:
    world = World(before=book(entry()), owner=None)

    world.apply.arrived(message(flat_bar(2, 100)))

    stored = world.ledger.items.accounts[PAPER]
    assert (stored.opening, stored.cash, stored.seq) == (Decimal(100_000), Decimal(99_000), 1)


def test_a_stored_account_is_not_opened_again() -> None:
    assert account_of(STAKED, FREE) is STAKED
    assert account_of(None, FREE) == Account(PAPER, Decimal(100_000), Decimal(100_000))


# ── bars that were skipped ───────────────────────────────────────────────────────────────────────────────────────


def test_a_skipped_bar_is_read_from_history_first() -> None:
    """The stop was touched on day 3; that the message of day 3 was lost must not save the position."""
    world = World(history=[QUIET, bar(4, 100, 101, 94, 96), flat_bar(5, 200)])

    world.apply.arrived(message(flat_bar(5, 200), version=3, foreseen=""))

    (fill,) = world.ledger.items.fills.values()
    assert (fill.leg, fill.price, fill.ts) == (Leg.STOP, Decimal("95.00"), day(4))
    assert world.asked == [(day(2), day(4))]
    assert world.book.last_bar == day(5)


def test_a_closed_market_is_no_gap_to_search() -> None:
    """The bar before this one is the last that was applied: no bar was made between them."""
    world = World()
    monday = replace(message(flat_bar(6, 100), version=3, foreseen=""), previous=world.book.last_bar)

    world.apply.arrived(monday)

    assert world.asked == []
    assert world.book.last_bar == day(6)


def test_history_is_not_asked_for_what_was_seen() -> None:
    world = World()

    world.apply.arrived(foreseen(QUIET, POSITION))
    world.apply.catch_up(STAKED, world.book, Timeframe.D1, day(3))

    assert world.asked == []


def test_catching_up_returns_what_it_led_to() -> None:
    world = World(history=[QUIET, bar(4, 100, 101, 94, 96)])

    after, at = world.apply.catch_up(STAKED, POSITION, Timeframe.D1, day(4))

    assert (after, at) == (world.ledger.items.accounts[PAPER], world.book)
    assert not at.is_active


def test_bars_after_the_book_came_to_rest_in_a_catch_up_move_only_its_mark() -> None:
    world = World(history=[STOPPING, bar(4, 90, 91, 80, 85)])

    world.apply.catch_up(STAKED, POSITION, Timeframe.D1, day(4))

    assert world.legs() == [Leg.STOP]


# ── what was foreseen ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_happens_otherwise_than_foreseen_on_the_same_version_halts_the_instrument() -> None:
    world = World()

    world.apply.arrived(message(STOPPING, version=3, foreseen="another digest"))

    assert world.legs() == [Leg.STOP]  # the ledger's own matching is what counts
    assert world.book.halted == f"bar {day(3)} filled otherwise than foreseen on version 3"
    assert ("FORESEEN_OTHERWISE", Severity.CRITICAL) in world.events()


def test_a_fill_that_was_foreseen_and_does_not_happen_halts_as_well() -> None:
    world = World()

    world.apply.arrived(message(QUIET, version=3, foreseen="a fill"))

    assert world.book.halted
    assert world.book.last_bar == day(3)


def test_what_was_foreseen_on_another_version_is_superseded_and_halts_nothing() -> None:
    world = World()

    world.apply.arrived(message(STOPPING, version=2, foreseen="another digest"))

    assert (world.book.halted, world.legs()) == ("", [Leg.STOP])
    assert ("BAR_SUPERSEDED", Severity.INFO) in world.events()


def test_the_same_outcome_on_another_version_is_nothing_to_tell() -> None:
    world = World()

    world.apply.arrived(replace(foreseen(STOPPING, POSITION), assumed_version=2))

    assert world.events() == [("ORDER_FILLED", Severity.INFO)]


def test_a_bar_for_which_nothing_was_foreseen_contradicts_nothing() -> None:
    world = World()

    world.apply.arrived(message(STOPPING))

    assert (world.book.halted, world.events()) == ("", [("ORDER_FILLED", Severity.INFO)])


# ── halting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_instrument_is_halted_once_and_keeps_its_position() -> None:
    world = World()
    for reason in ("first", "second"):
        world.apply.halt(PAPER, ACME, reason, day(3))

    assert (world.book.halted, world.book.positions) == ("first", POSITION.positions)
    assert world.events() == [("INSTRUMENT_HALTED", Severity.CRITICAL)]


def test_an_instrument_without_a_book_can_be_halted() -> None:
    world = World(owner=None)
    world.ledger.items.books.clear()

    world.apply.halt(PAPER, ACME, "broken", day(3))

    assert world.book.halted == "broken"


def test_a_halted_position_is_still_stopped() -> None:
    world = World(before=replace(POSITION, halted="broken"))

    world.apply.arrived(message(STOPPING))

    assert world.legs() == [Leg.STOP]
    assert world.book.halted == "broken"


def test_at_a_venue_a_bar_moves_the_mark_and_matches_nothing() -> None:
    world = World(rules=replace(FREE, venue="KRAKEN"))
    before = world.book

    world.apply.arrived(message(QUIET))

    assert world.book.orders == before.orders
    assert world.book.version == before.version
    assert world.book.last_bar == QUIET.ts_close

"""Whatever is done to an account, in whatever order, its sums agree to the last digit."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.builders import ACME, BOLT, COSTLY, PAPER, SHARE, account, day, entry
from tradewind.application.drafting import reservation
from tradewind.domain.bar import Bar
from tradewind.domain.changeset import Changeset
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Book, Stake
from tradewind.domain.messages import Levels
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar, move_levels
from tradewind.execution.transactions import day_of

NAMES = (ACME, BOLT)
STRATEGIES = ("first", "second")
WORST = Decimal("110.00")

names = st.sampled_from(NAMES)
strategies = st.sampled_from(STRATEGIES)
ticks = st.integers(8_000, 12_000)


@st.composite
def candles(draw: st.DrawFn) -> tuple[float, float, float, float]:
    low, open_, close, high = sorted(draw(ticks) / 100 for _ in range(4))
    return (open_, high, low, close) if draw(st.booleans()) else (close, high, low, open_)


class Trading(RuleBasedStateMachine):
    """An account that trades two instruments by two strategies, at random."""

    def __init__(self) -> None:
        super().__init__()
        self.account = account()
        self.books = {name: Book(PAPER, name) for name in NAMES}
        self.fills: list[Fill] = []
        self.days: list[tuple[int, Fill]] = []
        self.chain = [START]
        self.number = 1
        self.orders = 0

    def commit(self, change: Changeset) -> None:
        assert change.account.seq == self.account.seq + 1
        assert change.entry.previous_hash == self.chain[-1]
        if change.book:
            assert change.book_version == self.books[change.book.instrument].version
            assert change.book.version == change.book_version + 1
            self.books[change.book.instrument] = change.book
        self.account = change.account
        self.fills.extend(change.fills)
        self.days.extend((day_of(change.entry.ts), fill) for fill in change.fills)
        self.chain.append(change.entry.hash)

    def fresh(self, name: InstrumentId, strategy: str, leg: Leg) -> Order:
        self.orders += 1
        identifier = intent_id(name, strategy, self.orders)
        return entry(
            id=identifier, parent=identifier, instrument=name, strategy=strategy, leg=leg,
            created=day(self.number), status=OrderStatus.SUBMITTED, worst_price=WORST,
        )  # fmt: skip

    @rule(name=names, strategy=strategies, quantity=st.integers(1, 50), levels=st.tuples(ticks, ticks))
    def an_entry_is_submitted(self, name: InstrumentId, strategy: str, quantity: int, levels: tuple[int, int]) -> None:
        book = self.books[name]
        held = book.position(strategy)
        if book.working(strategy, Leg.ENTRY) or (held and book.working(strategy, Leg.EXIT)):
            return
        fresh = self.fresh(name, strategy, Leg.ENTRY)
        order = replace(
            fresh,
            parent=held.parent if held else fresh.id,
            quantity=Decimal(quantity),
            stop=SHARE.price(min(levels)),
            target=SHARE.price(max(levels)),
            reserved=reservation(Decimal(quantity), WORST, COSTLY.fee_bps),
        )
        self.commit(transactions.submit(self.account, book, order, order.created))

    @rule(name=names, strategy=strategies)
    def an_exit_is_submitted(self, name: InstrumentId, strategy: str) -> None:
        book = self.books[name]
        position = book.position(strategy)
        if position is None or book.working(strategy, Leg.EXIT):
            return
        order = replace(
            self.fresh(name, strategy, Leg.EXIT),
            side=Side.SELL, quantity=position.quantity, parent=position.parent, stop=NOTHING, target=NOTHING,
            worst_price=NOTHING, reserved=NOTHING,
        )  # fmt: skip
        self.commit(transactions.submit(self.account, book, order, order.created))

    @rule(name=names, status=st.sampled_from([OrderStatus.ACCEPTED, OrderStatus.REJECTED, OrderStatus.UNKNOWN]))
    def the_venue_answers(self, name: InstrumentId, status: OrderStatus) -> None:
        waiting = [one for one in self.books[name].orders if one.status in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}]
        for order in waiting[:1]:
            self.commit(transactions.report(self.account, self.books[name], order.becomes(status), order.created))

    @rule(name=names)
    def an_order_is_denied(self, name: InstrumentId) -> None:
        order = replace(self.fresh(name, "first", Leg.ENTRY), status=OrderStatus.DENIED, reserved=NOTHING)
        self.commit(transactions.end_unsent(self.account, order, order.created))

    @rule(prices=st.lists(candles(), min_size=2, max_size=2), levels=st.tuples(ticks, ticks))
    def a_bar_closes(self, prices: Sequence[tuple[float, float, float, float]], levels: tuple[int, int]) -> None:
        self.number += 1
        for name, values in zip(NAMES, prices, strict=True):
            bar = Bar(day(self.number - 1), day(self.number), *values, 1.0)
            book = self.books[name]
            outcome = apply_bar(book, bar, SHARE, COSTLY)
            stop, target = map(SHARE.price, levels)
            outcome = move_levels(outcome, [Levels(one.parent, stop, target) for one in outcome.book.positions])
            if outcome.changes:
                self.commit(transactions.apply_outcome(self.account, book, outcome))
            else:
                self.books[name] = outcome.book

    @invariant()
    def cash_and_cost_are_what_was_paid_in_and_realised(self) -> None:
        held = sum((stake.exposure for stake in self.account.stakes.values()), NOTHING)
        assert self.account.cash + held == self.account.opening + self.account.realised

    @invariant()
    def a_stop_covers_all_that_is_held(self) -> None:
        for book in self.books.values():
            for position in book.positions:
                levels = (book.bracket(position.parent, leg) for leg in (Leg.STOP, Leg.TARGET))
                assert {level.quantity for level in levels if level} <= {position.quantity}

    @invariant()
    def cash_is_the_sum_of_the_fills(self) -> None:
        flows = (fill.quantity * fill.price * (1 if fill.side is Side.SELL else -1) - fill.fee for fill in self.fills)
        assert self.account.cash == self.account.opening + sum(flows, NOTHING)
        assert self.account.fees == sum((fill.fee for fill in self.fills), NOTHING)
        assert self.account.realised == sum((fill.realised for fill in self.fills), NOTHING)

    @invariant()
    def positions_are_the_sum_of_the_fills(self) -> None:
        for name in NAMES:
            for strategy in STRATEGIES:
                mine = [fill for fill in self.fills if (fill.instrument, fill.strategy) == (name, strategy)]
                net = sum((fill.quantity * (1 if fill.side is Side.BUY else -1) for fill in mine), NOTHING)
                position = self.books[name].position(strategy)
                assert (position.quantity if position else NOTHING) == net

    @invariant()
    def stakes_are_what_the_books_hold(self) -> None:
        ties = {
            name: (book.exposure, book.reserved) for name, book in self.books.items() if book.is_active
        }  # fmt: skip
        assert {name: (stake.exposure, stake.reserved) for name, stake in self.account.stakes.items()} == ties
        assert all(isinstance(stake, Stake) and stake.seq <= self.account.seq for stake in self.account.stakes.values())

    @invariant()
    def a_day_s_result_is_the_sum_of_the_day_s_fills(self) -> None:
        today = [fill for number, fill in self.days if number == self.account.day]
        assert self.account.realised_today == sum((fill.realised for fill in today), NOTHING)

    @invariant()
    def a_fill_is_booked_once(self) -> None:
        assert len({fill.trade_id for fill in self.fills}) == len(self.fills)

    @invariant()
    def every_position_has_its_own_working_bracket(self) -> None:
        for book in self.books.values():
            parents = {position.parent for position in book.positions}
            legs = {(order.parent, order.leg) for order in book.orders if order.leg in {Leg.STOP, Leg.TARGET}}
            assert legs == {(parent, leg) for parent in parents for leg in (Leg.STOP, Leg.TARGET)}

    @invariant()
    def the_journal_s_head_is_the_account_s(self) -> None:
        assert self.account.journal_hash == self.chain[-1]
        assert self.account.seq == len(self.chain) - 1


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

"""What must hold: at every commit, and when all has come to rest."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tests.simulation.sums import insist, insist_on_sums
from tests.simulation.world import World
from tests.venues.exchange import Exchange
from tradewind.application.dead_letters import blocked
from tradewind.application.publish_events import QUIET
from tradewind.application.shard_state import ShardState
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import Configuration
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book, Control, TradingState
from tradewind.domain.messages import BarMessage, IntentMessage, Message, from_json
from tradewind.domain.order import BY_GUARD, BY_HAND, NOTHING, Leg, Order, OrderStatus
from tradewind.domain.venue import added
from tradewind.execution.transactions import day_of
from tradewind.strategies.base import Strategy

LOT = Decimal("0.001")
NEVER = frozenset({"INSTRUMENT_HALTED", "FORESEEN_OTHERWISE"})
_UNSENT = frozenset({OrderStatus.DENIED, OrderStatus.EXPIRED, OrderStatus.CANCELED})
"""What may become of an order that its venue never heard of; canceled where its position closed before."""


@dataclass
class CommitChecks:
    """Looks at the stored ledger after each commit."""

    world: World
    configuration: Configuration
    _books: dict[tuple[str, InstrumentId], Book] = field(default_factory=dict)
    _heads: dict[str, str] = field(default_factory=dict)

    def __call__(self, changeset: Changeset) -> None:
        items, name = self.world.items, changeset.account.name
        account = items.accounts[name]
        books = [book for (owner, _), book in items.books.items() if owner == name]
        self._sums(account, books)
        self._limits(account, changeset)
        self._forwards(changeset)
        previous = self._heads.get(name, START)
        insist(changeset.entry.previous_hash == previous, f"journal {name} breaks at {changeset.entry.seq}")
        insist(account.journal_hash == changeset.entry.hash, f"account {name} names another journal head")
        self._heads[name] = changeset.entry.hash

    def edited(self, book: Book) -> None:
        """Learn of a book that was changed behind everybody's back."""
        self._books[book.account, book.instrument] = book

    def _sums(self, account: Account, books: Iterable[Book]) -> None:
        stakes = {name: (stake.exposure, stake.reserved) for name, stake in account.stakes.items()}
        held = {book.instrument: (book.exposure, book.reserved) for book in books if book.is_active}
        insist(stakes == held, f"stakes {stakes} are not what the books hold: {held}")
        exposure = sum((one for one, _ in held.values()), NOTHING)
        insist(
            account.cash + exposure == account.opening + account.realised,
            f"cash {account.cash} + cost {exposure} is not opening {account.opening} + realised {account.realised}",
        )

    def _limits(self, account: Account, changeset: Changeset) -> None:
        limits = self.configuration.account(account.name).limits
        insist(len(account.stakes) <= limits.open_positions, f"{len(account.stakes)} positions are open")
        insist(account.free_cash >= 0, f"free cash is {account.free_cash}")
        if not (changeset.adds_risk and changeset.book):
            return
        control = self.world.items.controls.get(account.name, Control())
        insist(control.state is TradingState.NORMAL, f"risk was added while trading was {control.state}")
        name = changeset.book.instrument
        insist(name not in blocked(control), f"risk was added where a letter of {name} is dead")
        stake, equity = account.stakes[changeset.book.instrument], account.book_equity
        insist(account.exposure <= limits.exposure * equity, f"exposure {account.exposure} of equity {equity}")
        held = stake.exposure + stake.reserved
        insist(held <= limits.instrument_exposure * equity, f"exposure {held} in one instrument of {equity}")
        lost = -account.realised_on(day_of(changeset.entry.ts))  # of the order, or of the change that was asked for
        insist(lost <= 0 or lost < limits.daily_loss * (equity + lost), f"risk was added after a day's loss of {lost}")

    def _forwards(self, changeset: Changeset) -> None:
        after = changeset.book
        if after is None:
            return
        key = (after.account, after.instrument)
        before = self._books.get(key, Book(*key))
        insist(
            after.version - before.version
            == bool(changeset.orders or changeset.flows or after.halted != before.halted),
            f"book {key} went from {before.version} to {after.version}",
        )
        insist(after.last_bar >= before.last_bar, f"book {key} went back to bar {after.last_bar}")
        self._books[key] = after


@dataclass
class RestChecks:
    """Looks at everything when all has come to rest."""

    world: World
    configuration: Configuration
    strategy: Strategy
    strategy_key: str
    poison: frozenset[str] = frozenset()
    venue_remembers: bool = True

    @property
    def received(self) -> Counter[IntentId]:
        """How often the venue took each of our orders."""
        exchange = self.world.exchange
        if exchange is None:
            return Counter(self.world.venue.received)
        ids = (one.wish.client_id for one in exchange.exchange.orders.values())
        return Counter(IntentId(one) for one in ids if not one.startswith("theirs"))

    def __call__(self) -> None:
        self.orders()
        self.fills()
        self.stops()
        self.alerts()
        self.journals()
        self.state()
        left = {one for control in self.world.items.controls.values() for one in blocked(control)}
        dead = [letter.body for letter in self.world.letters.take()]
        gone = {one for one in left if not any(f'"{one}"' in body for body in dead)}
        insist(not gone, f"dead letters that are gone still block {gone}")
        refused = [reason for body, reason in self.world.queue.refused if body not in self.poison]
        insist(not refused, f"refused: {refused}")
        insist(self.world.fifo.depth() == 0, f"{self.world.fifo.depth()} messages are still in the queue")

    def owed(self) -> Iterator[Message]:
        """Yield every message that a stored decision owes and that is not in the dead letters."""
        dead = {one.body for one in self.world.fifo.dead}
        lost = {from_json(body).deduplication_id for body in dead - self.poison}
        for record in self.world.decisions.items.values():
            yield from (message for message in record.owed if message.deduplication_id not in lost)

    def orders(self) -> None:
        """Check that each owed intent has an order, each order an intent, and the venue each order once."""
        items, received = self.world.items, self.received
        owed = [message.intent for message in self.owed() if isinstance(message, IntentMessage)]
        known = {
            one.intent.id
            for r in self.world.decisions.items.values()
            for one in r.owed
            if isinstance(one, IntentMessage)
        }
        for intent in owed:
            insist((intent.account, intent.id) in items.orders, f"intent {intent.id} {intent.trace} has no order")
        twice = [one for one, times in received.items() if times > 1]
        insist(not twice, f"the venue received {twice} more than once")
        for order in items.orders.values():
            if order.leg in {Leg.ENTRY, Leg.EXIT}:
                insist(
                    order.id in known or order.source in {BY_GUARD, BY_HAND} or _is_target_sale(order),
                    f"order {order.id} has no intent",
                )
                sound = order.status is not OrderStatus.REJECTED or order.reason.startswith("PRICE_COLLAR")
                insist(sound, f"{order.id} is said to be rejected, and the venue never did: {order.reason}")
                sent = received[order.id] or order.status in _UNSENT or order.held_here or not self.venue_remembers
                insist(bool(sent), f"{order.status} {order.id} was never sent")
                insist(order.status is not OrderStatus.SUBMITTED, f"order {order.id} is still SUBMITTED")
                insist(order.status is not OrderStatus.UNKNOWN, f"order {order.id} is still UNKNOWN")
        for identifier in received:
            status = self._status(identifier)
            insist(status not in {None, OrderStatus.DENIED}, f"the venue has {identifier}, the ledger has {status}")

    def stops(self) -> None:
        """Check that every position has its stop, over all of it, and that no stop works without its position."""
        for book in self.world.items.books.values():
            for position in book.positions:
                insist(
                    book.protects(position.parent, LOT),
                    f"{position.quantity} {book.instrument} have no right-sized stop",
                )
            insist(not book.left_over, f"stops of {book.instrument} whose position is gone: {book.left_over}")

    def _status(self, identifier: IntentId) -> OrderStatus | None:
        found = [order.status for (_, one), order in self.world.items.orders.items() if one == identifier]
        return found[0] if found else None

    def fills(self) -> None:
        """Check that fills, orders, positions and cash tell one story."""
        items = self.world.items
        told = Counter(
            (event.data or {}).get("trade_id")
            for entries in items.journals.values()
            for entry in entries
            for event in entry.events
            if event.kind == "ORDER_FILLED"
        )
        insist(told == Counter(fill.trade_id for fill in items.fills.values()), "journal and fills differ")
        if self.world.exchange:
            self.truth(self.world.exchange.exchange)
        else:
            filled = Counter(fill.order_id for fill in items.fills.values())
            for order in items.orders.values():
                whole = order.status is OrderStatus.FILLED
                insist(filled[order.id] == whole, f"{order.id}: {filled[order.id]} fills")
        for account in items.accounts.values():
            insist_on_sums(self.world, account)

    def truth(self, exchange: Exchange) -> None:
        """Check that the ledger is the exchange's own books: each trade once, each balance, each working order."""
        items, account = self.world.items, next(iter(self.world.items.accounts.values()))
        ours = {one.id for one in exchange.trades if not one.order.wish.client_id.startswith("theirs")}
        theirs = {f"trade:{one.id}" for one in exchange.trades} - {f"trade:{one}" for one in ours}
        insist({one for _, one in items.fills} == ours, f"fills differ by {ours ^ {one for _, one in items.fills}}")
        flows = {one for _, one in items.flows if one.startswith("trade:")}
        insist(flows <= theirs, f"{flows - theirs} are no trades of others")
        positions = [(book.instrument, one.quantity) for book in items.books.values() for one in book.positions]
        held = added({"USD": account.cash}, *({name.partition("-")[0]: quantity} for name, quantity in positions))
        for coin in {*exchange.balances, *held, *account.apart}:
            there = exchange.balances.get(coin, NOTHING)
            here = held.get(coin, NOTHING) + account.apart.get(coin, NOTHING)
            insist(there == here, f"{coin}: the exchange has {there}, the ledger {here}")
        working = {one.wish.client_id for one in exchange.working()} - {
            f"theirs-{i}" for i in range(len(exchange.orders))
        }
        ours_now = [one for book in items.books.values() for one in book.orders if one.leg is not Leg.TARGET]
        known = {one.id for one in ours_now if not one.held_here}
        insist(working == known, f"working there, or here only: {working ^ known}")
        stops = [order for book in items.books.values() for order in book.orders if order.leg is Leg.STOP]
        sizes = {one.wish.client_id: one.wish.quantity - one.filled for one in exchange.working()}
        held_by = {one.parent for book in items.books.values() for one in book.positions}
        left_over = [one.id for (_, one_id), one in items.orders.items() if one_id in working and one.leg is Leg.STOP
                     and one.parent not in held_by]  # fmt: skip
        insist(not left_over, f"stops without a position at the exchange: {left_over}")
        wrong = [order for order in stops if sizes[order.id] != order.quantity]
        insist(not wrong, f"stops of another size at the exchange: {wrong}")

    def bars(self) -> None:
        """Check that each owed bar has been applied where it mattered."""
        for message in self.owed():
            book = self.world.items.book(message.account, message.instrument)
            if isinstance(message, BarMessage) and book.is_active:
                insist(book.last_bar >= message.ts, f"bar {message.deduplication_id} was never applied")

    def alerts(self) -> None:
        """Check that what is loud was told at least once, and each time in the same words."""
        expected = dict(loud(entry for entries in self.world.items.journals.values() for entry in entries))
        told: set[str] = set()
        for alert_id, event, ts in self.world.topic.published:
            insist(expected.get(alert_id) == (event, ts), f"alert {alert_id} tells of {event.text}, which never was")
            told.add(alert_id)
        missing = sorted(expected.keys() - told)
        insist(not missing, f"never announced: {missing}")

    def journals(self) -> None:
        """Check the hash chains, and that nothing happened that must never happen."""
        for name, entries in self.world.items.journals.items():
            previous = START
            for entry in entries:
                insist(entry.previous_hash == previous, f"journal {name} breaks at {entry.seq}")
                previous = entry.hash
                bad = [event.text for event in entry.events if event.kind in NEVER]
                insist(not bad, f"journal {name}: {bad}")

    def state(self) -> None:
        """Check that each shard is up to date, and that its state is that of the bars in order."""
        for shard in self.configuration.shards:
            progress, editions = self.world.progress.load(shard.name), self.world.slices.everything(shard.name)
            fresh = ShardState({self.strategy_key: self.strategy})
            for slice_ in {one.ts_close: one for one in editions}.values():
                fresh.advance(slice_)
            latest = self.world.slices.latest(shard.name)
            insist(progress.watermark == latest, f"shard {shard.name} is at {progress.watermark}, slices at {latest}")
            insist(not self.world.slices.late(shard.name), f"shard {shard.name} has unsettled corrections")
            insist(progress.digest in {fresh.digest(), ""}, f"shard {shard.name}: its state is not that of its bars")


def _is_target_sale(order: Order) -> bool:
    """Tell whether an exit is the executor's own, at a target that it watches."""
    return order.id == intent_id(intent_id(order.parent, Leg.TARGET), "reached", order.created)


def loud(entries: Iterable[JournalEntry]) -> Iterator[tuple[str, tuple[Event, int]]]:
    """Yield alert id, event and time of what somebody must be told."""
    for entry in entries:
        for i, event in enumerate(entry.events):
            if event.kind not in QUIET:
                yield f"{entry.alert_id}-{i}", (event, entry.ts)

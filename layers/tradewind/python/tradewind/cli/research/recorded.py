"""What an environment recorded, and how it came to a bar: the slices as they were known, and the book as it stood."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tradewind.adapters.dynamodb import queries
from tradewind.application.desk import AtWork
from tradewind.application.shard_state import ShardState
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.paths import user_strategies
from tradewind.cli.research import archived
from tradewind.cli.research.hands import Hand, filled_again, hands
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import BarMessage, Levels
from tradewind.domain.order import AT_ONCE, Leg, Order, OrderStatus
from tradewind.domain.slice import Slice
from tradewind.execution.paper import apply_bar, move_levels

_NOTHING = frozenset({"", ShardState({}).digest()})
"""Digests of the state before a shard's first slice."""

_DECIDED = frozenset({Leg.ENTRY, Leg.EXIT})
"""Orders that a decision placed; stops and targets come of a fill."""


@dataclass
class Recorded:
    """One shard of an environment, read once.

    Attributes
    ----------
    records : tuple of DecisionRecord
        By time and revision.
    editions : mapping
        Every revision of every slice by (ts_close, rev).
    by_hand : sequence of Hand
        What people filled between bars, in each account's own order.
    """

    configuration: Configuration
    shard: str
    records: tuple[DecisionRecord, ...]
    editions: Mapping[tuple[int, int], Slice]
    orders: Sequence[Order]
    by_hand: Sequence[Hand] = ()

    @cached_property
    def at_work(self) -> list[AtWork]:
        """The strategies that decide on this shard, as they are here and now."""
        from tradewind.bootstrap import strategies_at_work

        frame = self.configuration.shard(self.shard).timeframe
        by_account, _ = strategies_at_work(self.configuration, user_strategies())
        return [one for desk in by_account.values() for one in desk if one.rules.timeframe is frame]

    @cached_property
    def code(self) -> Mapping[str, str]:
        """The code hash of each strategy here by its key."""
        from tradewind.bootstrap import strategies_at_work

        return strategies_at_work(self.configuration, user_strategies())[1]

    @cached_property
    def _by_digest(self) -> Mapping[str, DecisionRecord]:
        return {record.state_digest: record for record in self.records}

    def known_at(self, record: DecisionRecord) -> list[Slice]:
        """Return the slices that its state had taken in, its own the last of them, each in the revision known then.

        Raises
        ------
        CommandError
            If the past before it is kept no longer, or a slice of it.
        """
        chain = self._chain(record)
        chosen = _revisions(chain)
        gone = [ts for ts, rev in chosen.items() if (ts, rev) not in self.editions]
        if gone:
            raise CommandError(
                f"{len(gone)} of {len(chosen)} slices of {self.shard} are kept no longer (the first closed at "
                f"{min(gone)}): a past decision can be run again while its bars are kept"
            )
        if chain[-1].state_before not in _NOTHING:
            raise CommandError(
                f"what {self.shard} was decided on before {chain[-1].ts} is kept no longer: a past decision can be run "
                "again while all its bars are kept"
            )
        return [self.editions[ts, chosen[ts]] for ts in sorted(chosen)]

    def reaches_back(self, record: DecisionRecord) -> bool:
        """Return whether everything that led to a record is here."""
        chain = self._chain(record)
        whole = chain[-1].state_before in _NOTHING
        return whole and all(step in self.editions for step in _revisions(chain).items())

    def _chain(self, record: DecisionRecord) -> list[DecisionRecord]:
        """Return a record and those before it, the latest first, in the order in which they became known.

        Every record names the state before it, which the record before it left. Where a deployment brought other code
        the state was built again from the same slices and has another digest: there the chain goes on by time.
        """
        chain, seen = [record], {record.state_digest}
        while chain[-1].state_before not in _NOTHING:
            link = self._by_digest.get(chain[-1].state_before) or self._before(chain[-1].ts)
            if link is None or link.state_digest in seen:
                break
            seen.add(link.state_digest)
            chain.append(link)
        return chain

    def _before(self, ts: int) -> DecisionRecord | None:
        return next((one for one in reversed(self.records) if one.ts < ts and not one.late), None)

    def state(self, slices: Iterable[Slice]) -> ShardState:
        """Return the state that slices lead to."""
        state = ShardState({one.key: one.strategy for one in self.at_work})
        for slice_ in slices:
            state.advance(slice_)
        return state

    def book(self, account: str, instrument: InstrumentId, slices: Iterable[Slice]) -> Book:
        """Return an instrument's book after these slices: its recorded orders matched again, bar by bar.

        What a person filled at once is filled again in its place: after the last bar that its book had seen.
        """
        rules, terms = self.configuration.instrument(instrument), self.configuration.account(account)
        mine = [order for order in self.orders if order.account == account and order.instrument == instrument]
        filled = {one.id: one for one in mine if one.id in self._hands}
        waiting = deque(one for one in self.by_hand if one.order in filled)
        placed: dict[int, list[Order]] = {}
        for order in mine:
            if order.leg in _DECIDED and order.status is not OrderStatus.DENIED and order.id not in filled:
                placed.setdefault(order.created, []).append(replace(order, status=OrderStatus.ACCEPTED, reason=""))
        book = Book(account, instrument)
        for slice_ in slices:
            while waiting and waiting[0].after < slice_.ts_close:
                hand = waiting.popleft()
                book = filled_again(book, hand, filled[hand.order], rules, terms)
            bar = slice_.bars.get(instrument)
            if bar is not None and book.is_active:
                outcome = apply_bar(book, bar, rules, terms)
                book = move_levels(outcome, self._levels(slice_, account, instrument)).book
            if bar is not None:
                book = replace(book, orders=(*book.orders, *placed.get(slice_.ts_close, ())))
        return book

    @cached_property
    def _hands(self) -> frozenset[str]:
        return frozenset(one.order for one in self.by_hand)

    def before_orders(self, book: Book, ts: int) -> Book:
        """Return the book without the orders that were decided at `ts` itself."""
        decided = {order.id for order in book.orders if order.created == ts and order.leg in _DECIDED}
        return replace(book, orders=tuple(order for order in book.orders if order.id not in decided))

    def _levels(self, slice_: Slice, account: str, instrument: InstrumentId) -> tuple[Levels, ...]:
        record = self._by_step.get((slice_.ts_close, 1))
        for message in record.owed if record else ():
            if isinstance(message, BarMessage) and (message.account, message.instrument) == (account, instrument):
                return message.levels
        return ()

    @cached_property
    def _by_step(self) -> Mapping[tuple[int, int], DecisionRecord]:
        return {(record.ts, record.rev): record for record in self.records}


def read(deployed: Deployed, shard: str, configuration: Configuration | None = None) -> Recorded:
    """Read what an environment's tables have of a shard.

    Parameters
    ----------
    configuration : Configuration, optional
        The one that it was decided under; else the deployed one.

    Raises
    ------
    BadInputError
        If the environment has no such shard.
    """
    configuration = configuration or deployed.configuration
    configuration.shard(shard)
    orders = [order for rules in configuration.accounts for order in queries.orders(deployed.ledger, rules.name)]
    people = dict.fromkeys(order.account for order in orders if order.source in AT_ONCE)
    return Recorded(
        configuration,
        shard,
        tuple(queries.decisions(deployed.market, shard)),
        {(one.ts_close, one.rev): one for one in queries.editions(deployed.market, shard)},
        orders,
        [hand for name in people for hand in hands(queries.journal(deployed.ledger, name))],
    )


def with_vault(recorded: Recorded, deployed: Deployed, until: int) -> Recorded:
    """Return the same with what has left the tables and lies in the vault, up to a time."""
    records, slices = archived.kept(deployed, recorded.shard, until)
    every = {(one.ts, one.rev): one for one in (*records, *recorded.records)}
    older = {(one.ts_close, one.rev): one for one in slices}
    return replace(
        recorded, records=tuple(every[step] for step in sorted(every)), editions=older | dict(recorded.editions)
    )


def _revisions(chain: Iterable[DecisionRecord]) -> dict[int, int]:
    """Return the last revision of each slice that a chain knew, by time."""
    chosen: dict[int, int] = {}
    for link in chain:
        chosen[link.ts] = max(chosen.get(link.ts, 0), link.rev)
    return chosen

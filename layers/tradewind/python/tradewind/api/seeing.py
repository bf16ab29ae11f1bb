"""What a question will ask both tables for, read in one request before it asks."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from time import monotonic, time
from typing import TYPE_CHECKING

from tradewind import bootstrap
from tradewind.adapters.dynamodb import ledger_items
from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
from tradewind.adapters.dynamodb.outlines import Progressed
from tradewind.adapters.dynamodb.progress import progress_key
from tradewind.adapters.dynamodb.providers import breaker_key
from tradewind.adapters.dynamodb.series import PACKED, PACKED_THROUGH
from tradewind.adapters.dynamodb.table import Key
from tradewind.adapters.dynamodb.views import view_key
from tradewind.adapters.lately import Lately
from tradewind.adapters.sqs import depth_of
from tradewind.application.market_health import fresh_since, providers_of
from tradewind.domain.configuration import Shard
from tradewind.domain.timeframe import MINUTE

if TYPE_CHECKING:
    from tradewind.api.desk import Desk
    from tradewind.application.ports import ShardProgress


@dataclass
class Seeing:
    """One environment, seen at one moment: nothing that was read outlasts the block that it was read for.

    Two counts do, for some seconds, because each is a request of its own: what waits in each queue, and which slices of
    each shard lack bars.
    """

    desk: "Desk"
    _decided: "dict[str, ShardProgress]" = field(default_factory=dict)

    @cached_property
    def items(self) -> ItemsAhead:
        """What was read and not taken yet."""
        return ItemsAhead(bootstrap.client("dynamodb"))

    @contextmanager
    def ahead(self, market: Sequence[Key], ledger: Sequence[Key] = ()) -> Iterator[None]:
        """Read these, each once for every time that it is named; what the block does not take is forgotten."""
        self.items.read({self.desk.market.name: market, self.desk.ledger.name: ledger})
        try:
            yield
        finally:
            self.items.forget()

    def standing(self, *, accounts: bool = False, board: bool = False) -> AbstractContextManager[None]:
        """Read how shards stand, what accounts have and may do, and the health board."""
        shards, rules = self._shards, self.desk.configuration.accounts if accounts else ()
        ledger = [place(one.name) for one in rules for place in (ledger_items.account_key, ledger_items.control_key)]
        return self.ahead(
            [*map(progress_key, shards), *self._next_slices(shards)],
            [*ledger, *([ledger_items.BOARD_KEY] if board else [])],
        )

    def bars(self, shards: Sequence[Shard], steps: int) -> AbstractContextManager[None]:
        """Read the slices of some shards' latest timesteps, as far as they are not known."""
        slices, names = self.desk.slices, [one.name for one in shards]
        lately = [key for one in names for key in slices.keys_lately(one, steps) or ()]
        return self.ahead([*lately, *self._next_slices(names), *chain.from_iterable(map(slices.second_keys, names))])

    def market(self, now: int) -> AbstractContextManager[None]:
        """Read what tells how fresh shards are, how far they are packed, and how those stand who are asked for bars.

        Checks ask for the last two, and the figures again.
        """
        shards, slices = self.desk.configuration.shards, self.desk.slices
        fresh = [slices.keys_between(one.name, fresh_since(one, now), now) or () for one in shards]
        later = [*self._next_slices(self._shards), *chain.from_iterable(map(slices.second_keys, self._shards))]
        packed = [(f"{PACKED}#{one}", PACKED_THROUGH) for one in self._shards]
        breakers = list(map(breaker_key, providers_of(shards)))
        return self.ahead([*chain.from_iterable(fresh), *later, *packed * 2, *breakers * 2])

    def decided(self) -> Hashable:
        """Look how far decisions are finished; what they tell is the same until this changes. None before the first.

        Corrections count too: each evaluation, and each correction that was taken in, is a version of its own.
        """
        with self.ahead(list(map(progress_key, self._shards))):
            found = [self.desk.progress.load(name) for name in self._shards]
        self._decided = {one.shard: one for one in found}
        return tuple(one.version for one in found) if all(one.watermark for one in found) else None

    def decided_of(self, shard: Shard) -> Hashable:
        """Look how far decisions on one shard are finished: see above. None before the first."""
        return self.desk.progress.load(shard.name).version or None

    def bars_of(self, shard: Shard) -> Hashable:
        """Look how far bars of a shard have come: up to which, with which corrections, and within which ten minutes.

        What is brought into the past later (a backfill, a split) is no version of its own, hence the ten minutes.
        """
        with self.ahead([progress_key(shard.name), *self._next_slices([shard.name])]):
            latest, known = self.desk.slices.latest(shard.name), self.desk.progress.load(shard.name)
        return latest, known.version, self.desk.now() // (10 * MINUTE)

    def traded(self) -> Hashable:
        """Look how far accounts have come; orders and fills are the same until one goes on.

        Every transaction of the ledger gives its account the next number. A mark is none: what is held is worth
        something else with each bar, so positions are not told by this.
        """
        names = [one.name for one in self.desk.configuration.accounts]
        with self.ahead([], list(map(ledger_items.account_key, names))):
            found = list(map(self.desk.records.account, names))
        return tuple(one.seq if one else 0 for one in found)

    def followed(self) -> Hashable:
        """Look how far accounts have come, and how far round trips follow: these are the same until either goes on.

        What was told of a view that lagged behind brought it on, so it is never told of the same version again.
        """
        names = [one.name for one in self.desk.configuration.accounts]
        with self.ahead([], [place(one) for one in names for place in (ledger_items.account_key, view_key)]):
            accounts, views = map(self.desk.records.account, names), map(self.desk.views.version, names)
            return tuple((one.seq if one else 0, view) for one, view in zip(accounts, views, strict=True))

    def rules(self) -> str:
        """Return which configuration this is."""
        return self.desk.configuration.hash

    def decided_until(self, shard: str) -> int:
        """Return `ts` of the bar up to which a shard was decided when `decided` looked; 0 where nobody knows."""
        known = self._decided.get(shard)
        return known.watermark if known else 0

    def progress_of(self, shard: Shard) -> Progressed | None:
        """Return how far a shard had come when `decided` looked; None where nobody knows."""
        known = self._decided.get(shard.name)
        return Progressed(shard.name, shard.timeframe.ms, known.watermark, known.version) if known else None

    def account(self, name: str) -> AbstractContextManager[None]:
        """Read an account, twice, what it may do, and what its journal comes to."""
        account = ledger_items.account_key(name)
        return self.ahead([], [account, account, ledger_items.control_key(name), view_key(name)])

    def depths(self, *names: str) -> Mapping[str, int]:
        """Return what waits in each queue, or in those that are named, as it was less than ten seconds ago.

        Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html, by
        which the counts themselves are approximate, and settle a minute after the last message.
        """
        urls = self.desk.settings.watched_queues
        found = self._depths.at([url for name, url in urls.items() if not names or name in names])
        return {name: found[url] for name, url in urls.items() if url in found}

    def holes(self, shards: Sequence[str]) -> Mapping[str, int]:
        """Return how many slices of each shard lack bars, as it was less than ten seconds ago."""
        return self._holes.at(shards)

    @cached_property
    def _depths(self) -> Lately[int]:
        return Lately(partial(depth_of, bootstrap.client("sqs")), monotonic)

    @cached_property
    def _holes(self) -> Lately[int]:
        return Lately(DynamoHoles(self.desk.market, time).count, monotonic)

    def _next_slices(self, shards: Iterable[str]) -> list[Key]:
        return [key for one in shards for key in self.desk.slices.next_keys(one) or ()]

    @property
    def _shards(self) -> list[str]:
        return [one.name for one in self.desk.configuration.shards]

"""What those ask for who look closely: research, decisions in outline, chains of states, deliveries and spending."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tradewind import bootstrap
from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.adapters.dynamodb.outlines import DynamoOutlines
from tradewind.adapters.dynamodb.spending import DynamoSpending
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.studies import S3Studies
from tradewind.application.brain import Chain, blank, walk
from tradewind.application.ports import CheckpointRef
from tradewind.application.shard_state import ShardState
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId

if TYPE_CHECKING:
    from tradewind.api.desk import Desk
    from tradewind.application.desk import AtWork
    from tradewind.indicators.base import State

BARS = 3_000
"""Bars that a chain is walked over where no checkpoint tells how it stood."""

_KEPT = 16
"""Checkpoints whose chains a warm function keeps: a few numbers an instrument."""


@dataclass
class Insight:
    """One environment, for those who look more closely."""

    desk: "Desk"
    _known: "dict[tuple[str, str], Mapping[InstrumentId, State]]" = field(default_factory=dict)

    @cached_property
    def studies(self) -> Mapping[str, S3Studies]:
        """Findings of research by their kind."""
        store = S3Store(bootstrap.client("s3"), self.desk.settings.data_bucket)
        return {kind: S3Studies(store, kind) for kind in ("backtests", "research")}

    @cached_property
    def outlines(self) -> DynamoOutlines:
        """Decisions in outline."""
        return DynamoOutlines(self.desk.market)

    @cached_property
    def alerts(self) -> DynamoAlerts:
        """What was sent to whom."""
        return DynamoAlerts(self.desk.market, time.time)

    @cached_property
    def spending(self) -> DynamoSpending:
        """What was spent, by month."""
        return DynamoSpending(self.desk.market)

    def chain(self, shard: Shard, instrument: InstrumentId) -> Sequence[Chain]:
        """Return an instrument's chain of market states after each of its latest bars, as the evaluator has it.

        It is walked from the oldest checkpoint that is kept, so its numbers are those that decide; where there is none
        yet, from the first bars that are stored.
        """
        progress = self.desk.progress.load(shard.name)
        oldest = min(progress.checkpoints, key=lambda one: one.ts, default=None)
        kept = self._chains_of(shard, oldest).get(instrument) if oldest else None
        since, state = (oldest.ts, list(kept)) if oldest and kept else (0, blank())
        begin = since or max(0, progress.watermark - 7 * BARS * shard.timeframe.ms)
        bars = self.desk.history(instrument, shard.timeframe, begin, progress.watermark)
        return list(walk(state, bars if since else bars[-BARS:]))

    def _chains_of(self, shard: Shard, ref: CheckpointRef) -> "Mapping[InstrumentId, State]":
        """Return the chains of a checkpoint, none where it cannot be read; a checkpoint never changes."""
        place = shard.name, ref.name
        if place not in self._known:
            while len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[place] = self._read(shard, ref)
        return self._known[place]

    def _read(self, shard: Shard, ref: CheckpointRef) -> "Mapping[InstrumentId, State]":
        mine = {one.key: one.strategy for one in self._at_work if one.rules.timeframe is shard.timeframe}
        data = self.desk.progress.get_checkpoint(shard.name, ref)
        try:
            whole = ShardState.from_bytes(mine, data) if data else ShardState(mine)
        except PermanentError:  # it is of other strategies, as right after a deployment
            return {}
        # The registry puts the chain behind a strategy's own indicators; it is the same beside each of them.
        return {one: state[-1] for (_, one), state in whole.arrays.items()}

    @cached_property
    def _at_work(self) -> "Sequence[AtWork]":
        at_work, _ = bootstrap.strategies_at_work(self.desk.configuration, self.desk.settings.user_strategies)
        return [one for desk in at_work.values() for one in desk]

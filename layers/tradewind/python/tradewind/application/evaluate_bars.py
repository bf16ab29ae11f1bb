"""The evaluator: every slice after the watermark, in order, to decisions and owed messages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tradewind.application.changed_bars import changed_after_trade
from tradewind.application.desk import AtWork, Desk, DeskResult, explain_only
from tradewind.application.evaluated import Evaluated
from tradewind.application.ports import (
    AccountSnapshot,
    Decisions,
    Ledger,
    Notices,
    OrderQueue,
    Pending,
    Progress,
    ReadAhead,
    ShardProgress,
    SliceLog,
    SnapshotRequest,
)
from tradewind.application.setups_seen import tell_setups
from tradewind.application.shard_state import ShardState
from tradewind.application.state_keeper import StateKeeper
from tradewind.domain.configuration import AccountRules, Configuration, Shard
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError, InvariantError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Control
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import OrderIntent
from tradewind.domain.slice import Slice

BATCH = 100
"""Slices read in one request when a shard has fallen behind."""

_RACES = 3


@dataclass(slots=True)
class _Warm:
    progress: ShardProgress
    state: ShardState


@dataclass(slots=True)
class EvaluateBars:
    """Bring a shard up to its latest slice.

    Attributes
    ----------
    at_work : mapping
        Strategies at work by account, in the configuration's order.
    code : mapping
        Code hash of each strategy at work by its key.
    """

    configuration: Configuration
    at_work: Mapping[str, Sequence[AtWork]]
    code: Mapping[str, str]
    slices: SliceLog
    decisions: Decisions
    progress: Progress
    queue: OrderQueue
    ledger: Ledger
    keeper: StateKeeper
    notices: Notices
    ahead: ReadAhead = lambda shard, steps, snapshots: None  # noqa: ARG005 - most worlds need no hint
    _warm: dict[str, _Warm] = field(default_factory=dict)

    def __call__(self, shard_name: str, wakes: Iterable[tuple[int, int]] = ()) -> Evaluated:
        """Evaluate every slice after the shard's watermark, then the corrections that wait.

        Parameters
        ----------
        wakes : iterable of (ts_close, rev)
            Slices that woke us: they tell whether to look behind the watermark too. None (a poke) looks everywhere.

        Raises
        ------
        TransientError
            If a service failed: call again.
        InvariantError
            If the state contradicts what was recorded.
        """
        shard, woken = self.configuration.shard(shard_name), list(wakes)
        for _ in range(_RACES):
            # Taken out until this call has succeeded: after any error the next one starts from the tables.
            warm = self._warm.pop(shard_name, None)
            try:
                return self._bring_up(shard, warm, woken)
            except ConflictError:
                continue  # another evaluation was faster; see how far it came
        raise ConflictError(f"shard {shard_name}: another evaluation is always faster")

    def _bring_up(self, shard: Shard, warm: _Warm | None, woken: Sequence[tuple[int, int]]) -> Evaluated:
        self._look_ahead(shard, warm, woken)
        progress = self.progress.load(shard.name)
        # Another instance of the function may have taken a slice or a correction in: then our state is not the shard's.
        if warm is None or warm.progress.version != progress.version:
            warm = self._cold(shard, progress)
        known = warm.progress.watermark
        done = self._next(shard, warm, woken)
        if not done or any(ts > warm.progress.watermark for ts, _ in woken):
            done += self._forward(shard, warm)
        if not woken or any(rev > 1 or ts <= known for ts, rev in woken):
            done += self._corrections(shard, warm, [ts for ts, rev in woken if rev == 1])
        self._warm[shard.name] = warm
        return Evaluated.of(shard.name, warm.progress.watermark, done)

    def _look_ahead(self, shard: Shard, warm: _Warm | None, woken: Sequence[tuple[int, int]]) -> None:
        """Say what will be asked for if the slices that woke us follow our state."""
        known = warm.progress.watermark if warm else 0
        steps = sorted({ts for ts, rev in woken if rev == 1 and ts > known > 0})
        requests = (
            [self._request(rules, steps[0], warm.progress) for rules in self._accounts(shard)] if warm and steps else []
        )
        self.ahead(shard.name, steps, [one for one in requests if one])

    def forget(self) -> None:
        """Drop all warm state, as a new process would start."""
        self._warm.clear()

    def _cold(self, shard: Shard, progress: ShardProgress) -> _Warm:
        state = self.keeper.restore(progress, self._strategies_for(shard))
        return _Warm(replace(progress, digest=state.digest()), state)

    def _strategies_for(self, shard: Shard) -> list[AtWork]:
        return [one for desk in self.at_work.values() for one in desk if one.rules.timeframe is shard.timeframe]

    def _next(self, shard: Shard, warm: _Warm, woken: Sequence[tuple[int, int]]) -> list[DecisionRecord]:
        """Evaluate the slices that woke us as far as each follows the one before: read by key, nothing to search."""
        done: list[DecisionRecord] = []
        for ts in sorted({ts for ts, rev in woken if rev == 1 and ts > warm.progress.watermark > 0}):
            slice_ = self.slices.first_edition(shard.name, ts)
            if slice_ is None or slice_.previous != warm.progress.watermark:
                break
            done.append(self._evaluate(shard, slice_, warm))
        return done

    # ── the way forward ──────────────────────────────────────────────────────────────────────────────────────────

    def _forward(self, shard: Shard, warm: _Warm) -> list[DecisionRecord]:
        done: list[DecisionRecord] = []
        while True:
            batch = self.slices.after(shard.name, warm.progress.watermark, BATCH)
            first_editions = [one for one in batch if one.rev == 1]
            done.extend([self._evaluate(shard, slice_, warm) for slice_ in first_editions])
            if len(batch) < BATCH or not first_editions:
                return done

    def _evaluate(self, shard: Shard, slice_: Slice, warm: _Warm) -> DecisionRecord:
        progress = warm.progress
        previous = dict(warm.state.last_bar)
        warm.state.advance(slice_)
        seen = [(rules, self._snapshot(rules, slice_, progress)) for rules in self._accounts(shard)]
        results = [self._decide(shard, rules, slice_, warm.state, previous, shot, progress) for rules, shot in seen]
        record = self._record(shard, slice_, warm, results, [shot for _, shot in seen])
        stored = self.decisions.put(record)
        # Decided on another state before the bar (a correction or a deployment came between), it stands as it is.
        if stored.state_digest != record.state_digest and stored.state_before == record.state_before:
            raise InvariantError(
                f"shard {shard.name} at {slice_.ts_close}: the state differs from the one that the stored decisions "
                "were made on; halt and compare the code and configuration hashes"
            )
        if stored.owed:
            self.queue.send(stored.owed)
        tell_setups(self.notices, stored)
        absent = frozenset[IntentId]().union(*(shot.absent for _, shot in seen))
        warm.progress = self._advance(warm, stored, record.state_digest, absent)
        return stored

    def _snapshot(self, rules: AccountRules, slice_: Slice, progress: ShardProgress) -> AccountSnapshot:
        request = self._request(rules, slice_.ts_close, progress)
        return self.ledger.snapshot(*request) if request else AccountSnapshot(None, Control())

    def _request(self, rules: AccountRules, ts: int, progress: ShardProgress) -> SnapshotRequest | None:
        """Return what the ledger is asked; None while warming up: nothing is held and nothing will be asked for."""
        mine = [one for one in progress.pending if one.account == rules.name]
        if ts <= self.configuration.trade_from and not mine:
            return None
        return rules.name, [one.instrument for one in mine], [one.intent_id for one in mine]

    def _decide(
        self,
        shard: Shard,
        rules: AccountRules,
        slice_: Slice,
        state: ShardState,
        previous: Mapping[InstrumentId, int],
        snapshot: AccountSnapshot,
        progress: ShardProgress,
    ) -> DeskResult:
        pending = frozenset(one.instrument for one in progress.pending if one.intent_id in snapshot.absent)
        at_work = [one for one in self.at_work[rules.name] if one.rules.timeframe is shard.timeframe]
        return Desk(self.configuration, shard, rules, at_work, slice_, state, previous, snapshot, pending).decide()

    def _accounts(self, shard: Shard) -> list[AccountRules]:
        return [
            rules
            for rules in self.configuration.accounts
            if any(one.rules.timeframe is shard.timeframe for one in self.at_work.get(rules.name, ()))
        ]

    def _record(
        self,
        shard: Shard,
        slice_: Slice,
        warm: _Warm,
        results: Sequence[DeskResult],
        snapshots: Sequence[AccountSnapshot],
        *,
        late: bool = False,
    ) -> DecisionRecord:
        at_work = self._strategies_for(shard)
        return DecisionRecord(
            shard=shard.name,
            ts=slice_.ts_close,
            rev=slice_.rev,
            late=late,
            configuration=self.configuration.hash,
            code={one.key: self.code[one.key] for one in at_work},
            gates={one.rules.name: [[gate.name, gate.comparison] for gate in one.strategy.gates] for one in at_work},
            versions={
                f"{book.account}#{name}": book.version for shot in snapshots for name, book in shot.books.items()
            },
            decisions=tuple(decision for result in results for decision in result.decisions),
            owed=tuple(message for result in results for message in result.owed),
            state_digest=warm.state.digest(),
            state_before=warm.progress.digest,
        )

    def _advance(self, warm: _Warm, stored: DecisionRecord, digest: str, absent: frozenset[IntentId]) -> ShardProgress:
        progress = warm.progress
        waiting = [one for one in progress.pending if one.intent_id in absent]
        sent = [_pending(message.intent) for message in stored.owed if isinstance(message, IntentMessage)]
        after = replace(
            progress,
            watermark=stored.ts,
            digest=digest,
            pending=(*waiting, *sent),
            owed=len(stored.owed),
            version=progress.version + 1,
        )
        after = self.keeper.with_checkpoint(after, warm.state)
        self.progress.save(after)
        return after

    # ── corrections: they explain, and never trade ───────────────────────────────────────────────────────────────

    def _corrections(self, shard: Shard, warm: _Warm, firsts: Sequence[int]) -> list[DecisionRecord]:
        latecomers = self._latecomers(shard, warm, firsts)
        behind = [one for one in latecomers if one.ts_close <= warm.progress.watermark]
        return [self._correct(shard, slice_, warm) for slice_ in behind]

    def _latecomers(self, shard: Shard, warm: _Warm, firsts: Sequence[int]) -> list[Slice]:
        """Return the revisions that wait, and the first editions that arrived behind the watermark."""
        for ts in sorted(set(firsts)):
            if ts <= warm.progress.watermark and self.decisions.get(shard.name, ts, 1) is None:
                # Marked before anything else, so that no crash can leave it half taken in.
                for one in self.slices.after(shard.name, ts - 1, 1):
                    if one.ts_close == ts:
                        self.slices.mark_late(one)
        return self.slices.late(shard.name)

    def _correct(self, shard: Shard, correction: Slice, warm: _Warm) -> DecisionRecord:
        at_work = self._strategies_for(shard)
        rebuilt = self.keeper.rebuild(warm.progress, at_work, correction)
        warm.state.replace_instruments(rebuilt.now, rebuilt.changed)
        results = [
            DeskResult(
                tuple(
                    explain_only(one, rebuilt.then, correction, one.rules.account, name)
                    for one in at_work
                    for name in shard.instruments
                    if name in rebuilt.changed and (one.key, name) in rebuilt.then.arrays
                ),
                (),
            )
        ]
        record = self.decisions.put(self._record(shard, correction, warm, results, (), late=True))
        after = replace(warm.progress, digest=warm.state.digest(), version=warm.progress.version + 1)
        after = self.keeper.after_correction(after, warm.state, correction.ts_close)
        self.progress.save(after)
        warm.progress = after
        self._tell_if_traded(correction, rebuilt.changed)
        self.slices.settle_late(correction)
        return record

    def _tell_if_traded(self, correction: Slice, changed: Collection[InstrumentId]) -> None:
        first = self.decisions.get(correction.shard, correction.ts_close, 1)
        notice = changed_after_trade(first, correction, changed)
        if notice:
            self.notices.post(notice)


def _pending(intent: OrderIntent) -> Pending:
    return Pending(intent.account, intent.instrument, intent.id)

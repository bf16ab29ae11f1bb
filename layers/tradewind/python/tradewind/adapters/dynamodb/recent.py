"""Slices for those who look at the latest ones again and again: what was seen is known, what is new is asked by key.

A shard's next slice closes one bar after the one before, and a slice's next revision counts one more: so both can be
asked for by their keys, many in one request, and a request that finds nothing proves that nothing is new. The partition
is searched where that is no proof: at the first look, after a long silence, of days, and where time is recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.adapters.dynamodb.slice_log import slices_of, step_key, step_of
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Key
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe

_BY_KEY = 12
"""Timesteps of a shard up to which each is asked for by its key."""

_KNOWN = 2 * _BY_KEY
"""Timesteps of a shard whose slices stay known: a quarter of a megabyte of ninety instruments."""


@dataclass(frozen=True, slots=True)
class RecentSlices(DynamoSlices):
    """Slices in the market table, for one who looks again and again; each answer is as the table's own.

    Attributes
    ----------
    frames : mapping
        Timeframe of each shard.
    now : callable or None
        UTC ms; no slice is of a later time. None where time is recorded, and nothing tells how far it has come.
    """

    frames: Mapping[str, Timeframe] = field(default_factory=dict)
    now: Callable[[], int] | None = None
    _latest: dict[str, int] = field(default_factory=dict)
    _known: dict[str, dict[int, list[Slice]]] = field(default_factory=dict)

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""
        keys = self.next_keys(shard)
        if keys is None:
            latest = DynamoSlices.latest(self, shard)
        else:
            found = self.table.get_many(keys).values()
            latest = max([self._latest[shard], *(step_of(item)[0] for item in found)])
        self._latest[shard] = latest
        return latest

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""
        asked = self.keys_between(shard, start, end)
        if asked is None:
            return DynamoSlices.between(self, shard, start, end)
        known = self._known.setdefault(shard, {})
        while asked and (found := slices_of(self.table.get_many(asked).values())):
            for one in found:
                known.setdefault(one.ts_close, []).append(one)
            asked = [_next_edition(shard, known, one.ts_close) for one in found]
        for ts in sorted(known)[:-_KNOWN]:
            del known[ts]
        return [one for ts in sorted(known) if start < ts <= end for one in known[ts]]

    # ── what these will ask the table for ────────────────────────────────────────────────────────────────────────

    def next_keys(self, shard: str) -> list[Key] | None:
        """Return where slices later than the latest known one would lie; None where keys do not tell."""
        known, now = self._latest.get(shard, 0), self.now
        steps = self._steps(shard, known, now()) if now else None
        return None if steps is None else [_edition(shard, ts, 1) for ts in steps]

    def second_keys(self, shard: str) -> list[Key]:
        """Return where second editions would lie of slices that were not seen and are not older than the latest.

        Whoever comes upon a slice asks for its next edition as well.
        """
        seen, now = self._known.get(shard, {}), self.now
        steps = self._steps(shard, self._latest.get(shard, 0) - 1, now()) if now else None
        return [_edition(shard, ts, 2) for ts in steps or () if ts not in seen]

    def keys_lately(self, shard: str, steps: int) -> list[Key] | None:
        """Return where slices of so many of the latest known timesteps, and of those since, would lie: see below."""
        known, now = self._latest.get(shard, 0), self.now
        return self.keys_between(shard, known - steps * self.frames[shard].ms, now()) if now else None

    def keys_between(self, shard: str, start: int, end: int) -> list[Key] | None:
        """Return where slices of (start, end] would lie that are not known yet; None where keys do not tell."""
        steps = self._steps(shard, start, end)
        return None if steps is None else [_next_edition(shard, self._known.get(shard, {}), ts) for ts in steps]

    def _steps(self, shard: str, start: int, end: int) -> Sequence[int] | None:
        """Return when slices of (start, end] would close."""
        ms, known = self.frames[shard].ms, self._latest.get(shard, 0)
        if self.now is None or not known or ms >= DAY:  # a day may close at any hour
            return None
        steps = range(start - (start - known) % ms + ms, end + 1, ms)
        return steps if len(steps) <= _BY_KEY else None


def _next_edition(shard: str, known: Mapping[int, Sequence[Slice]], ts: int) -> Key:
    return _edition(shard, ts, len(known.get(ts, ())) + 1)


def _edition(shard: str, ts: int, rev: int) -> Key:
    return f"SLICE#{shard}", step_key(ts, rev)

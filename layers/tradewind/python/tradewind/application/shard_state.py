"""The warm state of a shard: that of each strategy on each instrument."""

import json
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.domain.bar import Bar
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.strategies.base import Strategy, StrategyState

_SCHEMA = 2


@dataclass(slots=True)
class ShardState:
    """A pure function of the bars that advanced it; it says nothing of positions.

    Attributes
    ----------
    strategies : mapping
        Strategies at work on this shard by their key (account, name, code hash), in the configuration's order.
    arrays : dict
        State by strategy key and instrument; an instrument begins with its first bar.
    last_bar : dict
        `ts_close` of each instrument's last bar.
    faults : dict
        Why an instrument's state could not take the latest bar; it is not decided on.
    """

    strategies: Mapping[str, Strategy]
    arrays: dict[tuple[str, InstrumentId], StrategyState] = field(default_factory=dict)
    last_bar: dict[InstrumentId, int] = field(default_factory=dict)
    faults: dict[InstrumentId, str] = field(default_factory=dict)

    def advance(self, slice_: Slice, only: Iterable[InstrumentId] | None = None) -> None:
        """Take in one slice; with `only`, just those instruments of it."""
        self.faults = {}
        for instrument in slice_.splits if only is None else slice_.splits.keys() & set(only):
            self._forget(instrument)
        chosen = slice_.bars if only is None else {name: slice_.bars[name] for name in only if name in slice_.bars}
        for instrument, bar in chosen.items():
            self._advance_one(instrument, bar)

    def _forget(self, instrument: InstrumentId) -> None:
        """Begin an instrument anew: what its strategies know is on the scale before a split."""
        for key in self.strategies:
            self.arrays.pop((key, instrument), None)

    def _advance_one(self, instrument: InstrumentId, bar: Bar) -> None:
        before = {key: self.arrays.get((key, instrument)) for key in self.strategies}
        after: dict[str, StrategyState] = {}
        try:
            for key, strategy in self.strategies.items():
                known = before[key]
                state = [part.copy() for part in known] if known is not None else strategy.new_state()
                strategy.advance(state, bar)
                after[key] = state
        except Exception as error:  # noqa: BLE001 - a user's indicator may raise anything; it stops no other instrument
            self.faults[instrument] = f"{type(error).__name__}: {error}"
            return
        for key, state in after.items():
            self.arrays[key, instrument] = state
        self.last_bar[instrument] = bar.ts_close

    def replace_instruments(self, other: "ShardState", instruments: Iterable[InstrumentId]) -> None:
        """Take over another's state of some instruments; one that it does not know has no bars any more."""
        for instrument in instruments:
            _take(self.last_bar, other.last_bar, instrument)
            for key in self.strategies:
                _take(self.arrays, other.arrays, (key, instrument))

    def digest(self) -> str:
        """Digest of every bit of the state."""
        return content_hash(self._body())

    def _body(self) -> bytes:
        keys = sorted(self.arrays)
        row: list[float] = []
        index: list[tuple[str, InstrumentId, int]] = []
        for key, instrument in keys:
            begin = len(row)
            for part in self.arrays[key, instrument]:
                row += part
            index.append((key, instrument, len(row) - begin))
        head = [
            _SCHEMA,
            index,
            sorted(self.last_bar.items()),
        ]
        text = json.dumps(head, separators=(",", ":")).encode()
        return len(text).to_bytes(4) + text + struct.pack(f"<{len(row)}d", *row)

    def to_bytes(self) -> bytes:
        """Pack for a checkpoint."""
        return zlib.compress(self._body(), 6)

    @classmethod
    def from_bytes(cls, strategies: Mapping[str, Strategy], data: bytes) -> "ShardState":
        """Unpack a checkpoint.

        Raises
        ------
        PermanentError
            If the bytes are damaged, of an unknown schema, or the state of other strategies.
        """
        try:
            body = zlib.decompress(data)
        except zlib.error as error:
            raise PermanentError(f"the checkpoint is damaged: {error}") from None
        size = int.from_bytes(body[:4])
        schema, index, last_bar = json.loads(body[4 : 4 + size])
        if schema != _SCHEMA:
            raise PermanentError(f"checkpoint schema {schema} is unknown here (this version reads {_SCHEMA})")
        known = {key for key, _, _ in index}
        if index and known != set(strategies):
            raise PermanentError(f"the checkpoint is of {sorted(known)}, at work are {sorted(strategies)}")
        row, state, at = _row(body[4 + size :]), cls(strategies), 0
        for key, instrument, length in index:
            state.arrays[key, InstrumentId(instrument)] = _parted(strategies[key], row[at : at + length])
            at += length
        state.last_bar = {InstrumentId(name): ts for name, ts in last_bar}
        return state


def _row(data: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(data) // 8}d", data)


def _parted(strategy: Strategy, row: Sequence[float]) -> StrategyState:
    try:
        return strategy.parted(row)
    except ValueError as error:
        raise PermanentError(f"the checkpoint does not fit: {error}") from None


def _take[K, V](into: dict[K, V], source: Mapping[K, V], key: K) -> None:
    if key in source:
        into[key] = source[key]
    else:
        into.pop(key, None)

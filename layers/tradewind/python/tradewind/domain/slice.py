"""Slices: every bar of one shard for one timestep, packed into one item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.packing import from_little_endian, seal, to_little_endian, unseal
from tradewind.domain.timeframe import Timeframe

MAXIMUM_INSTRUMENTS = 90
"""A shard's size: ninety bars stay within the write units of about four kilobytes."""

_SCHEMA = 1
_FIELDS = 5
_ROW = _FIELDS * 8


@dataclass(frozen=True, slots=True)
class Slice:
    """All bars of a shard that closed at `ts_close`.

    Attributes
    ----------
    rev : int
        1 for the first edition; each correction is a new revision, and none is ever edited.
    bars : Mapping[InstrumentId, Bar]
        The valid bars. All of them open and close together.
    missing : Mapping[InstrumentId, str]
        Instruments of the shard that were expected and have no valid bar here, each with its reason.
    previous : int
        `ts_close` of the slice before it as its writer knew it: where it is the watermark, nothing lies between, and
        one read by key finds the next slice without searching. 0 where it is unknown.
    sources : Mapping[InstrumentId, str]
        Who gave a bar, where it was not the provider that is asked first.
    splits : Mapping[InstrumentId, float]
        Instruments whose bar is the first after a confirmed split, with its factor: what came before is on another
        scale.
    """

    shard: str
    timeframe: Timeframe
    ts_close: int
    bars: Mapping[InstrumentId, Bar]
    missing: Mapping[InstrumentId, str] = field(default_factory=dict)
    rev: int = 1
    previous: int = 0
    sources: Mapping[InstrumentId, str] = field(default_factory=dict)
    splits: Mapping[InstrumentId, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.bars) > MAXIMUM_INSTRUMENTS:
            raise BadInputError(
                f"slice {self.shard} has {len(self.bars)} bars: a shard takes {MAXIMUM_INSTRUMENTS}, split it"
            )

    @property
    def ts_open(self) -> int:
        """Start of the interval, UTC ms."""
        return self.ts_close - self.timeframe.ms

    def to_bytes(self) -> bytes:
        """Pack into a checksum and a compressed body: ids and reasons as text, values as little-endian float64."""
        header = {
            "schema": _SCHEMA,
            "timeframe": self.timeframe,
            "ids": list(self.bars),
            "missing": dict(self.missing),
            "previous": self.previous,
        }
        header |= {"sources": dict(self.sources)} if self.sources else {}
        header |= {"splits": dict(self.splits)} if self.splits else {}
        return seal(header, to_little_endian([value for bar in self.bars.values() for value in bar[2:]], "d"))

    @classmethod
    def from_bytes(cls, shard: str, ts_close: int, rev: int, data: bytes) -> "Slice":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged or of an unknown schema.
        """
        where = f"slice {shard} {ts_close} rev {rev}"
        header, body = unseal(where, _SCHEMA, data)
        frame, ids, values = Timeframe(header["timeframe"]), header["ids"], from_little_endian(body, "d")
        if len(values) != _FIELDS * len(ids):
            raise PermanentError(f"{where}: {len(values)} values are not {len(ids)} bars; restore or re-fetch it")
        rows = (values[i : i + _FIELDS] for i in range(0, len(values), _FIELDS))
        bars = {
            InstrumentId(name): Bar(ts_close - frame.ms, ts_close, *row) for name, row in zip(ids, rows, strict=True)
        }
        sources, splits = header.get("sources", {}), header.get("splits", {})
        return cls(shard, frame, ts_close, bars, header["missing"], rev, header["previous"], sources, splits)


@dataclass(frozen=True, slots=True)
class OpenSlice:
    """A packed slice of which single bars are read: a small part of the work of unpacking all.

    Attributes
    ----------
    places : mapping
        Where an instrument's values begin in `values`; the same object for slices of the same instruments.
    values : bytes
        Little-endian float64.
    """

    ts_open: int
    ts_close: int
    places: Mapping[str, int] = field(repr=False)
    values: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, where: str, ts_close: int, data: bytes) -> "OpenSlice":
        """Open what `Slice.to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged or of an unknown schema.
        """
        header, body = unseal(where, _SCHEMA, data)
        return cls(ts_close - Timeframe(header["timeframe"]).ms, ts_close, _places(tuple(header["ids"])), body)

    def bar(self, instrument: InstrumentId) -> Bar | None:
        """Return an instrument's bar, or None where the slice has none."""
        at = self.places.get(instrument)
        if at is None:
            return None
        return Bar(self.ts_open, self.ts_close, *from_little_endian(self.values[at : at + _ROW], "d"))


@lru_cache(32)
def _places(ids: tuple[str, ...]) -> dict[str, int]:
    return {name: number * _ROW for number, name in enumerate(ids)}

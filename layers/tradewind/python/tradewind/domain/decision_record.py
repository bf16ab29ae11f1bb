"""One slice's decisions item: what was decided, on what, and every message that the slice owes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, pairwise, repeat
from typing import Any

from tradewind.domain import messages
from tradewind.domain.decision import Action, Decision
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.packing import from_little_endian, part, rejoin, seal, to_little_endian, unseal
from tradewind.domain.signal import GateReading

SCHEMA = 3
_WIDTH = 8
_reading = partial(tuple.__new__, GateReading)
"""Makes a reading of three values without a call in Python: an item has thousands."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """Every decision of one shard at one bar.

    Attributes
    ----------
    late : bool
        A correction: it explains, and owes no intents.
    gates : mapping
        Each strategy's gate names and comparisons, `(name, comparison)`, in the order of its readings.
    code : mapping
        Each strategy's code hash.
    versions : mapping
        `account#instrument` to the book version that the decisions were made on.
    owed : tuple of Message
        What must be sent, exactly, however often this slice is evaluated.
    state_digest, state_before : str
        Digests of the warm state after this bar and before it.
    """

    shard: str
    ts: int
    rev: int
    late: bool
    configuration: str
    code: Mapping[str, str]
    gates: Mapping[str, Sequence[Sequence[str]]]
    versions: Mapping[str, int]
    decisions: tuple[Decision, ...]
    owed: tuple[messages.Message, ...]
    state_digest: str
    state_before: str = ""

    def to_bytes(self) -> bytes:
        """Pack: facts as JSON, numbers as little-endian float64, what passed as bits, all compressed.

        One gate's numbers lie side by side over all instruments: many gates share a number (the close, an average),
        and what repeats so costs next to nothing. Signs and exponents, much alike, are gathered before all else.
        """
        named = [self._named_by(decision) for decision in self.decisions]
        header = {
            "schema": SCHEMA,
            "late": self.late,
            "configuration": self.configuration,
            "code": dict(self.code),
            "gates": dict(self.gates),
            "versions": dict(self.versions),
            "state": [self.state_before, self.state_digest],
            "owed": [messages.to_json(message) for message in self.owed],
            "rows": [
                [d.account, d.strategy, d.instrument, d.action, d.reason if gate < 0 else gate, d.intent]
                for d, gate in zip(self.decisions, named, strict=True)
            ],
            "counts": [len(d.gates) for d in self.decisions],
        }
        return seal(header, _pack(self.decisions, named))

    def _named_by(self, decision: Decision) -> int:
        """Return the place of the gate that a decision's reason and numbers merely repeat; -1 if they do not."""
        names = self.gates.get(decision.strategy, ())
        for place, (reading, (name, _)) in enumerate(zip(decision.gates, names, strict=False)):
            same = (decision.value, decision.limit) == (reading.value, reading.threshold)
            if same and decision.reason == name.upper():
                return place
        return -1

    @classmethod
    def from_bytes(cls, shard: str, ts: int, rev: int, data: bytes) -> "DecisionRecord":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged or of an unknown schema.
        """
        where = f"decisions {shard} {ts} rev {rev}"
        header, body = unseal(where, SCHEMA, data)
        return cls(
            shard=shard,
            ts=ts,
            rev=rev,
            late=header["late"],
            configuration=header["configuration"],
            code=header["code"],
            gates=header["gates"],
            versions=header["versions"],
            decisions=_decisions(header, body),
            owed=tuple(map(messages.from_json, header["owed"])),
            state_before=header["state"][0],
            state_digest=header["state"][1],
        )


def _by_place(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (decision, gate) over every decision's first gate, then every one's second, and so on."""
    for gate in range(max(counts, default=0)):
        for decision, count in enumerate(counts):
            if gate < count:
                yield decision, gate


def _pack(decisions: Sequence[Decision], named: Sequence[int]) -> bytes:
    every = [decision.gates for decision in decisions]
    gates = [every[i][k] for i, k in _by_place([len(gates) for gates in every])]
    columns = (
        [d.strength for d in decisions],
        [d.value if gate < 0 else 0.0 for d, gate in zip(decisions, named, strict=True)],
        [d.limit if gate < 0 else 0.0 for d, gate in zip(decisions, named, strict=True)],
        [gate.value for gate in gates],
        [gate.threshold for gate in gates],
    )
    numbers = to_little_endian([number for column in columns for number in column], "d")
    return part(numbers) + _bits(gate.passed for gate in gates)


def _decisions(header: Mapping[str, Any], body: bytes) -> tuple[Decision, ...]:
    rows, counts = header["rows"], header["counts"]
    n, m = len(rows), sum(counts)
    end = _WIDTH * (3 * n + 2 * m)
    numbers = from_little_endian(rejoin(body[:end]), "d")
    columns = zip(numbers[3 * n : 3 * n + m], numbers[3 * n + m :], _read_bits(body[end:], m), strict=True)
    gates = _gates(map(_reading, columns), counts)
    own = zip(numbers[:n], numbers[n : 2 * n], numbers[2 * n : 3 * n], strict=True)
    return tuple(map(_decision, rows, own, gates, repeat(header["gates"])))


def _gates(readings: Iterator[GateReading], counts: Sequence[int]) -> Iterator[tuple[GateReading, ...]]:
    """Yield each decision's gates: they lie as every decision's first gate, then every one's second, and so on.

    Between two of the counts that occur, the same decisions have gates: these are taken together.
    """
    blocks = []
    for fewer, more in pairwise([0, *sorted(set(counts) - {0})]):
        having = sum(count >= more for count in counts)
        columns = [list(islice(readings, having)) for _ in range(fewer, more)]
        blocks.append((more, zip(*columns, strict=True)))
    for count in counts:
        yield tuple(chain.from_iterable([next(block) for more, block in blocks if more <= count]))


def _decision(
    row: Sequence[Any], numbers: Sequence[float], gates: tuple[GateReading, ...], names: Mapping[str, Any]
) -> Decision:
    """Return a decision; a reason that is a number is the place of the gate that was the reason."""
    account, strategy, instrument, action, reason, intent = row
    strength, value, limit = numbers
    if isinstance(reason, int):
        value, limit, _ = gates[reason]
        reason = names[strategy][reason][0].upper()
    name, order = InstrumentId(instrument), IntentId(intent) if intent else None
    return Decision(account, strategy, name, Action(action), reason, strength, value, limit, order, gates)


def _bits(flags: Iterable[bool]) -> bytes:
    """Pack flags eight to a byte, the first in the lowest bit."""
    every = list(flags)
    return int("0" + "".join("01"[flag] for flag in reversed(every)), 2).to_bytes(-(-len(every) // 8), "little")


def _read_bits(data: bytes, count: int) -> list[bool]:
    whole = format(int.from_bytes(data, "little"), f"0{count}b")
    return [bit == "1" for bit in reversed(whole)][:count]

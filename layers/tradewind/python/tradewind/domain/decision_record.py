"""One slice's decisions item: what was decided, on what, and every message that the slice owes."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.domain import messages
from tradewind.domain.decision import Action, Decision
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.packing import from_little_endian, seal, to_little_endian, unseal
from tradewind.domain.signal import GateReading

_SCHEMA = 1


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
        """Pack: facts as JSON, numbers as little-endian float64, all compressed."""
        header = {
            "schema": _SCHEMA,
            "late": self.late,
            "configuration": self.configuration,
            "code": dict(self.code),
            "gates": dict(self.gates),
            "versions": dict(self.versions),
            "state": [self.state_before, self.state_digest],
            "owed": [messages.to_json(message) for message in self.owed],
            "rows": [[d.account, d.strategy, d.instrument, d.action, d.reason, d.intent] for d in self.decisions],
            "counts": [len(d.gates) for d in self.decisions],
        }
        return seal(header, to_little_endian(_numbers(self.decisions), "d"))

    @classmethod
    def from_bytes(cls, shard: str, ts: int, rev: int, data: bytes) -> "DecisionRecord":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged or of an unknown schema.
        """
        where = f"decisions {shard} {ts} rev {rev}"
        header, body = unseal(where, _SCHEMA, data)
        return cls(
            shard=shard,
            ts=ts,
            rev=rev,
            late=header["late"],
            configuration=header["configuration"],
            code=header["code"],
            gates=header["gates"],
            versions=header["versions"],
            decisions=_decisions(header, from_little_endian(body, "d")),
            owed=tuple(map(messages.from_json, header["owed"])),
            state_before=header["state"][0],
            state_digest=header["state"][1],
        )


def _numbers(decisions: Sequence[Decision]) -> list[float]:
    """Columns, so that what repeats lies side by side: strengths, values, limits, then the gates' three."""
    gates = [gate for decision in decisions for gate in decision.gates]
    columns = (
        [d.strength for d in decisions],
        [d.value for d in decisions],
        [d.limit for d in decisions],
        [gate.value for gate in gates],
        [gate.threshold for gate in gates],
        [float(gate.passed) for gate in gates],
    )
    return [number for column in columns for number in column]


def _decisions(header: Mapping[str, Any], numbers: "array[float]") -> tuple[Decision, ...]:
    rows, counts = header["rows"], header["counts"]
    n, m = len(rows), sum(counts)
    gate_columns = zip(
        numbers[3 * n : 3 * n + m], numbers[3 * n + m : 3 * n + 2 * m], numbers[3 * n + 2 * m :], strict=True
    )
    readings = [GateReading(value, threshold, bool(passed)) for value, threshold, passed in gate_columns]
    decisions, at = [], 0
    for i, (account, strategy, instrument, action, reason, intent) in enumerate(rows):
        decisions.append(
            Decision(
                account,
                strategy,
                InstrumentId(instrument),
                Action(action),
                reason,
                numbers[i],
                numbers[n + i],
                numbers[2 * n + i],
                IntentId(intent) if intent else None,
                tuple(readings[at : at + counts[i]]),
            )
        )
        at += counts[i]
    return tuple(decisions)

"""Counting what a function does: its calls, their bytes and units, its CPU time and its log lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from tradewind.adapters.capacity import consistency, item_size, query_units, read_units, write_units

QUEUE_UNIT = 64 * 1024
_MODEL = "tradewind-call"
_READING = frozenset({"GetItem", "BatchGetItem", "Query"})
_TIMED = ("SLICE", "DECISIONS")

type Where = tuple[str, str, str]
"""Table, partition key, sort key."""


type Units = dict[str, float]
"""Request units by the kind of item: what stands before the `#` of its partition key."""


@dataclass(slots=True)
class Usage:
    """What was used, in the units that are paid.

    Attributes
    ----------
    cpu : float
        Seconds of one core.
    calls : float
        Requests to AWS that the function waited for.
    """

    invocations: float = 0
    cpu: float = 0
    calls: float = 0
    queue: float = 0
    depths: float = 0
    fifo_depths: float = 0
    publishes: float = 0
    log_bytes: float = 0
    log_lines: float = 0
    venue_requests: float = 0
    venue_bytes: float = 0
    writes: Units = field(default_factory=dict)
    reads: Units = field(default_factory=dict)

    def __add__(self, other: "Usage") -> "Usage":
        """Return both together."""
        numbers = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__[:-2]}
        return Usage(**numbers, writes=_sum(self.writes, other.writes), reads=_sum(self.reads, other.reads))

    def __mul__(self, times: float) -> "Usage":
        """Return it so many times; a negative number takes it away from another."""
        numbers = {name: getattr(self, name) * times for name in self.__slots__[:-2]}
        return Usage(**numbers, writes=_scaled(self.writes, times), reads=_scaled(self.reads, times))

    def writes_of(self, kind: str) -> "Usage":
        """Return the writes of one kind of item, and nothing else."""
        return Usage(writes={kind: self.writes.get(kind, 0)})

    def without(self, kind: str) -> "Usage":
        """Return all but the writes of one kind of item."""
        return replace(self, writes={one: count for one, count in self.writes.items() if one != kind})


def _sum(some: Units, others: Units) -> Units:
    return {kind: some.get(kind, 0) + others.get(kind, 0) for kind in {**some, **others}}


def _scaled(units: Units, times: float) -> Units:
    return {kind: count * times for kind, count in units.items()}


def _add(units: Units, kind: str, count: float) -> None:
    units[kind] = units.get(kind, 0) + count


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its parameters and its answer."""

    operation: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """Whether AWS refused it."""
        return "Error" in self.answer


@dataclass(slots=True)
class Recorder:
    """Remembers the calls of clients; the counting is done later, so that it costs the measured nothing.

    Attributes
    ----------
    most : int
        How many are remembered where nobody takes them.
    """

    calls: list[Call] = field(default_factory=list)
    most: int = 1_000_000

    def listen(self, client: Any) -> None:
        """Record every call of a client."""
        service = client.meta.service_model.service_name
        client.meta.events.register(f"provide-client-params.{service}", self._begin)
        client.meta.events.register(f"after-call.{service}", self._end)

    def _begin(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[_MODEL] = params

    def _end(self, parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if len(self.calls) >= self.most:
            self.calls.clear()
        self.calls.append(Call(model.name, context.get(_MODEL, {}), parsed))

    def taken(self) -> list[Call]:
        """Return what was recorded since the last time."""
        found, self.calls = self.calls, []
        return found


@dataclass(slots=True)
class Accountant:
    """Turns calls into units; it knows every item's size, since a read without its attributes costs them all.

    Attributes
    ----------
    strict : bool
        Whether a call without a known price is an error, or only counted as a call.
    """

    sizes: dict[Where, int] = field(default_factory=dict)
    strict: bool = True

    def usage(self, calls: Sequence[Call]) -> Usage:
        """Return what these calls used."""
        total = Usage(calls=len(calls))
        for call in calls:
            self._count(call, total)
        return total

    def _count(self, call: Call, total: Usage) -> None:
        request, answer = call.request, call.answer
        if call.failed and call.operation in _READING:
            return
        match call.operation:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._write(call.operation.removesuffix("Item"), request, total, failed=call.failed)
            case "TransactWriteItems":
                for kind, part in (next(iter(one.items())) for one in request["TransactItems"]):
                    self._write(kind, part, total, failed=call.failed, times=2)
            case "BatchWriteItem":
                for table, rows in request["RequestItems"].items():
                    for row in rows:
                        self._write("Put", {"TableName": table, **row["PutRequest"]}, total, failed=False)
            case "GetItem":
                units = consistency(request) * read_units(item_size(answer.get("Item", {})))
                _add(total.reads, kind_of(request["Key"]), units)
            case "BatchGetItem":
                _read_batch(call, total)
            case "Query":
                kind = request["ExpressionAttributeValues"][":pk"]["S"].partition("#")[0]
                sizes = [self._size(request["TableName"], one) for one in answer["Items"]]
                _add(total.reads, kind, consistency(request) * query_units(sizes))
            case _:
                _count_messages(call, total, strict=self.strict)

    def mean_sizes(self, since: int) -> dict[str, float]:
        """Return the mean bytes of an item by its kind; of what is kept by time, only what is not before `since`."""
        sizes: dict[str, list[int]] = {}
        for (_, pk, sk), size in self.sizes.items():
            kind = pk.partition("#")[0]
            if kind not in _TIMED or int(sk.partition("#")[0]) >= since:
                sizes.setdefault(kind, []).append(size)
        return {kind: sum(every) / len(every) for kind, every in sizes.items()}

    def _write(self, kind: str, part: Mapping[str, Any], total: Usage, *, failed: bool, times: int = 1) -> None:
        item = part.get("Item") or part["Key"]
        where = (part["TableName"], item["pk"]["S"], item["sk"]["S"])
        before = self.sizes.get(where, 0)
        after = _size_after(kind, part, before)
        if not failed:
            self.sizes[where] = 0 if kind == "Delete" else after
        _add(total.writes, kind_of(item), times * write_units(before, before if failed else after))

    def _size(self, table: str, item: Mapping[str, Any]) -> int:
        return self.sizes.get((table, item["pk"]["S"], item["sk"]["S"]), item_size(item))


def kind_of(item: Mapping[str, Any]) -> str:
    """Return what kind of item a key or an item is."""
    return str(item["pk"]["S"]).partition("#")[0]


def _size_after(kind: str, part: Mapping[str, Any], before: int) -> int:
    """Return an item's size after a write; what an update sets takes the place of about as many bytes."""
    if kind == "Put":
        return item_size(part["Item"])
    if kind == "Update" and not before:
        return item_size(part["Key"]) + item_size(part.get("ExpressionAttributeValues", {}))
    return before


def _read_batch(call: Call, total: Usage) -> None:
    """Count each item by itself; what is not there costs as much as a small one."""
    found = {
        (table, item["pk"]["S"], item["sk"]["S"]): item
        for table, items in call.answer["Responses"].items()
        for item in items
    }
    for table, asked in call.request["RequestItems"].items():
        for key in asked["Keys"]:
            item = found.get((table, key["pk"]["S"], key["sk"]["S"]), {})
            _add(total.reads, kind_of(key), consistency(asked) * read_units(item_size(item)))


def _count_messages(call: Call, total: Usage, *, strict: bool) -> None:
    match call.operation:
        case "SendMessage" | "SendMessageBatch":
            total.queue += _sent(call.request)
        case "GetQueueAttributes":
            fifo = call.request["QueueUrl"].endswith(".fifo")
            total.fifo_depths, total.depths = total.fifo_depths + fifo, total.depths + (not fifo)
        case "Publish":
            total.publishes += max(1, ceil(len(call.request["Message"].encode()) / QUEUE_UNIT))
        case _ if strict:
            raise ValueError(f"no price is known for a call of {call.operation}")


def _sent(request: Mapping[str, Any]) -> int:
    entries = request.get("Entries") or [request]
    size = sum(len(one["MessageBody"].encode()) + _attribute_bytes(one) for one in entries)
    return max(1, ceil(size / QUEUE_UNIT))


def _attribute_bytes(entry: Mapping[str, Any]) -> int:
    attributes = entry.get("MessageAttributes", {})
    return sum(len(name) + len("String") + len(one["StringValue"].encode()) for name, one in attributes.items())


@dataclass(slots=True)
class Meter:
    """What one call of a function uses, and on whose behalf; it listens to every client of the process.

    Nothing is remembered from one call to the next, so an item that is overwritten by a smaller one, and a read of some
    attributes, are counted by what was sent.
    """

    recorder: Recorder = field(default_factory=lambda: Recorder(most=50_000))
    shares: dict[str, float] = field(default_factory=dict)
    signals: dict[str, float] = field(default_factory=dict)

    def share(self, shares: Mapping[str, float], signals: Mapping[str, float] | None = None) -> None:
        """Say for which strategies the call works, and in which proportion; and how many signals each has."""
        for name, weight in shares.items():
            _add(self.shares, name, weight)
        for name, count in (signals or {}).items():
            _add(self.signals, name, count)

    def taken(self) -> dict[str, Any]:
        """Return what was used since the last time, as the functions log it."""
        used = Accountant(strict=False).usage(self.recorder.taken())
        told = {
            "calls": int(used.calls),
            "reads": sum(used.reads.values()),
            "writes": sum(used.writes.values()),
            "fifo": used.queue + used.fifo_depths,
            "standard": used.depths,
            "publishes": used.publishes,
            "shares": self.shares,
            "signals": self.signals,
        }
        self.shares, self.signals = {}, {}
        return {name: value for name, value in told.items() if value}

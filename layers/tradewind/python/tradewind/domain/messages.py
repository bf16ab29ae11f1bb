"""What travels through the order queue, and how it reads as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.domain.bar import Bar
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import PermanentError
from tradewind.domain.fields import amount, listed, positive, text, whole
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import AT_MARKET, NOTHING, Leg, OrderIntent, Side, Terms
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.timeframe import Timeframe

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a held position's stop and target should be from the next bar on; 0 leaves one where it is.

    Attributes
    ----------
    parent : IntentId
        The position's first entry, so that no other position can be meant.
    """

    parent: IntentId
    stop: Decimal = NOTHING
    target: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class BarMessage:
    """A bar that matters to an account: it has a position, a working order or a pending intent there.

    Attributes
    ----------
    assumed_version : int
        The book's version that the fills were foreseen on; -1 where nothing was foreseen.
    foreseen : str
        Digest of the fills that the evaluator foresaw.
    previous : int
        `ts_close` of the instrument's bar before this one, so that a closed market is no gap to search; 0 if unknown.
    levels : tuple of Levels
        What was decided after this bar of the positions that it leaves.
    """

    account: str
    instrument: InstrumentId
    timeframe: Timeframe
    rev: int
    bar: Bar
    assumed_version: int
    foreseen: str
    trace: str
    previous: int = 0
    levels: tuple[Levels, ...] = ()

    @property
    def ts(self) -> int:
        """`ts_close` of the bar, UTC ms."""
        return self.bar.ts_close

    @property
    def deduplication_id(self) -> str:
        """Same for every copy."""
        return f"{self.account}#{self.instrument}#{self.timeframe}#{self.ts}#{self.rev}"


@dataclass(frozen=True, slots=True)
class IntentMessage:
    """An intent on its way to the executor."""

    intent: OrderIntent

    @property
    def account(self) -> str:
        """Whose."""
        return self.intent.account

    @property
    def instrument(self) -> InstrumentId:
        """Of what."""
        return self.intent.instrument

    @property
    def ts(self) -> int:
        """`ts_close` of the bar that it was decided on, UTC ms."""
        return self.intent.ts

    @property
    def trace(self) -> str:
        """Correlation id from bar to fill."""
        return self.intent.trace

    @property
    def deduplication_id(self) -> str:
        """Same for every copy."""
        return str(self.intent.id)


@dataclass(frozen=True, slots=True)
class ResolveMessage:
    """A command of the scheduled resolver: ask the venue what became of an unclear order."""

    account: str
    instrument: InstrumentId
    order_id: IntentId
    ts: int
    trace: str

    @property
    def deduplication_id(self) -> str:
        """One a minute at the most."""
        return f"resolve#{self.order_id}#{self.ts // 60_000}"


type Message = BarMessage | IntentMessage | ResolveMessage | CommandMessage | ReplaceMessage | SplitMessage


def group_id(message: Message) -> str:
    """Return the FIFO group: what is done to one instrument of one account is done in order."""
    return f"{message.account}#{message.instrument}"


def to_json(message: Message) -> str:
    """Write a message; decimals as text, floats to their last digit."""
    match message:
        case BarMessage():
            body = _bar_body(message)
        case IntentMessage(intent):
            body = _intent_body(intent)
        case ResolveMessage():
            body = {"kind": "resolve", "order_id": message.order_id, "ts": message.ts, "trace": message.trace}
        case CommandMessage() | ReplaceMessage() | SplitMessage():
            body = message.to_row()
    head = {"schema": SCHEMA, "account": message.account, "instrument": message.instrument}
    return json.dumps(head | body, separators=(",", ":"))


def from_json(text: str) -> Message:
    """Read a message.

    Raises
    ------
    PermanentError
        If it is not JSON, of an unknown schema or kind, or lacks a field.
    """
    try:
        row = json.loads(text)
        if row["schema"] != SCHEMA:
            raise PermanentError(f"message schema {row['schema']!r} is unknown here (this version reads {SCHEMA})")
        return _READERS[row["kind"]](row)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise PermanentError(f"message cannot be read: {type(error).__name__} {error}; it was {text[:200]!r}") from None


def _bar_body(message: BarMessage) -> dict[str, Any]:
    return {
        "kind": "bar",
        "timeframe": message.timeframe,
        "rev": message.rev,
        "bar": list(message.bar),
        "version": message.assumed_version,
        "foreseen": message.foreseen,
        "trace": message.trace,
        "previous": message.previous,
        "levels": [_levels_row(one) for one in message.levels],
    }


def _levels_row(levels: Levels) -> list[str]:
    return [levels.parent, str(levels.stop), str(levels.target)]


def _intent_body(intent: OrderIntent) -> dict[str, Any]:
    return {
        "kind": "intent",
        "id": intent.id,
        "source": intent.source,
        "strategy": intent.strategy,
        "strategy_version": intent.strategy_version,
        "timeframe": intent.timeframe,
        "ts": intent.ts,
        "leg": intent.leg,
        "side": intent.side,
        "quantity": str(intent.quantity),
        "reference_price": str(intent.reference_price),
        "stop": str(intent.stop),
        "target": str(intent.target),
        "valid_until": intent.valid_until,
        "version": intent.assumed_version,
        "reason": intent.reason,
        "trace": intent.trace,
        "adds_to": intent.adds_to,
        **({} if intent.terms == AT_MARKET else {"terms": intent.terms.to_row()}),
        **({"whole": True} if intent.whole else {}),
    }


def _read_bar(row: Mapping[str, Any]) -> BarMessage:
    ts_open, ts_close, *values = row["bar"]
    bar = Bar(whole(ts_open), whole(ts_close), *map(float, values))
    if bar.fault():
        raise ValueError(f"the bar is none: {bar.fault()}")
    return BarMessage(
        text(row["account"]),
        InstrumentId(text(row["instrument"])),
        Timeframe(row["timeframe"]),
        whole(row["rev"]),
        bar,
        whole(row["version"]),
        text(row["foreseen"]),
        text(row["trace"]),
        whole(row["previous"]),
        tuple(Levels(IntentId(text(one)), amount(stop), amount(target)) for one, stop, target in listed(row["levels"])),
    )


def _read_intent(row: Mapping[str, Any]) -> IntentMessage:
    return IntentMessage(
        OrderIntent(
            id=IntentId(text(row["id"])),
            account=text(row["account"]),
            source=text(row["source"]),
            strategy=text(row["strategy"]),
            strategy_version=text(row["strategy_version"]),
            timeframe=Timeframe(row["timeframe"]),
            instrument=InstrumentId(text(row["instrument"])),
            ts=whole(row["ts"]),
            leg=Leg(row["leg"]),
            side=Side(row["side"]),
            quantity=positive(row["quantity"]),
            reference_price=positive(row["reference_price"]),
            stop=amount(row["stop"]),
            target=amount(row["target"]),
            valid_until=whole(row["valid_until"]),
            assumed_version=whole(row["version"]),
            reason=text(row["reason"]),
            trace=text(row["trace"]),
            adds_to=text(row["adds_to"]),
            terms=Terms.from_row(row["terms"]) if "terms" in row else AT_MARKET,
            whole=row.get("whole") is True,
        )
    )


def _read_resolve(row: Mapping[str, Any]) -> ResolveMessage:
    return ResolveMessage(
        text(row["account"]),
        InstrumentId(text(row["instrument"])),
        IntentId(text(row["order_id"])),
        whole(row["ts"]),
        text(row["trace"]),
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "bar": _read_bar,
    "intent": _read_intent,
    "resolve": _read_resolve,
    "command": CommandMessage.from_row,
    "replace": ReplaceMessage.from_row,
    "split": SplitMessage.from_row,
}

"""Running one past decision again, from what was stored, and comparing it bit by bit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tradewind.adapters.dynamodb.queries import ALWAYS
from tradewind.application.desk import AtWork, held_back
from tradewind.application.explaining import code_of
from tradewind.application.shard_state import ShardState
from tradewind.backtest.checks.sayings import same
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import InputError
from tradewind.cli.research import archived
from tradewind.cli.research.recorded import Recorded, read, with_vault
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.domain.slice import Slice

_ID = re.compile(r"(?P<shard>[\w-]+)@(?P<ts>\d+)\.(?P<rev>\d+)/(?P<strategy>[\w-]+)/(?P<instrument>\S+)")
_INTENT = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing as it was stored, and as it came out again."""

    what: str
    stored: Any
    again: Any

    @property
    def same(self) -> bool:
        """Whether the two have the same bits."""
        if isinstance(self.stored, float) and isinstance(self.again, float):
            return same(self.stored, self.again)
        return bool(self.stored == self.again)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision run again.

    Attributes
    ----------
    lines : tuple of Line
        Hashes and state first, then what the rule said.
    slices : int
        How many slices the state was made of.
    position : PositionView
        What the strategy held, by its recorded orders matched again.
    """

    id: str
    record: DecisionRecord
    decision: Decision
    lines: tuple[Line, ...]
    slices: int
    position: PositionView

    @property
    def same(self) -> bool:
        """Whether everything came out the same."""
        return all(line.same for line in self.lines)


def decision_id(record: DecisionRecord, decision: Decision) -> str:
    """Return a decision's id: `SHARD@TS.REV/STRATEGY/INSTRUMENT`."""
    return f"{record.shard}@{record.ts}.{record.rev}/{decision.strategy}/{decision.instrument}"


def shard_of(configuration: Configuration, text: str) -> tuple[str, ...]:
    """Return the shards in which a decision may lie: its own by its id, every one by an intent's.

    Raises
    ------
    InputError
        If the text is neither.
    """
    match = _ID.fullmatch(text)
    if match:
        return (match["shard"],)
    if _INTENT.fullmatch(text):
        return tuple(shard.name for shard in configuration.shards)
    raise InputError(
        f"{text} is no decision: write SHARD@TS.REV/STRATEGY/INSTRUMENT, as `tradewind explain` does, or an intent's id"
    )


def replay_stored(deployed: Deployed, text: str) -> Replayed:
    """Run a decision of an environment again, under the configuration that it was made under.

    The vault is asked only where the tables have the decision no longer, or not all that led to it.

    Raises
    ------
    InputError
        If there is no such decision, or its strategy is no longer configured.
    CommandError
        If what led to it is kept nowhere any more.
    """
    shards = shard_of(deployed.configuration, text)
    hot = [read(deployed, shard) for shard in shards]
    for one in hot:
        found = find(one, text)
        if found and one.reaches_back(found[0]):
            return replay(_under(one, deployed, found[0]), *found)
    for one in hot:
        whole = with_vault(one, deployed, _latest(one, text))
        found = find(whole, text)
        if found:
            return replay(_under(whole, deployed, found[0]), *found)
    raise InputError(f"no decision {text} is stored: `tradewind explain INSTRUMENT TIME` shows ids")


def _under(recorded: Recorded, deployed: Deployed, record: DecisionRecord) -> Recorded:
    """Return the same with the configuration of a record; orders of accounts that are gone are left out."""
    return replace(recorded, configuration=archived.configuration(deployed, record.configuration))


def _latest(recorded: Recorded, text: str) -> int:
    """Return a time not before a decision, UTC ms."""
    match = _ID.fullmatch(text)
    times = [int(match["ts"])] if match else [one.created for one in recorded.orders if one.id == text]
    return max(times, default=ALWAYS)


def find(recorded: Recorded, text: str) -> tuple[DecisionRecord, Decision] | None:
    """Return a decision by its id or by the intent that it sent."""
    return next(
        (
            (record, decision)
            for record in recorded.records
            for decision in record.decisions
            if text in {decision_id(record, decision), decision.intent}
        ),
        None,
    )


def replay(recorded: Recorded, record: DecisionRecord, decision: Decision) -> Replayed:
    """Run a decision again.

    Raises
    ------
    InputError
        If its strategy is no longer configured.
    """
    at_work = _at_work(recorded, decision)
    slices = recorded.known_at(record)
    state = recorded.state(slices)
    before = recorded.before_orders(recorded.book(decision.account, decision.instrument, slices), record.ts)
    position = before.view(decision.strategy) if not record.late else FLAT
    lines = [
        Line("configuration", record.configuration, recorded.configuration.hash),
        Line("code", code_of(record, decision.account, decision.strategy), recorded.code[at_work.key]),
        Line("state", record.state_digest, state.digest()),
    ]
    array = state.arrays.get((at_work.key, decision.instrument))
    if decision.gates and array is not None:
        lines.extend(_said(at_work, record, decision, at_work.strategy.signal(array, position), position))
    else:
        lines.append(Line("reason", decision.reason, _reason(recorded, at_work, decision, slices[-1], state)))
    return Replayed(decision_id(record, decision), record, decision, tuple(lines), len(slices), position)


def _at_work(recorded: Recorded, decision: Decision) -> AtWork:
    for one in recorded.at_work:
        if (one.rules.account, one.rules.name) == (decision.account, decision.strategy):
            return one
    raise InputError(
        f"{decision.strategy} is no longer at work for {decision.account}: check out what was deployed then"
    )


def _said(
    one: AtWork, record: DecisionRecord, decision: Decision, signal: Signal, position: PositionView
) -> Iterator[Line]:
    yield Line("strength", decision.strength, signal.strength)
    yield Line("gates", len(decision.gates), len(signal.gates))
    for gate, stored, again in zip(one.strategy.gates, decision.gates, signal.gates, strict=False):
        for what, was, now in zip(("value", "threshold", "passed"), stored, again, strict=True):
            yield Line(f"{gate.name} {what}", was, now)
    if not record.late:
        yield Line("outcome", _outcome(one, decision), _expected(one, signal, position))


def _outcome(one: AtWork, decision: Decision) -> str:
    """Return what of a stored decision was the rule's to say; how risk answered a wish is the account's."""
    gates = {gate.name.upper() for gate in one.strategy.gates} | {"CONFIRMATIONS", "SIGNAL_STRENGTH", "ML_CONFIDENCE"}
    if decision.reason in gates:
        return f"held back by {decision.reason}"
    if decision.action is Action.EXIT or decision.reason == "EXIT_WORKING":
        return "leaves"
    return "stays" if decision.reason == "IN_POSITION" else "asks to enter"


def _expected(one: AtWork, signal: Signal, position: PositionView) -> str:
    if position.quantity and signal.exit_reason:
        return "leaves"
    held = held_back(one, signal)
    if position.quantity:
        return "stays" if held or position.entries >= one.strategy.entries else "asks to enter"
    return f"held back by {held[0]}" if held else "asks to enter"


def _reason(recorded: Recorded, one: AtWork, decision: Decision, last: Slice, state: ShardState) -> str:
    """Return why the rule said nothing, as the desk finds it, from the bars alone."""
    name = decision.instrument
    if name in last.missing:
        return f"NO_BAR: {last.missing[name]}"
    if name in state.faults:
        return state.faults[name]
    array = state.arrays[one.key, name]
    if one.strategy.bars_seen(array) < one.strategy.warmup:
        return "WARMING_UP"
    if last.ts_close <= recorded.configuration.trade_from:
        return "BEFORE_START"
    try:
        one.strategy.signal(array, FLAT)
    except Exception as error:  # noqa: BLE001 - a user's rule may raise anything, and raising is what it did
        return f"{type(error).__name__}: {error}"
    return "the rule answers"

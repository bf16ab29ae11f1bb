import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import queries
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.research import recorded, replaying
from tradewind.domain.decision import Action
from tradewind.domain.signal import GateReading


@pytest.fixture(scope="module")
def shard(replayed: Deployed) -> recorded.Recorded:
    return recorded.read(replayed, replayed.configuration.shards[0].name)


def test_every_kind_of_decision_comes_out_the_same_to_the_last_bit(shard: recorded.Recorded) -> None:
    chosen: dict[tuple[str, str], Any] = {}
    for record in shard.records:
        for decision in record.decisions:
            chosen[decision.action, decision.reason.partition(":")[0]] = record, decision

    assert {Action.ENTER, Action.EXIT, Action.HOLD} <= {action for action, _ in chosen}
    for record, decision in chosen.values():
        replayed = replaying.replay(shard, record, decision)
        assert replayed.same, [line for line in replayed.lines if not line.same]


def test_the_rebuilt_books_hold_what_the_ledger_holds(shard: recorded.Recorded, replayed: Deployed) -> None:
    slices = shard.known_at(shard.records[-1])

    stored = {book.instrument: book for book in queries.books(replayed.ledger, "paper")}

    assert stored
    for name, book in stored.items():
        assert shard.book("paper", name, slices).positions == book.positions


def tampered(shard: recorded.Recorded, **changes: Any) -> replaying.Replayed:
    record, decision = next(
        (record, decision) for record in reversed(shard.records) for decision in record.decisions if decision.gates
    )
    return replaying.replay(shard, record, replace(decision, **changes))


def test_one_bit_of_the_strength_is_noticed(shard: recorded.Recorded) -> None:
    replayed = tampered(shard, strength=5e-324)

    assert [line.what for line in replayed.lines if not line.same] == ["strength"]


def test_another_gate_is_named_with_what_of_it_differs(shard: recorded.Recorded) -> None:
    gates = next(one.gates for one in shard.records[-1].decisions if one.gates)
    changed = (GateReading(gates[0].value + 1, *gates[0][1:]), *gates[1:])

    assert "trend value" in [line.what for line in tampered(shard, gates=changed).lines if not line.same]


def test_another_outcome_is_noticed(shard: recorded.Recorded) -> None:
    lines = tampered(shard, action=Action.ENTER, reason="ENTRY").lines

    assert [line.what for line in lines if not line.same] == ["outcome"]


def test_another_bar_than_the_one_decided_on_is_noticed(shard: recorded.Recorded) -> None:
    record = shard.records[-1]
    slice_ = shard.editions[record.ts, record.rev]
    bars = {name: bar._replace(close=bar.close + 0.0001) for name, bar in slice_.bars.items()}
    other = replace(shard, editions={**shard.editions, (record.ts, record.rev): replace(slice_, bars=bars)})

    replayed = replaying.replay(other, record, next(one for one in record.decisions if one.gates))

    assert next(line.what for line in replayed.lines if not line.same) == "state"


def test_slices_that_are_gone_say_so(shard: recorded.Recorded) -> None:
    record = shard.records[-1]
    some = {key: value for key, value in shard.editions.items() if key[0] > shard.records[3].ts}

    with pytest.raises(CommandError, match=r"4 of .* are no longer in the table"):
        replaying.replay(replace(shard, editions=some), record, record.decisions[0])


def test_the_command_shows_what_it_compared_and_explain_names_the_id(
    command: Run, standing: Deployed, shard: recorded.Recorded
) -> None:
    record, decision = next(
        (record, one) for record in shard.records for one in record.decisions if one.action is Action.ENTER
    )
    name = replaying.decision_id(record, decision)

    shown = command("replay-decision", name)
    by_intent = json.loads(command("replay-decision", decision.intent, "--json").output)
    explained = command("explain", decision.instrument, record.ts)

    assert shown.exit_code == 0, shown.output
    assert "the same to the last bit" in shown.output
    assert (by_intent["id"], by_intent["same"]) == (name, True)
    assert f"decision {name}" in explained.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yesterday", "yesterday is no decision: write SHARD@TS.REV/STRATEGY/INSTRUMENT"),
        ("nowhere@1.1/a/B", "unknown shard 'nowhere'"),
        ("us-1d-1@1.1/a/B", "no decision us-1d-1@1.1/a/B is stored"),
    ],
)
def test_what_is_no_decision_is_told_in_a_sentence(command: Run, standing: Deployed, text: str, sentence: str) -> None:
    result = command("replay-decision", text)

    assert sentence in str(result.exception)

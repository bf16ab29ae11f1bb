import json
import os
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.evidence import DynamoEvidence
from tradewind.adapters.dynamodb.queries import ALWAYS
from tradewind.application.ports_evidence import Record
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.research import archived, recorded, replaying
from tradewind.domain.configuration import Gates
from tradewind.domain.decision import Action
from tradewind.domain.signal import GateReading
from tradewind.domain.timeframe import DAY
from tradewind.keeping import vault

KEYED: Any = {
    "AttributeDefinitions": [{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
}


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

    with pytest.raises(CommandError, match=r"4 of .* are kept no longer"):
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


@pytest.fixture(scope="module")
def bare(replayed: Deployed, shard: recorded.Recorded) -> Deployed:
    """Give the same environment once everything has left its market table and lies in the vault."""
    store = vault(replayed.client("s3"), "data")
    log = DynamoEvidence(replayed.market, lambda: 0.0)
    for day, records in groupby(sorted(log.records(shard.shard, 0, ALWAYS), key=_day), key=_day):
        store.write(shard.shard, day, sorted(records), "")
    replayed.client("dynamodb").create_table(TableName="bare", BillingMode="PAY_PER_REQUEST", **KEYED)
    environment = Deployed("local", {**replayed.outputs, "MarketTable": "bare"}, replayed.options)
    environment.configuration = replayed.configuration
    return environment


def _day(record: Record) -> int:
    return (record.ts - 1) // DAY * DAY


def test_a_decision_that_has_left_the_tables_is_run_again_from_the_vault(
    bare: Deployed, shard: recorded.Recorded
) -> None:
    record, decision = next(
        (record, one) for record in shard.records for one in record.decisions if one.action is Action.EXIT
    )

    by_id = replaying.replay_stored(bare, replaying.decision_id(record, decision))
    by_intent = replaying.replay_stored(bare, str(decision.intent))

    assert by_id.same, [line for line in by_id.lines if not line.same]
    assert (by_id.slices, by_id.position.quantity > 0) == (len(shard.known_at(record)), True)
    assert (by_intent.same, by_intent.id) == (True, by_id.id)


def test_a_decision_is_run_again_under_the_configuration_that_it_was_made_under(
    bare: Deployed, shard: recorded.Recorded
) -> None:
    record = next(one for one in shard.records if one.decisions[-1].gates)
    text = (Path(os.environ["TRADEWIND_ROOT"]) / "build/config/local/environment.json").read_text()
    vault(bare.client("s3"), "data").keep_configuration(record.configuration, text)
    later = Deployed("local", bare.outputs, bare.options)
    loose = tuple(replace(one, gates=Gates(0.9, 4)) for one in bare.configuration.strategies)
    later.configuration = replace(bare.configuration, strategies=loose, hash="later")

    again = replaying.replay_stored(later, replaying.decision_id(record, record.decisions[-1]))

    assert again.same, [line for line in again.lines if not line.same]


def test_a_configuration_that_nobody_kept_is_told(bare: Deployed) -> None:
    with pytest.raises(CommandError, match="c0ffee that it was decided under is kept neither in table nor vault"):
        archived.configuration(bare, "c0ffee")


def test_a_past_without_its_beginning_is_told(shard: recorded.Recorded) -> None:
    late = replace(shard, records=shard.records[5:])

    assert not late.reaches_back(late.records[-1])
    with pytest.raises(CommandError, match=f"decided on before {late.records[0].ts} is kept no longer"):
        late.known_at(late.records[-1])


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

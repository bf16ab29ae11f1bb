import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.fakes.pipeline import run_in_process
from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import planned
from tradewind.adapters.dynamodb import queries
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError, InputError
from tradewind.cli.research import parity, rehearsing, whatif
from tradewind.cli.research.choosing import built
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration, StrategyRules
from tradewind.domain.decision import Action, Decision
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.signal import GateReading

OTHER = {"signal_strength": 0.75, "confirmations": 3.0}


@cache
def bars() -> list[Series]:
    return list(planned().series)


def with_bar(change: Any, place: int = 300) -> list[Series]:
    first, *others = bars()
    changed = [*first.bars]
    changed[place : place + 1] = change(changed[place])
    return [replace(first, bars=tuple(changed)), *others]


# ── parity ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_backtest_is_what_the_pipeline_stored_to_the_last_digit(replayed: Deployed) -> None:
    found = parity.compare(replayed, None)

    assert (found.first, found.different, found.corrected) == (None, 0, 0)
    assert found.decisions > 500
    assert found.orders == len(queries.orders(replayed.ledger, "paper")) > 0
    assert found.fills == len(queries.fills(replayed.ledger, "paper")) > 0


def test_the_same_bars_from_elsewhere_are_the_same(replayed: Deployed) -> None:
    assert parity.compare(replayed, bars()).different == 0


def test_another_bar_is_named_as_the_first_input_that_differs(replayed: Deployed) -> None:
    def higher(bar: Bar) -> list[Bar]:
        return [bar._replace(close=bar.close * 1.5, high=bar.high * 1.5)]

    found = parity.compare(replayed, with_bar(higher))

    assert found.different > 0
    assert found.first is not None
    assert found.first.number.startswith(("gate ", "strength"))
    assert found.first.cause.startswith("the bar that closed ")
    assert " stored, o=" in found.first.cause


def test_a_bar_that_is_not_there_is_named(replayed: Deployed) -> None:
    found = parity.compare(replayed, with_bar(lambda _: []))

    assert found.first is not None
    assert found.first.again == "nothing"
    assert found.first.cause.endswith("stored, none given")


def test_other_code_and_another_configuration_are_named(replayed: Deployed) -> None:
    stored = rehearsing.read(replayed)
    record = stored.records[-1]
    decision = next(one for one in record.decisions if one.gates)
    key = (record.ts, decision.strategy, decision.instrument)
    setup = rehearsing.rehearsal(stored.configuration, rehearsing.series_of(stored))

    def cause(**changes: Any) -> str:
        other = replace(stored, records=(*stored.records[:-1], replace(record, **changes)))
        return parity._first_input(other, key, setup.bars)

    assert cause() == ""
    assert cause(configuration="abc").startswith("the configuration: abc then")
    assert cause(code=dict.fromkeys(record.code, "abc")).startswith("the code of paper/rsi_pullback_pro")


def test_a_correction_is_named(replayed: Deployed) -> None:
    stored = rehearsing.read(replayed)
    record = stored.records[-1]
    setup = rehearsing.rehearsal(stored.configuration, rehearsing.series_of(stored))
    corrected = replace(stored, corrected=((record.shard, record.ts),))
    decision = record.decisions[0]

    told = parity._first_input(corrected, (record.ts, decision.strategy, decision.instrument), setup.bars)

    assert "was corrected after it had been decided on" in told


def test_an_environment_without_decisions_says_so(replayed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "decisions", lambda *_: iter(()))

    with pytest.raises(CommandError, match="nothing has been decided in local yet"):
        rehearsing.read(replayed)


# ── what if ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def asked(replayed: Deployed) -> whatif.WhatIf:
    stored = rehearsing.read(replayed)
    return whatif.compare(stored, whatif.changed(stored.configuration, OTHER, {}))


def test_the_path_is_what_a_full_run_with_other_gates_comes_to(replayed: Deployed, asked: whatif.WhatIf) -> None:
    other = whatif.changed(replayed.configuration, OTHER, {})

    full = run_in_process(other, bars())

    assert {one.id: one for one in asked.now.orders} == {one.id: one for one in full.orders}
    assert {one.trade_id: one for one in asked.now.fills} == {one.trade_id: one for one in full.fills}
    actions = [decision.action for record in full.decisions for decision in record.decisions]
    assert asked.now.actions[Action.ENTER] == actions.count(Action.ENTER) != asked.then.actions[Action.ENTER]


def test_what_was_is_what_the_ledger_holds(replayed: Deployed, asked: whatif.WhatIf) -> None:
    assert {one.id for one in asked.then.orders} == {one.id for one in queries.orders(replayed.ledger, "paper")}


def test_turns_are_the_decisions_of_the_full_run_until_one_of_them_trades(
    replayed: Deployed, asked: whatif.WhatIf
) -> None:
    full = run_in_process(whatif.changed(replayed.configuration, OTHER, {}), bars())
    decided = {(record.ts, one.strategy, one.instrument): one for record in full.decisions for one in record.decisions}

    first = asked.turns[0]

    assert (first.was, first.becomes) == ("asks to enter", "CONFIRMATIONS") or first.becomes == "SIGNAL_STRENGTH"
    assert decided[first.ts, first.strategy, first.instrument].reason == first.becomes  # type: ignore[index]


def test_looser_gates_turn_decisions_the_other_way(replayed: Deployed) -> None:
    tight = whatif.changed(replayed.configuration, OTHER, {})
    records = tuple(run_in_process(tight, bars()).decisions)
    stored = replace(rehearsing.read(replayed), configuration=tight, records=records)

    turned = list(whatif.turns(stored, replayed.configuration))

    assert turned
    assert {one.becomes for one in turned} == {"asks to enter"}
    assert {one.was for one in turned} <= {"CONFIRMATIONS", "SIGNAL_STRENGTH"}


def test_another_parameter_changes_the_path(replayed: Deployed) -> None:
    stored = rehearsing.read(replayed)

    found = whatif.compare(stored, whatif.changed(stored.configuration, {}, {"stop_atr": 4.0}))

    assert found.turns == ()
    assert found.now.metrics["return"] != found.then.metrics["return"]


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        ({"luck": 1.0}, "there is no gate luck: there are signal_strength, confirmations"),
        ({"signal_strength": 1.5}, "signal_strength = 1.5 is outside 0 to 1"),
        ({"confirmations": 2.5}, "confirmations = 2.5 counts gates"),
        ({"signal_strength": 0.6}, "nothing would change: that is how it was"),
    ],
)
def test_gates_that_cannot_be_are_refused(replayed: Deployed, gates: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        whatif.changed(replayed.configuration, gates, {})


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_parity_says_that_all_is_the_same(command: Run, standing: Deployed) -> None:
    result = command("parity")

    assert result.exit_code == 0, result.output
    assert "the backtest and the pipeline are the same to the last digit" in result.output


def test_whatif_shows_both_side_by_side(command: Run, standing: Deployed, asked: whatif.WhatIf) -> None:
    shown = command("whatif", "--gate", "signal_strength=0.75", "--gate", "confirmations=3")
    told = json.loads(command("whatif", "--gate", "signal_strength=0.75", "--gate", "confirmations=3", "--json").output)

    assert "what if" in shown.output
    assert f"{len(asked.turns)} stored decisions turn" in shown.output
    assert len(told["now"]["fills"]) == len(asked.now.fills)
    assert len(told["turns"]) == len(asked.turns)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["whatif"], "say what should be different"),
        (["whatif", "--gate", "signal_strength"], "--gate signal_strength is no name=number"),
        (["whatif", "--param", "pace=3"], "strategy rsi_pullback_pro has no parameter 'pace'"),
        (["parity", "--bars", "/nowhere"], "/nowhere is not a folder"),
    ],
)
def test_bad_input_is_one_sentence(command: Run, standing: Deployed, arguments: list[str], sentence: str) -> None:
    assert sentence in str(command(*arguments).exception)


def test_a_models_confidence_turns_decisions_and_a_strategy_without_one_is_not_asked() -> None:
    rules = planned_rules()
    strategy = built(rules.name, rules.parameters)
    place = [gate.name for gate in strategy.gates].index("ml_confidence")
    passing = [GateReading(1.0, 0.0, passed=True)] * len(strategy.gates)

    def judged(confidence: float, asked: float) -> str:
        gates = (*passing[:place], GateReading(confidence, 0.55, passed=True), *passing[place + 1 :])
        decision = Decision("paper", rules.name, InstrumentId("IBM.US"), Action.ENTER, "ENTRY", 1.0, gates=gates)
        return whatif._judged(decision, strategy, replace(rules.gates, ml_confidence=asked))

    assert judged(0.6, 0.7) == "ML_CONFIDENCE"
    assert judged(0.6, 0.6) == judged(float("nan"), 0.9) == "asks to enter"


def planned_rules() -> StrategyRules:
    return Configuration.from_json(planned().configuration, "test").strategies[0]

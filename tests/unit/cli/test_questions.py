"""`explain`, `export`, `status`, `positions`, `orders`, `doctor` over real tables that hold what a replay left."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.explanation import explain, find_instrument
from tradewind.cli.errors import InputError
from tradewind.cli.report.performance import round_trips
from tradewind.cli.times import parse_time
from tradewind.domain.decision import Action
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Side
from tradewind.domain.timeframe import DAY

IBM, FB = InstrumentId("IBM.US"), InstrumentId("FB.US")


def test_explain_shows_every_gate_with_its_value_and_threshold(command: Run, standing: Deployed) -> None:
    shown = command("explain", "IBM", "2012-10-12")

    assert shown.exit_code == 0, shown.output
    assert "IBM.US, bar of 2012-10-12" in shown.output
    for name in ("trend", "pullback", "trigger", "volume", "held_too_long"):
        assert name in shown.output
    assert standing.configuration.hash in shown.output


def test_a_gate_that_had_no_number_to_look_at_says_none(command: Run, standing: Deployed) -> None:
    shown = command("explain", "IBM", "2012-10-12").output

    (confidence,) = (line for line in shown.splitlines() if line.startswith("ml_confidence"))
    assert confidence.split() == ["ml_confidence", "required", "none", ">=", "0.55", "pass", "none", "probability"]


def test_explain_gives_programs_the_same(command: Run, standing: Deployed) -> None:
    (row,) = json.loads(command("explain", "IBM.US", "2012-10-12", "--json").output)

    assert row["ts"] == parse_time("2012-10-13")
    assert row["instrument"] == IBM
    assert len(row["gates"]) == 17
    trend = row["gates"][0]
    assert trend["passed"] is (trend["value"] > trend["threshold"])
    assert trend["distance"] == trend["value"] - trend["threshold"]
    assert row["configuration"] == standing.configuration.hash


def test_a_day_is_its_own_bar_and_a_moment_the_bar_that_holds_it(standing: Deployed) -> None:
    friday = parse_time("2012-10-12")

    assert [one.record.ts for one in explain(standing, IBM, friday)] == [friday + DAY]
    assert [one.record.ts for one in explain(standing, IBM, friday + DAY // 2)] == [friday + DAY]


def test_a_time_at_which_a_bar_closed_and_none_opened_is_that_bar(standing: Deployed) -> None:
    saturday = parse_time("2012-10-13")

    assert [one.record.ts for one in explain(standing, IBM, saturday)] == [saturday]


def test_where_nothing_was_decided_the_nearest_bars_are_named(command: Run, standing: Deployed) -> None:
    with pytest.raises(InputError, match=r"no decision on IBM.US at 2012-10-14: .* 2012-10-12 and 2012-10-15"):
        explain(standing, IBM, parse_time("2012-10-14"))


def test_an_instrument_that_is_still_warming_up_says_how_far_it_is(command: Run, standing: Deployed) -> None:
    shown = command("explain", "fb", "2013-03-01").output

    assert "WARMING_UP" in shown
    assert "196 against 250" in shown


def test_what_an_entry_led_to_is_shown_with_it(command: Run, standing: Deployed) -> None:
    entry = next(one for one in queries.orders(standing.ledger, "paper") if one.leg is Leg.ENTRY)

    shown = command("explain", "IBM.US", str(entry.created)).output

    assert "ENTER, because ENTRY" in shown
    assert "what followed" in shown
    assert all(leg in shown for leg in ("ENTRY", "STOP", "TARGET"))


@pytest.mark.parametrize(("text", "said"), [("TSLA", "local has FB.US, IBM.US"), ("IBM.MARS", "unknown instrument")])
def test_an_unknown_instrument_lists_those_that_are_there(standing: Deployed, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_instrument(standing.configuration, text)


@pytest.mark.parametrize("text", ["IBM", "ibm", "IBM.US", "us:ibm"])
def test_an_instrument_may_be_written_in_several_ways(standing: Deployed, text: str) -> None:
    assert find_instrument(standing.configuration, text) == IBM


def test_export_writes_files_that_agree_with_each_other(command: Run, standing: Deployed, tmp_path: Path) -> None:
    done = command("export", tmp_path, "--json")

    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    fills = json.loads((tmp_path / "fills.json").read_text())
    orders = json.loads((tmp_path / "orders.json").read_text())
    rows = pq.read_table(tmp_path / "decisions.parquet").to_pylist()
    assert json.loads(done.output) == summary
    assert (summary["fills"], summary["orders"], summary["decisions"]) == (len(fills), len(orders), len(rows))
    assert summary["steps"] == 150
    assert summary["round_trips"] == len(round_trips(queries.fills(standing.ledger, "paper"))) > 0
    assert summary["denied"] == sum(row["action"] == "DENY" for row in rows)
    assert {row["order_id"] for row in fills} <= {row["order_id"] for row in orders}
    assert "</html>" in (tmp_path / "report.html").read_text()


def test_profit_is_what_fills_and_last_marks_say(command: Run, standing: Deployed, tmp_path: Path) -> None:
    from decimal import Decimal  # noqa: PLC0415

    summary = json.loads(command("export", tmp_path, "--json").output)

    cash, held = Decimal(summary["equity_start"]), dict[str, Decimal]()
    for fill in json.loads((tmp_path / "fills.json").read_text()):
        sign = 1 if fill["side"] == Side.BUY else -1
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        cash -= sign * quantity * price + Decimal(fill["fee"])
        held[fill["instrument"]] = held.get(fill["instrument"], Decimal(0)) + sign * quantity
    end = cash + sum(quantity * Decimal(summary["marks"][name]) for name, quantity in held.items())
    assert Decimal(summary["equity_end"]) == end
    assert Decimal(summary["pnl"]) == end - Decimal(summary["equity_start"])


def test_each_decision_of_an_entry_leads_to_its_fill(command: Run, standing: Deployed, tmp_path: Path) -> None:
    command("export", tmp_path)

    rows = pq.read_table(tmp_path / "decisions.parquet").to_pylist()
    entered = {row["intent_id"] for row in rows if row["action"] == Action.ENTER}
    fills = json.loads((tmp_path / "fills.json").read_text())
    assert {row["intent_id"] for row in fills if row["leg"] in {"ENTRY", "STOP", "TARGET"}} == entered
    assert all(len(row["gates"]) == 17 for row in rows if row["action"] == Action.ENTER)


def test_the_terminal_summary_is_for_a_trader(command: Run, standing: Deployed, tmp_path: Path) -> None:
    shown = command("export", tmp_path).output

    for words in ("win rate", "P&L after fees", "largest drawdown", "IN_POSITION", "FB.US (196 of 250 bars)"):
        assert words in shown
    assert "tradewind explain IBM.US" in shown


def test_status_shows_shards_accounts_and_queues(command: Run, standing: Deployed) -> None:
    now = json.loads(command("status", "--json").output)

    assert now["shards"][0]["lag_bars"] == 0
    assert now["accounts"][0]["trading"] == "NORMAL"
    assert {one["waiting"] for one in now["queues"]} == {0}
    assert "us-1d-1" in command("status").output


def test_orders_are_filtered_by_status_and_instrument(command: Run, standing: Deployed) -> None:
    filled = json.loads(command("orders", "--status", "filled", "-n", "500", "--json").output)

    assert len(filled) == len(queries.fills(standing.ledger, "paper"))
    assert {one["status"] for one in filled} == {"FILLED"}
    assert json.loads(command("orders", "--instrument", "FB", "--json").output) == []
    assert "there is no such order" in command("orders", "--status", "UNKNOWN").output


def test_positions_show_what_is_held(command: Run, standing: Deployed) -> None:
    held = json.loads(command("positions", "--json").output)

    books = queries.books(standing.ledger, "paper")
    assert len(held) == sum(len(book.positions) for book in books)


def test_the_doctor_finds_a_sound_ledger_sound(command: Run, standing: Deployed) -> None:
    findings = json.loads(command("doctor", "--json").output)

    told = {one["check"]: one["state"] for one in findings}
    checks = ("market table is active", "shards", "dead letters", "configuration", "ledger", "positions", "journal")
    for check in (*checks, "kill switch"):
        assert told[check] == "well", findings


def test_the_doctor_finds_money_that_no_fill_explains(command: Run, standing: Deployed) -> None:
    from dataclasses import replace  # noqa: PLC0415

    account = queries.account(standing.ledger, "paper")
    assert account is not None
    standing.ledger.put(items.account_item(replace(account, cash=account.cash + 1)))
    try:
        result = command("doctor", "--json")
    finally:
        standing.ledger.put(items.account_item(account))

    wrong = [one["found"] for one in json.loads(result.output) if one["check"] == "ledger"]
    assert result.exit_code == 1
    assert any("is not opening" in text for text in wrong)
    assert any("the fills lead to cash" in text for text in wrong)


def test_the_doctor_finds_dead_letters(command: Run, standing: Deployed) -> None:
    sqs, url = standing.client("sqs"), standing.outputs["EvaluateBarsFailuresUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    try:
        findings = json.loads(command("doctor", "--json").output)
    finally:
        sqs.purge_queue(QueueUrl=url)

    assert any(one["check"] == "dead letters" and one["state"] == "wrong" for one in findings)


def test_the_kill_switch_is_set_journaled_and_shown(command: Run, standing: Deployed) -> None:
    shown = command("kill-switch", "on", "--reason", "lunch", "--by", "me")
    assert shown.exit_code == 0, shown.output
    try:
        assert "REDUCING" in command("kill-switch", "status").output
        (entry,) = list(queries.journal(standing.ledger, "system"))
        assert "lunch (by me)" in entry.events[0].text
        assert "exits only" in shown.output
    finally:
        again = command("kill-switch", "off", "--json")

    assert json.loads(again.output)["paper"]["state"] == "NORMAL"


def test_an_unknown_account_is_refused(command: Run, standing: Deployed) -> None:
    result = command("kill-switch", "on", "--account", "real")

    assert isinstance(result.exception, InputError)
    assert "local has paper" in str(result.exception)

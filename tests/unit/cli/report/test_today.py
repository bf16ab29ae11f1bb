"""The report of the day over what a replay left, by the command and by the function."""

import json
from pathlib import Path

from tests.fakes.world import FakeTopic
from tests.unit.cli.conftest import Run
from tradewind.adapters.s3.reports import S3Reports
from tradewind.application.report_text import as_html, as_text
from tradewind.application.send_report import SendReport
from tradewind.cli.deployed import Deployed
from tradewind.cli.report.history import read
from tradewind.cli.report.today import made
from tradewind.domain.order import Leg
from tradewind.outreach import report_maker


def test_a_report_says_what_the_ledger_says(replayed: Deployed) -> None:
    report, history = made(replayed, None), read(replayed)

    assert report.equity == history.equity
    assert report.profit == history.equity - history.opening
    assert report.fills == len(history.fills) > 0
    exits = [fill for fill in history.fills if fill.leg is not Leg.ENTRY]
    assert (report.won, report.lost) == (sum(one.realised > 0 for one in exits), sum(one.realised < 0 for one in exits))
    assert sum(one.realised for one in report.accounts) == sum(fill.realised for fill in history.fills)
    assert sum(report.decisions.values()) > 100
    assert len(report.curve) > 100


def test_a_shorter_span_tells_of_less(replayed: Deployed) -> None:
    assert made(replayed, 86_400_000).fills < made(replayed, 0).fills


def test_text_and_page_say_the_same(replayed: Deployed) -> None:
    report = made(replayed, None)
    text, page = as_text(report), as_html(report)

    for part in (f"{report.equity:,.2f}", f"{report.profit:+,.2f}", "Why not traded", "not metered yet"):
        assert part in text
        assert part in page
    assert "<polyline" in page
    assert "<script" not in page
    assert "http" not in page


def test_the_command_writes_a_page_and_speaks_json(standing: Deployed, command: Run, tmp_path: Path) -> None:
    page = tmp_path / "day.html"

    shown = command("report", "--html", page, "--json")

    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["environment"] == "local"
    assert page.read_text().startswith("<!doctype html>")


def test_the_function_keeps_the_report_and_tells_of_it_under_the_name_of_its_slot(replayed: Deployed) -> None:
    topic = FakeTopic()
    files = S3Reports(replayed.client("s3"), "data")
    make = report_maker(replayed.configuration, replayed.market, replayed.ledger, lambda _: None)
    now = 1_774_767_600_000  # 2026-03-29T07:00Z, which is nine in Berlin since this night

    for late in (0, 5_000):
        make.note_equity(now - 60_000)
        SendReport(make, files.keep, topic, "Europe/Berlin", ("09:00", "17:00"))(now + late)

    assert {alert_id for alert_id, _, _ in topic.published} == {"report-2026-03-29T09:00"}
    assert topic.published[0] == topic.published[1]
    assert files.names(9) == ["2026-03-29T09:00"]
    assert "<svg" in files.text("2026-03-29T09:00", "html")
    assert topic.published[0][1].text == files.text("2026-03-29T09:00", "txt")

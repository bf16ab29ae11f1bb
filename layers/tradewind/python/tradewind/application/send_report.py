"""The report of the day: kept as a file, and told to whoever wants reports."""

from collections.abc import Callable
from dataclasses import dataclass

from tradewind.application.make_report import MakeReport
from tradewind.application.ports import AlertTopic
from tradewind.application.report_text import as_html, as_text
from tradewind.domain.events import Event, Severity
from tradewind.domain.reporting import slot_of

type Keep = Callable[[str, str, str], str]
"""Stores (name, text, html) and returns where the HTML lies."""


@dataclass(frozen=True, slots=True)
class SendReport:
    """Report what is due; the slot names it, so that a repeat is the same report and one alert."""

    make: MakeReport
    keep: Keep
    topic: AlertTopic
    zone: str
    at: tuple[str, ...]

    def __call__(self, now: int) -> str:
        """Make, keep and tell; return the report's name."""
        slot = slot_of(now, self.zone, self.at)
        report = self.make(f"Report of {slot.name.replace('T', ' ')}", self.zone, slot.since, slot.due)
        text = as_text(report)
        where = self.keep(slot.name, text, as_html(report))
        facts = {"report": slot.name, "file": where}
        self.topic.publish(f"report-{slot.name}", Event("REPORT", Severity.INFO, text, "", facts), slot.due)
        return slot.name

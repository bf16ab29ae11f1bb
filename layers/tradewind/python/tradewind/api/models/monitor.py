"""Logs, storage, reports and the audit trail, as documents."""

from tradewind.api.models.base import Model, Moment


class LogLine(Model):
    """One line of a function's log; long ones are cut."""

    ts: Moment
    function: str
    text: str


class TableDocument(Model):
    """How large one table is; AWS counts anew every six hours."""

    table: str
    items: int
    bytes: int


class ReportDocument(Model):
    """One report; its text where it was asked for by name."""

    name: str
    text: str | None = None


class AskedDocument(Model):
    """One entry of the audit trail."""

    seq: int
    ts: Moment
    by: str
    role: str
    what: str
    key: str
    body: str

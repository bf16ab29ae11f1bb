"""Findings of research as documents."""

from typing import Any

from pydantic import Field

from tradewind.api.models.base import Model, Moment


class StudyRow(Model):
    """One finding that was published: a backtest, or a search of parameters."""

    name: str
    ts: Moment = Field(description="When it was published.")
    figures: dict[str, float | str | None] = Field(description="The few by which findings are told apart.")


class StudyDocument(Model):
    """One finding in full, as the command that made it wrote it."""

    name: str
    summary: dict[str, Any]

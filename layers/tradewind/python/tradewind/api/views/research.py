"""What research found and somebody published: backtests, and searches of parameters."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

from tradewind.api.asking import Kept, kept_name
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.research import StudyDocument, StudyRow
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import unknown


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = ResearchView(desk)
    for kind, several, one in (
        ("backtests", view.backtests, view.backtest),
        ("research", view.research, view.research_of),
    ):
        edition = partial(view.edition, kind)
        gateway.reads(f"/api/{kind}", several, tag="Research", version=edition)
        gateway.reads(f"/api/{kind}/<name>", one, tag="Research", version=edition, of="name")


@dataclass(frozen=True, slots=True)
class ResearchView:
    """What was published."""

    desk: Desk

    def backtests(self, limit: Limit = 50, cursor: Cursor = None) -> Page[StudyRow]:
        """List published backtests (`tradewind backtest --publish NAME`), the latest first."""
        return self._list("backtests", limit, cursor)

    def backtest(self, name: Kept) -> StudyDocument:
        """Show one backtest: figures, months, equity, round trips by group, and why there was no trade."""
        return self._whole("backtests", name)

    def research(self, limit: Limit = 50, cursor: Cursor = None) -> Page[StudyRow]:
        """List published searches of parameters (`tradewind optimize … --publish NAME`), the latest first."""
        return self._list("research", limit, cursor)

    def research_of(self, name: Kept) -> StudyDocument:
        """Show one search: its best beside the defaults and holding, and how far to believe it."""
        return self._whole("research", name)

    def edition(self, kind: str, name: str = "") -> Hashable:
        """Return which edition there is of a finding, or of a list: one look at the bucket, which reads nothing."""
        return self.desk.insight.studies[kind].edition(kept_name(name) if name else "") or None

    def _list(self, kind: str, limit: int, cursor: str | None) -> Page[StudyRow]:
        rows, start = self.desk.insight.studies[kind].latest(), position_of(kind, cursor, 0)
        more = cursor_of(kind, start + limit) if start + limit < len(rows) else None
        chosen = rows[start : start + limit]
        return Page(items=[StudyRow(name=one.name, ts=one.ts, figures=dict(one.figures)) for one in chosen], next=more)

    def _whole(self, kind: str, name: str) -> StudyDocument:
        found = self.desk.insight.studies[kind].whole(kept_name(name))
        if found is None:
            raise unknown(f"nothing of this name was published: {name}")
        return StudyDocument(name=name, summary=found)

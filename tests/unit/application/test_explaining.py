"""Decisions of several shards as one list: in which order, with which places, and what is read for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from tests.builders import ACME, PAPER, STRATEGY
from tradewind.application.explaining import Explain
from tradewind.application.ports_reading import ALWAYS, EVERY_REVISION, Past
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.timeframe import Timeframe

ROWS = 2


def record(shard: str, ts: int, rev: int = 1) -> DecisionRecord:
    rows = tuple(Decision(PAPER, STRATEGY, ACME, Action.HOLD, "OVERSOLD") for _ in range(ROWS))
    return DecisionRecord(shard, ts, rev, rev > 1, "", {}, {}, {}, rows, (), "")


@dataclass
class Known:
    """Decisions by their keys, and the shards that were searched."""

    records: Sequence[DecisionRecord]
    searched: list[str] = field(default_factory=list)

    def editions(self, shard: str, ts: int, rev: int, limit: int) -> Sequence[DecisionRecord]:
        self.searched.append(shard)
        mine = [one for one in self.records if one.shard == shard and (one.ts, one.rev) <= (ts, rev)]
        return sorted(mine, key=lambda one: (-one.ts, -one.rev))[:limit]


def explain(known: Known, decided: dict[str, int]) -> Explain:
    rules = cast("Configuration", None)
    return Explain(rules, cast("Past", known), lambda _: {}, lambda shard: decided.get(shard, 0))


SHARDS = [Shard(name, Timeframe.M1, "replay", (ACME,)) for name in ("one", "two")]
KNOWN = [record("one", 60), record("two", 120), record("one", 120), record("one", 120, 2), record("two", 60)]


def places(known: Known, decided: dict[str, int], until: int = ALWAYS) -> list[tuple[int, ...]]:
    return [row.place for row in explain(known, decided).rows(SHARDS, until)]


def test_the_latest_bar_comes_first_then_the_first_shard_then_the_latest_revision() -> None:
    first, late = EVERY_REVISION - 1, EVERY_REVISION - 2
    keys = [(120, 0, late), (120, 0, first), (120, 1, first), (60, 0, first), (60, 1, first)]
    expected = [(*key, place) for key in keys for place in range(ROWS)]

    assert places(Known(KNOWN), {}) == expected
    assert places(Known(KNOWN), {"one": 120, "two": 120}) == expected
    assert places(Known(KNOWN), {"one": 180, "two": 120}) == expected  # one bar was decided, and cannot be found
    assert places(Known(KNOWN), {}, until=60) == expected[-4:]


def test_a_shard_is_not_searched_before_its_turn() -> None:
    known = Known(KNOWN)

    rows = explain(known, {"one": 120, "two": 120}).rows(SHARDS, ALWAYS)

    assert next(rows).record.shard == "one"
    assert known.searched == ["one"]

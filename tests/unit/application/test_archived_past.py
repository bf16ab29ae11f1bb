"""What was decided long ago is read from the vault, what was decided lately from the table."""

from collections.abc import Iterable, Iterator, Sequence

from tests.builders import day
from tests.unit.application.test_archive_evidence import SHARD, World
from tradewind.application.archived_past import ArchivedPast
from tradewind.application.ports_reading import Past
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.slice import Slice


class Hot(Past):
    """What the tables of a world still have."""

    def __init__(self, world: World) -> None:
        self.world = world

    def editions(self, shard: str, ts: int, rev: int, limit: int) -> Sequence[DecisionRecord]:
        return []

    def decisions(self, shard: str, start: int, end: int) -> Sequence[DecisionRecord]:
        return [one for (_, ts, _), one in sorted(self.world.log.decisions.items.items()) if start < ts <= end]

    def first_decisions(self, bars: Iterable[tuple[str, int]]) -> Iterator[DecisionRecord]:
        return iter([])

    def slices(self, shard: str, start: int, end: int) -> Sequence[Slice]:
        return []

    def around(self, shard: str, time: int) -> Sequence[int]:
        return []


def archived() -> tuple[World, ArchivedPast]:
    at = World()
    at.has(*range(5, 13))
    at.has(6, rev=2)
    at.run()
    return at, ArchivedPast(Hot(at), at.vault)


def test_decisions_that_have_expired_are_read_from_the_vault_every_revision_by_time() -> None:
    at, past = archived()
    expected = past.decisions(SHARD, day(5), day(7))
    at.log.decisions.items.clear()

    found = past.decisions(SHARD, day(5), day(7))

    assert [(one.ts, one.rev) for one in found] == [(day(6), 1), (day(6), 2), (day(7), 1)]
    assert [one.to_bytes() for one in found] == [one.to_bytes() for one in expected]


def test_slices_that_have_expired_are_read_from_the_vault_the_latest_revision_of_each() -> None:
    _, past = archived()

    assert [(one.ts_close, one.rev) for one in past.slices(SHARD, day(5), day(7))] == [(day(6), 2), (day(7), 1)]


def test_what_was_never_decided_is_nowhere() -> None:
    at, past = archived()
    at.log.decisions.items.clear()

    assert past.decisions(SHARD, day(20), day(21)) == []

from dataclasses import dataclass, field, replace

import pytest

from tests.builders import day
from tests.contract.test_decisions_and_progress import record
from tests.contract.test_slices import slice_at
from tests.fakes.evaluator_stores import FakeProgress
from tests.fakes.tiers import FakeEvidence, FakeObjectStore
from tradewind.adapters.s3.vault import ParquetVault
from tradewind.application.archive_evidence import ArchiveEvidence, EvidenceReport
from tradewind.application.ports import ShardProgress
from tradewind.application.ports_bars import StoredObject
from tradewind.domain.errors import InvariantError, TransientError

SHARD = "daily"


@dataclass
class World:
    now: int = day(12)
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    progress: FakeProgress = field(default_factory=FakeProgress)

    def __post_init__(self) -> None:
        self.log = FakeEvidence(now=lambda: self.now)
        self.vault = ParquetVault(self.objects)

    def has(self, *days: int, rev: int = 1) -> None:
        for number in days:
            self.log.slices.put(slice_at(number, rev))
            self.log.decisions.put(record(day(number), rev))

    def run(self) -> EvidenceReport:
        return ArchiveEvidence(self.log, self.vault, self.progress, lambda: self.now)(SHARD)

    def kept(self) -> list[tuple[str, int, int]]:
        days = [self.vault.read(SHARD, one) for one in self.vault.days(SHARD)]
        return sorted((str(one.kind), one.ts, one.rev) for found in days if found for one in found.records)


def both(*days: int, rev: int = 1) -> list[tuple[str, int, int]]:
    return sorted((kind, day(number), rev) for number in days for kind in ("DECISIONS", "SLICE"))


def test_each_day_that_is_old_enough_is_kept_with_its_slices_and_its_decisions() -> None:
    at = World()
    at.has(*range(5, 13))

    report = at.run()

    assert (report.archived, report.days, report.records) == (day(10), 6, 12)
    assert at.kept() == both(*range(5, 11))


def test_a_repeat_writes_nothing() -> None:
    at = World()
    at.has(*range(5, 13))
    at.run()
    before = dict(at.objects.objects)

    assert at.run() == EvidenceReport(day(10))
    assert at.objects.objects == before


def test_days_that_an_evaluator_has_still_to_decide_on_wait_for_it() -> None:
    at = World()
    at.has(*range(5, 13))
    at.progress.save(ShardProgress(SHARD, day(7), version=1))

    assert at.run().archived == day(7)
    at.progress.save(ShardProgress(SHARD, day(12), version=2))
    assert at.run().archived == day(10)


def test_what_has_expired_since_stays_in_the_vault() -> None:
    at = World()
    at.has(5, 6)
    at.run()
    at.log.slices.items.clear()
    at.log.decisions.items.clear()
    at.log.amend(SHARD, day(4))

    at.run()

    assert at.kept() == both(5, 6)


def test_a_correction_of_an_archived_day_is_added_and_its_decisions_when_they_come() -> None:
    at = World()
    at.has(5, 6)
    at.run()
    at.log.slices.put(slice_at(5, 2))
    at.log.amend(SHARD, day(4))
    at.run()
    assert at.kept() == sorted([*both(5, 6), ("SLICE", day(5), 2)])

    at.log.decisions.put(record(day(5), 2))
    at.now += day(2)
    at.run()

    assert at.kept() == sorted([*both(5, 6), *both(5, rev=2)])
    assert at.log.changed(SHARD) == []


def test_records_are_held_where_archiving_has_lagged_for_days() -> None:
    at = World()
    at.has(*range(5, 13))
    at.run()
    assert at.log.held == [(SHARD, 0)]
    at.run()
    assert at.log.held == [(SHARD, 0)]
    at.now += day(4)
    at.run()

    assert at.log.held == [(SHARD, 0), (SHARD, day(10))]


def test_a_configuration_that_decisions_name_is_kept_or_missed_by_name() -> None:
    at = World()
    at.has(5)
    at.log.sources["c"] = {}
    assert at.run().unknown == ("c0ffee",)

    at = World()
    at.has(5)
    at.log.known, at.log.sources["c"] = {"c0ffee": "{}"}, {}

    assert at.run().unknown == ()
    assert at.vault.configuration("c0ffee") == "{}"


@pytest.mark.parametrize("call", range(1, 8))
def test_wherever_a_run_breaks_off_the_next_one_ends_the_work(call: int) -> None:
    at = World()
    at.has(5, 6)

    @dataclass
    class Breaking(FakeObjectStore):
        left: int = call

        def write(self, key: str, data: bytes, replacing: str) -> str:
            self.left -= 1
            if not self.left:
                raise TransientError("gone")
            return super().write(key, data, replacing)

        def read(self, key: str) -> StoredObject | None:
            self.left -= 1
            if not self.left:
                raise TransientError("gone")
            return super().read(key)

    at.objects = Breaking()
    at.vault = ParquetVault(at.objects)
    with pytest.raises(TransientError):
        at.run()

    at.run()

    assert at.kept() == both(5, 6)
    assert len(at.objects.keys("decisions/")) == 2
    assert at.log.archived(SHARD) == day(10)


def test_a_day_that_does_not_read_back_as_it_was_written_stops_the_run() -> None:
    at = World()
    at.has(5)

    class Forgetful(ParquetVault):
        def write(self, shard, day, records, replacing):  # type: ignore[no-untyped-def]
            return super().write(shard, day, records[:-1], replacing)

    at.vault = Forgetful(at.objects)

    with pytest.raises(InvariantError, match="do not read back"):
        at.run()
    assert at.log.archived(SHARD) == 0


def test_the_code_that_decided_is_kept_and_what_nobody_kept_is_named() -> None:
    at = World()
    for number, code in ((5, "c0de"), (6, "gone")):
        at.log.slices.put(slice_at(number))
        at.log.decisions.put(replace(record(day(number)), code={"paper/dipper/1d/1": code}))
    at.log.sources["c0de"] = {"strategies.dipper": "decide = None\n"}

    assert "gone" in at.run().unknown
    assert "c0de" not in at.run().unknown
    assert at.vault.code("c0de") == {"strategies.dipper": "decide = None\n"}

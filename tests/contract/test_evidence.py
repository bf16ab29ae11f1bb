"""Evidence: what the table has of the past, and what the vault gives back of it, byte by byte."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.builders import ACME, PAPER, day
from tests.contract.backends import WALL, AwsBackend
from tests.contract.test_decisions_and_progress import DECISION, record
from tests.contract.test_slices import slice_at
from tests.fakes.tiers import FakeEvidence, FakeObjectStore
from tradewind.adapters.dynamodb.evidence import DynamoEvidence, remember_code, remember_configuration
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.s3.vault import ParquetVault
from tradewind.application.ports import Decisions
from tradewind.application.ports_evidence import EvidenceLog, Record, RecordKind
from tradewind.application.ports_market import SliceStore
from tradewind.domain.errors import ConflictError, PermanentError
from tradewind.domain.timeframe import DAY

type Stores = tuple[EvidenceLog, SliceStore, Decisions]


@pytest.fixture(params=["fake", "moto", pytest.param("emulator", marks=pytest.mark.e2e)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    match request.param:
        case "fake":
            fake = FakeEvidence(now=lambda: WALL * 1000)
            yield fake, fake.slices, fake.decisions
        case "moto":
            yield _on(request.getfixturevalue("aws"))
        case _:
            backend = AwsBackend(request.getfixturevalue("emulator"))
            yield _on(backend)
            backend.close()


def _on(backend: AwsBackend) -> Stores:
    ports = backend.process()
    return DynamoEvidence(backend.market, lambda: WALL), ports.slices, ports.decisions


def test_records_come_by_kind_time_and_revision_with_their_very_bytes(stores: Stores) -> None:
    log, slices, decisions = stores
    assert log.oldest("daily") == 0
    for one in (slice_at(2), slice_at(2, rev=2), slice_at(3), slice_at(4), slice_at(3, shard="other")):
        slices.put(one)
    decisions.put(record(day(2)))
    decisions.put(record(day(3)))

    found = log.records("daily", day(1), day(3))

    assert [(one.kind, one.ts, one.rev) for one in found] == [
        *(("DECISIONS", day(number), 1) for number in (2, 3)),
        *(("SLICE", day(number), rev) for number, rev in ((2, 1), (2, 2), (3, 1))),
    ]
    assert found[0].data == record(day(2)).to_bytes()
    assert found[3].data == slice_at(2, rev=2).to_bytes()
    assert log.oldest("daily") == day(2)


def test_the_watermark_of_evidence_only_advances(stores: Stores) -> None:
    log, _, _ = stores
    assert log.archived("daily") == 0

    log.advance("daily", day(5))
    log.advance("daily", day(3))

    assert (log.archived("daily"), log.archived("other")) == (day(5), 0)


def test_a_correction_of_long_ago_marks_the_day_that_it_closes_in(aws: AwsBackend) -> None:
    log, slices, _ = _on(aws)
    slices.put(slice_at(2))
    assert log.changed("daily") == []

    slices.put(slice_at(2, rev=2))
    (mark,) = log.changed("daily")
    log.settle(mark._replace(at=mark.at - 1))
    assert log.changed("daily") == [mark]
    log.settle(mark)

    assert (mark.day, mark.at) == (day(1), WALL * 1000)
    assert log.changed("daily") == []


def test_a_recent_correction_marks_nothing(aws: AwsBackend) -> None:
    recent = replace(slice_at(2, rev=2), ts_close=WALL * 1000 - WALL * 1000 % DAY, bars={}, missing={ACME: "MISSING"})
    DynamoSlices(aws.market, lambda: WALL).put(recent)

    assert DynamoEvidence(aws.market, lambda: WALL).changed("daily") == []


def test_what_is_not_archived_is_held_before_it_expires(aws: AwsBackend) -> None:
    log, slices, decisions = _on(aws)
    for number in (1, 2):
        slices.put(slice_at(number))
        decisions.put(record(day(number)))
    later = WALL + 30 * DAY // 1000
    DynamoEvidence(aws.market, lambda: later).hold("daily", day(1))

    items = [*aws.market.query("SLICE#daily"), *aws.market.query("DECISIONS#daily")]
    days = [(int(item["expires_at"]["N"]) - WALL) * 1000 // DAY for item in items]
    assert days == [8, 38, 14, 44]
    assert log.records("daily", 0, day(9))


def test_a_configuration_is_remembered_once(aws: AwsBackend) -> None:
    remember_configuration(aws.market, "c0ffee", '{"a":1}')
    remember_configuration(aws.market, "c0ffee", '{"a":2}')

    assert DynamoEvidence(aws.market, lambda: WALL).configurations() == {"c0ffee": '{"a":1}'}


def test_the_sources_of_a_strategy_are_remembered_once(aws: AwsBackend) -> None:
    remember_code(aws.market, "c0de", {"strategies.dipper": "def decide():\n    return 'ü'\n", "base": ""})
    remember_code(aws.market, "c0de", {"strategies.dipper": "another"})

    assert DynamoEvidence(aws.market, lambda: WALL).codes() == {
        "c0de": {"strategies.dipper": "def decide():\n    return 'ü'\n", "base": ""}
    }


# ── the vault ────────────────────────────────────────────────────────────────────────────────────────────────────

RECORDS = [
    Record(RecordKind.DECISIONS, day(2), 1, replace(record(day(2)), code={f"{PAPER}/dipper/1d/1": "c0de"}).to_bytes()),
    Record(RecordKind.SLICE, day(2), 1, slice_at(2).to_bytes()),
    Record(RecordKind.SLICE, day(2), 2, slice_at(2, rev=2).to_bytes()),
]


def test_a_day_of_evidence_comes_back_byte_by_byte() -> None:
    vault = ParquetVault(FakeObjectStore())
    assert vault.read("daily", day(1)) is None

    edition = vault.write("daily", day(1), RECORDS, "")
    vault.write("daily", day(4), [], "")

    found = vault.read("daily", day(1))
    assert found is not None
    assert (list(found.records), found.edition) == (RECORDS, edition)
    assert vault.days("daily") == [day(1), day(4)]
    with pytest.raises(ConflictError):
        vault.write("daily", day(1), RECORDS, "")
    assert vault.write("daily", day(1), RECORDS[:1], edition)


def test_each_decision_is_a_row_that_another_reader_of_parquet_understands() -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    objects = FakeObjectStore()
    ParquetVault(objects).write("daily", day(1), RECORDS, "")

    file = objects.objects["decisions/shard=daily/day=1970-01-02/decisions.parquet"]
    (row,) = pq.read_table(io.BytesIO(file.data)).to_pylist()
    assert (row["instrument"], row["action"], row["reason"], row["strength"]) == (ACME, "ENTER", "ENTRY", 0.7)
    assert (row["configuration"], row["code"], row["intent"]) == ("c0ffee", "c0de", DECISION.intent)
    assert json.loads(row["gates"]) == {"rsi": [0.1 + 0.2, 35.0, True]}


def test_damaged_evidence_is_named() -> None:
    objects = FakeObjectStore()
    vault = ParquetVault(objects)
    vault.write("daily", day(1), RECORDS, "")
    (key,) = objects.keys("records/")
    objects.objects[key] = replace(objects.objects[key], data=b"hello")

    with pytest.raises(PermanentError, match="records/shard=daily"):
        vault.read("daily", day(1))


def test_a_configuration_is_kept_under_its_hash() -> None:
    vault = ParquetVault(FakeObjectStore())
    assert vault.configuration("c0ffee") is None

    vault.keep_configuration("c0ffee", '{"a":1}')
    vault.keep_configuration("c0ffee", '{"a":2}')

    assert vault.configuration("c0ffee") == '{"a":1}'


def test_sources_come_back_module_by_module() -> None:
    vault = ParquetVault(FakeObjectStore())
    assert vault.code("c0de") is None

    vault.keep_code("c0de", {"b": "b = 'ü'\n", "a": ""})
    vault.keep_code("c0de", {"a": "another"})

    assert vault.code("c0de") == {"a": "", "b": "b = 'ü'\n"}

"""Objects that are replaced only by who has seen the one before, and months of bars over them: bit by bit."""

import math
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.aws import mocked_aws
from tests.contract.backends import client
from tests.fakes.tiers import FakeBarArchive, FakeObjectStore
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.parquet import ParquetBars, object_key, to_bytes
from tradewind.application.ports_bars import BarArchive, BarMonth, ObjectStore, StoredObject
from tradewind.domain.bar import Bar
from tradewind.domain.errors import ConflictError, PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end, month_named
from tradewind.domain.timeframe import MINUTE, Timeframe

NAME = InstrumentId("BRK.B.US")
MARCH = month_named("2026-03")
PLACES = ["fake", "moto", pytest.param("emulator", marks=pytest.mark.e2e)]


def bars(count: int = 5, price: float = 1 / 3) -> tuple[Bar, ...]:
    return tuple(
        Bar(ts, ts + MINUTE, price + ts, math.nextafter(price + ts, 2e18), 5e-324, price, 0.1 + 0.2)
        for ts in range(MARCH, MARCH + count * MINUTE, MINUTE)
    )


def month(found: tuple[Bar, ...] = bars()) -> BarMonth:
    return BarMonth(NAME, Timeframe.M1, MARCH, found)


@pytest.fixture(params=PLACES)
def objects(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    match request.param:
        case "fake":
            yield FakeObjectStore()
        case "moto":
            with mocked_aws():
                yield _store(None)
        case _:
            yield _store(request.getfixturevalue("emulator"))


def _store(endpoint: str | None) -> ObjectStore:
    s3, name = client("s3", endpoint), f"contract-cold-{os.getpid()}"
    s3.create_bucket(Bucket=name)
    store = S3Store(s3, name)
    for key in store.keys(""):
        store.delete(key)
    return store


@pytest.fixture(params=["parquet", "fake"])
def archive(request: pytest.FixtureRequest) -> Iterator[BarArchive]:
    if request.param == "fake":
        yield FakeBarArchive()
    else:
        yield ParquetBars(FakeObjectStore())


# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_object_comes_back_with_its_edition(objects: ObjectStore) -> None:
    assert objects.read("a/b=1/c") is None

    edition = objects.write("a/b=1/c", b"one", "")

    assert objects.read("a/b=1/c") == StoredObject(b"one", edition)


def test_an_object_is_replaced_only_by_who_has_seen_the_one_before(objects: ObjectStore) -> None:
    first = objects.write("key", b"one", "")
    with pytest.raises(ConflictError):
        objects.write("key", b"two", "")
    second = objects.write("key", b"two", first)
    with pytest.raises(ConflictError):
        objects.write("key", b"three", first)

    assert objects.read("key") == StoredObject(b"two", second)
    objects.delete("key")
    with pytest.raises(ConflictError):
        objects.write("key", b"three", second)


def test_keys_are_listed_by_their_beginning_and_forgotten_when_they_are_deleted(objects: ObjectStore) -> None:
    for key in ("a/2", "b/1", "a/1"):
        objects.write(key, b"x", "")

    assert objects.keys("a/") == ["a/1", "a/2"]
    objects.delete("a/1")
    objects.delete("a/1")
    assert objects.keys("") == ["a/2", "b/1"]


def test_a_bucket_that_is_not_there_is_the_environment_s_fault() -> None:
    with mocked_aws(), pytest.raises(TransientError, match="NoSuchBucket"):
        S3Store(client("s3"), "nowhere").read("key")


# ── months of bars ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_comes_back_bit_by_bit(archive: BarArchive) -> None:
    assert archive.read(NAME, Timeframe.M1, MARCH) is None

    edition = archive.write(month(), "")

    found = archive.read(NAME, Timeframe.M1, MARCH)
    assert found is not None
    assert (tuple(found.bars), found.edition) == (bars(), edition)
    assert [list(map(float.hex, bar[2:])) for bar in found.bars] == [list(map(float.hex, bar[2:])) for bar in bars()]
    assert archive.read(NAME, Timeframe.M5, MARCH) is None


def test_a_month_is_replaced_only_by_who_has_seen_the_one_before(archive: BarArchive) -> None:
    first = archive.write(month(), "")

    with pytest.raises(ConflictError):
        archive.write(month(bars(2)), "")
    archive.write(month(bars(2)), first)
    with pytest.raises(ConflictError):
        archive.write(month(), first)


def test_many_months_are_read_in_their_order_without_those_that_are_not_kept(archive: BarArchive) -> None:
    april = month_end(MARCH)
    archive.write(replace(month(()), month=april), "")
    archive.write(month(), "")

    found = archive.read_many(NAME, Timeframe.M1, [MARCH, april, month_end(april)])

    assert [len(one.bars) for one in found] == [5, 0]
    assert archive.months(NAME, Timeframe.M1) == [MARCH, april]
    archive.delete(NAME, Timeframe.M1, MARCH)
    archive.delete(NAME, Timeframe.M1, MARCH)
    assert archive.months(NAME, Timeframe.M1) == [april]


def test_a_month_lies_where_athena_looks_for_it() -> None:
    assert object_key(NAME, Timeframe.M1, MARCH) == (
        "bars/venue=US/interval=1m/instrument=BRK.B/month=2026-03/bars.parquet"
    )


def test_another_reader_of_parquet_finds_the_same_numbers_compressed_with_zstd() -> None:
    import io  # noqa: PLC0415

    import pyarrow.parquet as pq  # noqa: PLC0415

    file = pq.ParquetFile(io.BytesIO(to_bytes(bars())))
    rows = file.read().to_pydict()

    assert rows["high"] == [bar.high for bar in bars()]
    assert [int(ts.timestamp() * 1000) for ts in rows["ts"]] == [bar.ts_open for bar in bars()]
    assert {file.metadata.row_group(0).column(k).compression for k in range(6)} == {"ZSTD"}
    assert str(file.schema_arrow.field("ts").type) == "timestamp[ms, tz=UTC]"


@pytest.mark.parametrize("damage", ["cut", "flipped", "fewer", "other"])
def test_damage_is_never_taken_for_bars(damage: str) -> None:
    objects = FakeObjectStore()
    archive, key = ParquetBars(objects), object_key(NAME, Timeframe.M1, MARCH)
    archive.write(month(), "")
    sound, fewer = objects.objects[key].data, to_bytes(bars(4))
    spoilt = {
        "cut": sound[:-7],
        "flipped": sound.replace(b"bars", b"barz"),
        "fewer": fewer.replace(b"\x014", b"\x015"),
        "other": b"hello",
    }
    objects.objects[key] = StoredObject(spoilt[damage], "1")

    with pytest.raises(PermanentError, match=r"object bars/venue=US"):
        archive.read(NAME, Timeframe.M1, MARCH)

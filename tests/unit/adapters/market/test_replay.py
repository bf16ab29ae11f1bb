from decimal import Decimal

import pytest

from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.cli.bars import pack_dataset
from tradewind.domain.bar import Bar
from tradewind.domain.dataset import Dataset
from tradewind.domain.errors import BadInputError, PermanentError, TransientError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.timeframe import MINUTE, Timeframe

A, B = InstrumentId("A.X"), InstrumentId("B.X")


def series(name: InstrumentId, *minutes: int) -> Series:
    bars = [Bar(m * MINUTE, (m + 1) * MINUTE, m, m + 1.5, m - 0.5, m + 1.0, 3.0) for m in minutes]
    return Series(Instrument(name, Decimal("0.01"), Decimal("1E-8")), Timeframe.M1, bars)


PACKED = pack_dataset([series(A, 1, 2, 4, 5), series(B, 4)])


def times(provider: ReplayProvider, since: int, until: int) -> list[object]:
    answer = provider.bars([A], Timeframe.M1, since, until)
    return [row.ts_open for row in answer.rows[A]]


def test_it_serves_what_has_closed_by_the_asked_time_and_nothing_beyond() -> None:
    provider = ReplayProvider(MemoryObjects(PACKED))

    assert times(provider, 0, 3 * MINUTE) == [MINUTE, 2 * MINUTE]
    assert times(provider, 0, 3 * MINUTE - 1) == [MINUTE]
    assert times(provider, 3 * MINUTE, 5 * MINUTE) == [4 * MINUTE]
    assert times(provider, 3 * MINUTE - 1, 4 * MINUTE) == [2 * MINUTE]
    assert times(provider, 9 * MINUTE, 99 * MINUTE) == []


def test_rows_carry_the_recorded_values() -> None:
    answer = ReplayProvider(MemoryObjects(PACKED)).bars([A], Timeframe.M1, 0, 2 * MINUTE)

    assert [tuple(row) for row in answer.rows[A]] == [(MINUTE, 1.0, 2.5, 0.5, 2.0, 3.0, None)]


def test_it_knows_since_when_an_instrument_is_listed() -> None:
    provider = ReplayProvider(MemoryObjects(PACKED))

    assert provider.listed_since(B, Timeframe.M1) == 4 * MINUTE
    assert provider.listed_since(InstrumentId("C.X"), Timeframe.M1) == 0


def test_an_instrument_without_a_dataset_fails_alone() -> None:
    answer = ReplayProvider(MemoryObjects(PACKED)).bars([InstrumentId("C.X"), B], Timeframe.M1, 0, 99 * MINUTE)

    assert list(answer.rows) == [B]
    assert answer.failures[InstrumentId("C.X")].reason == "NO_DATASET"
    assert answer.failures[InstrumentId("C.X")].lasting


def test_a_dataset_is_read_once() -> None:
    class Counting(MemoryObjects):
        reads = 0

        def get(self, key: str) -> bytes:
            Counting.reads += 1
            return super().get(key)

    provider = ReplayProvider(Counting(PACKED))
    for until in range(10):
        provider.bars([A], Timeframe.M1, 0, until * MINUTE)

    assert Counting.reads == 1


def test_a_store_that_cannot_answer_now_fails_the_whole_call_so_that_a_replay_never_differs() -> None:
    class Down(MemoryObjects):
        def get(self, key: str) -> bytes:
            raise TransientError("slow down")

    with pytest.raises(TransientError):
        ReplayProvider(Down({})).bars([A], Timeframe.M1, 0, 1)


def test_a_damaged_dataset_is_refused_with_its_key() -> None:
    key = "replay/1m/A.X.bin"
    damaged = PACKED[key][:-1] + bytes([PACKED[key][-1] ^ 1])

    with pytest.raises(PermanentError, match=f"object {key}: checksum mismatch"):
        Dataset.from_bytes(key, damaged)
    failure = ReplayProvider(MemoryObjects({key: damaged})).bars([A], Timeframe.M1, 0, 1).failures[A]
    assert "checksum mismatch" in failure.detail


def test_a_dataset_under_anothers_key_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"replay/1m/B\.X\.bin holds A\.X 1m"):
        Dataset.from_bytes("replay/1m/B.X.bin", PACKED["replay/1m/A.X.bin"])

"""Series chunks only grow, compaction only advances, and a refusal is kept once."""

from dataclasses import replace

from tests.builders import ACME, BOLT, bar, day
from tests.contract.backends import Backend, Ports
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.validation import Reason, Refusal

YEARS = [period_start(Timeframe.D1, year * 366 * DAY) for year in (1, 2, 3)]
REFUSAL = Refusal(ACME, Timeframe.D1, day(1), Reason.OHLC_VIOLATION, "o=1 h=0")


def chunk(year: int = 0, bars: int = 3, instrument: InstrumentId = ACME) -> SeriesChunk:
    first = YEARS[year] // DAY + 1
    numbers = range(first, first + bars)
    return SeriesChunk(
        instrument, Timeframe.D1, YEARS[year], day(numbers[-1]), [bar(n, 1, 2, 0.5, 1.5) for n in numbers]
    )


def all_of(ports: Ports) -> list[SeriesChunk]:
    return ports.series.chunks(ACME, Timeframe.D1, 0, 2**42)


def test_a_chunk_comes_back_as_it_was_put(backend: Backend) -> None:
    assert backend.process().series.put(chunk()) is True

    assert all_of(backend.process()) == [chunk()]


def test_a_chunk_is_replaced_by_one_that_reaches_as_far_or_further(ports: Ports) -> None:
    ports.series.put(chunk(bars=3))

    assert ports.series.put(chunk(bars=4)) is True
    assert ports.series.put(replace(chunk(bars=4), bars=chunk(bars=4).bars[1:])) is True
    assert [len(one.bars) for one in all_of(ports)] == [3]


def test_a_chunk_is_not_replaced_by_a_shorter_one(ports: Ports) -> None:
    ports.series.put(chunk(bars=4))

    assert ports.series.put(chunk(bars=3)) is False
    assert all_of(ports) == [chunk(bars=4)]


def test_a_chunk_is_merged_only_over_what_was_read(backend: Backend) -> None:
    first, other = backend.process().series, backend.process().series
    assert first.merge(chunk(bars=2), None) is True
    assert other.merge(chunk(bars=3), None) is False
    (seen,) = all_of(backend.process())

    assert first.merge(chunk(bars=3), seen) is True
    assert other.merge(chunk(bars=4), seen) is False
    assert other.merge(chunk(bars=4), chunk(bars=3)) is False  # nobody read this one from the store
    assert all_of(backend.process()) == [chunk(bars=3)]


def test_chunks_that_overlap_a_span_come_oldest_first(ports: Ports) -> None:
    for year in (2, 0, 1):
        ports.series.put(chunk(year))
    ports.series.put(chunk(1, instrument=BOLT))

    def found(start: int, end: int) -> list[int]:
        return [one.period for one in ports.series.chunks(ACME, Timeframe.D1, start, end)]

    assert found(0, 2**42) == YEARS
    assert found(YEARS[1] - 1, YEARS[1] + 1) == YEARS[:2]
    assert found(YEARS[1], YEARS[2]) == [YEARS[1]]
    assert found(YEARS[1] + 5 * DAY, YEARS[1] + 6 * DAY) == [YEARS[1]]
    assert found(YEARS[1], YEARS[1]) == []


def test_series_of_other_timeframes_are_apart(ports: Ports) -> None:
    ports.series.put(chunk())

    assert ports.series.chunks(ACME, Timeframe.H1, 0, 2**42) == []


def test_compaction_only_advances(ports: Ports) -> None:
    assert ports.series.compacted("daily") == 0

    ports.series.advance("daily", day(5))
    ports.series.advance("daily", day(3))

    assert ports.series.compacted("daily") == day(5)
    assert ports.series.compacted("other") == 0


def test_compaction_and_progress_of_a_shard_are_apart(ports: Ports) -> None:
    ports.series.advance("daily", day(5))

    assert ports.progress.load("daily").version == 0


def test_a_refusal_is_kept_once(backend: Backend) -> None:
    first = backend.process().refusals
    first.record("daily", [REFUSAL, REFUSAL, replace_value("o=2 h=0")])
    first.record("daily", [])

    backend.process().refusals.record("daily", [replace_value("o=3 h=0")])

    assert backend.refusal_count() == 1


def test_many_refusals_are_kept_at_once(backend: Backend) -> None:
    refusals = [REFUSAL._replace(ts=day(number)) for number in range(60)]

    backend.process().refusals.record("daily", [*refusals, REFUSAL._replace(reason=Reason.MALFORMED)])

    assert backend.refusal_count() == 61


def replace_value(value: str) -> Refusal:
    return REFUSAL._replace(value=value)

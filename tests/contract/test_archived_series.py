"""The warm tier beside the archive: what may expire, what must be archived once more, and how far it has come."""

from dataclasses import replace

from tests.contract.backends import WALL, Backend, Ports
from tradewind.application.ports_bars import SETTLED, Archived, Changed
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_start
from tradewind.domain.series import SeriesChunk, period_end, period_start
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

ACME, BOLT = InstrumentId("ACME.X"), InstrumentId("BOLT.X")
NOW = WALL * 1000
HOUR = 60 * MINUTE
RECENT = period_start(Timeframe.M1, NOW - DAY)
OLD = period_start(Timeframe.M1, NOW - SETTLED - DAY)


def chunk(period: int, *, price: float = 1.5, bars: int = 3, name: InstrumentId = ACME) -> SeriesChunk:
    opens = [period + minute * MINUTE for minute in range(bars)]
    made = [Bar(ts, ts + MINUTE, price, price, price, price, 0.1 + 0.2) for ts in opens]
    return SeriesChunk(name, Timeframe.M1, period, opens[-1] + MINUTE, made)


def stored(ports: Ports, period: int, name: InstrumentId = ACME) -> SeriesChunk:
    (found,) = ports.series.chunks(name, Timeframe.M1, period, period + HOUR)
    return found


def marked(ports: Ports) -> list[tuple[InstrumentId, int]]:
    return [(one.instrument, one.month) for one in ports.series.changed(Timeframe.M1)]


def test_a_fresh_chunk_is_marked_for_nobody(ports: Ports) -> None:
    ports.series.put(chunk(RECENT))
    ports.series.merge(chunk(RECENT, bars=4), stored(ports, RECENT))

    assert marked(ports) == []


def test_a_bar_that_has_settled_marks_its_month(ports: Ports) -> None:
    ports.series.put(chunk(OLD))
    ports.series.put(chunk(OLD, name=BOLT))
    ports.series.put(chunk(RECENT))

    assert marked(ports) == [(ACME, month_start(OLD)), (BOLT, month_start(OLD))]
    assert ports.series.changed(Timeframe.H1) == []


def test_only_what_a_merge_changes_is_marked(ports: Ports) -> None:
    first = period_start(Timeframe.H1, NOW)
    hours = range(first, NOW - HOUR, HOUR)
    bars = [Bar(ts, ts + HOUR, 1.0, 1.0, 1.0, 1.0, 1.0) for ts in hours]
    month = SeriesChunk(ACME, Timeframe.H1, first, bars[-2].ts_close, bars[:-1])
    assert ports.series.merge(month, None)
    (mark,) = ports.series.changed(Timeframe.H1)
    ports.series.settle(mark)

    (there,) = ports.series.chunks(ACME, Timeframe.H1, first, NOW)
    assert ports.series.merge(replace(month, through=bars[-1].ts_close, bars=bars), there)
    assert ports.series.changed(Timeframe.H1) == []
    (there,) = ports.series.chunks(ACME, Timeframe.H1, first, NOW)
    assert ports.series.merge(replace(there, bars=[bars[0]._replace(close=0.5), *bars[1:]]), there)
    assert [one.month for one in ports.series.changed(Timeframe.H1)] == [month_start(first)]


def test_a_chunk_that_was_released_is_marked_when_it_is_written_over_and_expires_no_more(ports: Ports) -> None:
    ports.series.put(chunk(RECENT))
    before = stored(ports, RECENT)
    assert ports.series.release(before) is True
    assert ports.series.release(before) is True

    assert ports.series.merge(chunk(RECENT, price=1.7), before) is True
    assert marked(ports) == [(ACME, month_start(RECENT))]
    assert ports.series.release(before) is False
    assert stored(ports, RECENT) == chunk(RECENT, price=1.7)
    ports.series.release(stored(ports, RECENT))
    assert ports.series.put(chunk(RECENT, price=1.8)) is True
    assert ports.series.put(replace(chunk(RECENT), through=1)) is False


def test_a_chunk_that_is_not_there_cannot_be_released(ports: Ports) -> None:
    ports.series.put(chunk(RECENT))

    assert ports.series.release(replace(stored(ports, RECENT), period=RECENT + HOUR, bars=())) is False


def test_a_chunk_is_forgotten_only_as_it_was_read(ports: Ports) -> None:
    ports.series.put(chunk(RECENT))
    before = stored(ports, RECENT)
    ports.series.put(chunk(RECENT, price=1.7))

    assert ports.series.forget(before) is False
    assert ports.series.forget(stored(ports, RECENT)) is True
    assert ports.series.span(ACME, Timeframe.M1) == (0, 0)
    assert ports.series.forget(before) is True


def test_a_mark_stays_if_something_has_changed_since_it_was_read(backend: Backend) -> None:
    ports = backend.process()
    ports.series.put(chunk(OLD))
    (mark,) = ports.series.changed(Timeframe.M1)
    backend.process().series.put(chunk(OLD, price=1.7))

    ports.series.settle(mark)
    assert marked(ports) == [(ACME, month_start(OLD))]
    ports.series.settle(*ports.series.changed(Timeframe.M1))
    assert marked(ports) == []
    ports.series.settle(Changed(BOLT, Timeframe.M1, month_start(OLD), "never"))


def test_the_span_of_a_series_is_that_of_its_chunks(ports: Ports) -> None:
    assert ports.series.span(ACME, Timeframe.M1) == (0, 0)

    for period in (RECENT, OLD, RECENT - HOUR):
        ports.series.put(chunk(period))
    ports.series.put(chunk(RECENT + HOUR, name=BOLT))

    assert ports.series.span(ACME, Timeframe.M1) == (OLD, period_end(Timeframe.M1, RECENT))


def test_the_archive_s_watermarks_only_advance(backend: Backend) -> None:
    ports = backend.process()
    assert ports.series.archived("minutes") == Archived()

    ports.series.advance_archived("minutes", Archived(DAY, 2 * DAY, (ACME, BOLT)))
    ports.series.advance_archived("minutes", Archived(DAY, DAY, (ACME,)))
    ports.series.advance_archived("minutes", Archived(0, 3 * DAY, (ACME,)))

    assert backend.process().series.archived("minutes") == Archived(DAY, 2 * DAY, (ACME, BOLT))
    assert ports.series.archived("other") == Archived()
    ports.series.advance("minutes", DAY)
    assert ports.series.archived("minutes").begun == 2 * DAY


def test_chunks_that_are_merged_together_mark_the_months_that_changed(ports: Ports) -> None:
    ports.series.put(chunk(OLD))
    (mark,) = ports.series.changed(Timeframe.M1)
    ports.series.settle(mark)
    longer, other = chunk(OLD, bars=5), chunk(OLD + HOUR)

    assert ports.series.merge_all([(longer, stored(ports, OLD)), (other, None)])

    assert [stored(ports, OLD), stored(ports, OLD + HOUR)] == [longer, other]
    assert marked(ports) == [(ACME, month_start(OLD))]


def test_of_chunks_that_are_merged_together_none_takes_the_place_of_what_nobody_has_seen(ports: Ports) -> None:
    ports.series.put(chunk(OLD, price=2.5))

    assert not ports.series.merge_all([(chunk(OLD + HOUR), None), (chunk(OLD), None)])

    assert stored(ports, OLD) == chunk(OLD, price=2.5)

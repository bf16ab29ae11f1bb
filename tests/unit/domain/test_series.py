from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cli.bars import load_bokeh
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, bars_of, period_end, period_start, steps
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

BTC = InstrumentId("BTC-USD.KRAKEN")


def ms(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type, misc]


def there_and_back(chunk: SeriesChunk) -> SeriesChunk:
    return SeriesChunk.from_bytes(chunk.instrument, chunk.timeframe, chunk.period, chunk.to_bytes())


def test_a_year_of_daily_bars_comes_back_bit_for_bit_and_takes_few_bytes() -> None:
    bars = [bar for bar in load_bokeh(["MSFT"])[0].bars if ms(2010, 1, 1) <= bar.ts_open < ms(2011, 1, 1)]
    chunk = SeriesChunk(BTC, Timeframe.D1, ms(2010, 1, 1), ms(2011, 1, 1), bars)

    assert there_and_back(chunk) == chunk
    assert len(chunk.to_bytes()) < 12 * len(bars)


@pytest.mark.parametrize("price", [1 / 3, 2.0**60, 1e-13, 123456.789012345])
def test_values_that_are_no_short_decimals_come_back_bit_for_bit_too(price: float) -> None:
    bars = [Bar(k * MINUTE, (k + 1) * MINUTE, price, price, price, price, price * k) for k in (0, 3, 59)]
    chunk = SeriesChunk(BTC, Timeframe.M1, 0, 60 * MINUTE, bars)

    assert there_and_back(chunk) == chunk


def test_values_that_share_no_number_of_decimals_come_back_bit_for_bit_too() -> None:
    huge = 2.0**52 + 1
    chunk = SeriesChunk(BTC, Timeframe.M1, 0, 1, [Bar(0, MINUTE, 1e-12, huge, 1e-12, 1e-12, 1.0)])

    assert there_and_back(chunk) == chunk


def test_a_chunk_without_bars_comes_back() -> None:
    chunk = SeriesChunk(BTC, Timeframe.M1, 0, 60 * MINUTE, [])

    assert there_and_back(chunk) == chunk


prices = st.one_of(
    st.integers(1, 10**9).map(lambda n: n / 10**4), st.floats(1e-9, 1e9), st.decimals(1, 10**5, places=8).map(float)
)
minutes = st.lists(st.integers(0, 59), unique=True).map(sorted)


@given(minutes, st.data())
def test_every_possible_bar_survives_packing(times: list[int], data: st.DataObject) -> None:
    bars = []
    for minute in times:
        low, o, c, high = sorted(data.draw(prices) for _ in range(4))
        bars.append(Bar(minute * MINUTE, (minute + 1) * MINUTE, o, high, low, c, data.draw(st.floats(0, 1e12))))
    chunk = SeriesChunk(BTC, Timeframe.M1, 0, 60 * MINUTE, bars)

    assert there_and_back(chunk) == chunk


hours = st.tuples(st.sets(st.integers(0, 59)).map(sorted), st.sampled_from([1.0, 0.25, 0.01, 1e-8, 1 / 3]))


@given(st.lists(hours, max_size=5), st.randoms(use_true_random=False))
def test_many_chunks_are_unpacked_together_as_each_is_by_itself(
    wanted: list[tuple[list[int], float]], chance: Random
) -> None:
    chunks = []
    for number, (times, step) in enumerate(wanted):
        begin, bars = number * 60 * MINUTE, []
        for minute in times:
            prices = sorted(round(chance.randint(1, 10**6) * step, 9) for _ in range(4))
            ends = (prices[1], prices[2]) if chance.random() < 0.5 else (prices[2], prices[1])
            ts, volume = begin + minute * MINUTE, chance.randint(0, 10**9) * step
            bars.append(Bar(ts, ts + MINUTE, ends[0], prices[3], prices[0], ends[1], volume))
        chunks.append(SeriesChunk(BTC, Timeframe.M1, begin, begin + 60 * MINUTE, bars))

    found = bars_of(BTC, Timeframe.M1, ((one.period, one.to_bytes()) for one in chunks))

    assert found == [bar for one in chunks for bar in one.bars]


def test_chunks_that_do_not_follow_each_other_are_refused() -> None:
    bar = Bar(0, MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)
    chunk = SeriesChunk(BTC, Timeframe.M1, 0, MINUTE, [bar])

    with pytest.raises(PermanentError, match="1m: their bars do not ascend"):
        bars_of(BTC, Timeframe.M1, [(0, chunk.to_bytes())] * 2)


def test_damaged_bytes_are_refused_and_say_which_chunk() -> None:
    data = bytearray(SeriesChunk(BTC, Timeframe.M1, 0, 1, [Bar(0, MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)]).to_bytes())
    data[10] ^= 1

    with pytest.raises(PermanentError, match=r"chunk BTC-USD\.KRAKEN 1m 0: checksum mismatch"):
        SeriesChunk.from_bytes(BTC, Timeframe.M1, 0, bytes(data))
    with pytest.raises(PermanentError, match="checksum mismatch"):
        SeriesChunk.from_bytes(BTC, Timeframe.M1, 0, b"")


def test_a_chunk_takes_no_bar_of_another_period_and_none_twice() -> None:
    bar = Bar(0, MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)

    with pytest.raises(BadInputError, match="ascend within the period"):
        SeriesChunk(BTC, Timeframe.M1, 60 * MINUTE, 0, [bar])
    with pytest.raises(BadInputError, match="ascend within the period"):
        SeriesChunk(BTC, Timeframe.M1, 0, 0, [bar, bar])


@pytest.mark.parametrize(
    ("timeframe", "start", "end"),
    [
        (Timeframe.M1, ms(2024, 2, 29, 13), ms(2024, 2, 29, 14)),
        (Timeframe.M5, ms(2024, 2, 29), ms(2024, 3, 1)),
        (Timeframe.M15, ms(2024, 2, 29), ms(2024, 3, 1)),
        (Timeframe.H1, ms(2024, 2, 1), ms(2024, 3, 1)),
        (Timeframe.H4, ms(2024, 2, 1), ms(2024, 3, 1)),
        (Timeframe.D1, ms(2024, 1, 1), ms(2025, 1, 1)),
    ],
)
def test_each_timeframe_has_its_period(timeframe: Timeframe, start: int, end: int) -> None:
    inside = ms(2024, 2, 29, 13, 20)

    assert period_start(timeframe, inside) == start
    assert period_end(timeframe, start) == end


@given(st.sampled_from(list(Timeframe)), st.integers(0, 40_000 * DAY))
def test_periods_follow_each_other_without_gap_or_overlap(timeframe: Timeframe, moment: int) -> None:
    start = period_start(timeframe, moment)
    end = period_end(timeframe, start)

    assert start <= moment < end
    assert period_start(timeframe, end) == end
    assert period_start(timeframe, end - 1) == start


def test_steps_are_the_distinct_closes_of_all_series_in_time_order() -> None:
    apple, ibm = load_bokeh(["AAPL", "IBM"])
    few = [replace(apple, bars=apple.bars[:3]), replace(ibm, bars=ibm.bars[2:5])]
    closes = [bar.ts_close for bar in apple.bars[:5]]

    assert steps(few) == closes
    assert steps(few, start=closes[0], end=closes[3]) == closes[1:4]

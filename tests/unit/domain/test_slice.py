import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ACME, BOLT, bar, day
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.packing import seal
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS, Slice
from tradewind.domain.timeframe import DAY, Timeframe

SLICE = Slice("daily", Timeframe.D1, day(3), {ACME: bar(3, 1.1, 2.2, 1.0, 2.0)}, {BOLT: "MISSING"}, rev=2)

numbers = st.floats(allow_nan=False)
names = st.from_regex(r"[A-Z]{1,6}-?[A-Z]{0,3}\.[A-Z]{1,6}", fullmatch=True).map(InstrumentId)


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    frame = draw(st.sampled_from(Timeframe))
    ts = draw(st.integers(1, 30_000_000)) * frame.ms
    values = st.tuples(numbers, numbers, numbers, numbers, numbers)
    rows = draw(st.dictionaries(names, values, max_size=12))
    bars = {name: Bar(ts - frame.ms, ts, *row) for name, row in rows.items()}
    return Slice(draw(st.text(max_size=9)), frame, ts, bars, draw(st.dictionaries(names, st.text(max_size=9))))


def read(data: bytes) -> Slice:
    return Slice.from_bytes(SLICE.shard, SLICE.ts_close, SLICE.rev, data)


@given(slices())
def test_a_slice_comes_back_bit_for_bit_and_in_its_order(one: Slice) -> None:
    back = Slice.from_bytes(one.shard, one.ts_close, one.rev, one.to_bytes())

    assert back == one
    assert list(back.bars) == list(one.bars)


@given(st.integers(0, len(SLICE.to_bytes()) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_byte_anywhere_is_named_and_never_read(place: int, flip: int) -> None:
    data = bytearray(SLICE.to_bytes())
    data[place] ^= flip

    with pytest.raises(PermanentError, match=f"slice daily {day(3)} rev 2"):
        read(bytes(data))


@pytest.mark.parametrize("length", range(len(SLICE.to_bytes())))
def test_a_slice_cut_short_anywhere_is_named_and_never_read(length: int) -> None:
    with pytest.raises(PermanentError, match=f"slice daily {day(3)} rev 2"):
        read(SLICE.to_bytes()[:length])


def test_another_schema_is_refused_by_its_number() -> None:
    with pytest.raises(PermanentError, match="schema 7 is unknown here"):
        read(seal({"schema": 7, "timeframe": "1d", "ids": [], "missing": {}}, b""))


def test_values_that_do_not_match_the_instruments_are_refused() -> None:
    with pytest.raises(PermanentError, match="0 values are not 1 bars"):
        read(seal({"schema": 1, "timeframe": "1d", "ids": [ACME], "missing": {}}, b""))


def test_a_shard_takes_ninety_bars_and_no_more() -> None:
    bars = {InstrumentId(f"I{i}.TEST"): bar(3, 1, 1, 1, 1) for i in range(MAXIMUM_INSTRUMENTS + 1)}

    with pytest.raises(BadInputError, match="slice wide has 91 bars: a shard takes 90"):
        Slice("wide", Timeframe.D1, day(3), bars)
    bars.popitem()
    assert len(Slice("wide", Timeframe.D1, day(3), bars).bars) == MAXIMUM_INSTRUMENTS


def test_ninety_real_looking_bars_stay_within_four_kilobytes() -> None:
    prices = [100.0 + 0.37 * i for i in range(MAXIMUM_INSTRUMENTS)]
    bars = {
        InstrumentId(f"SYMBOL{i}-USD.KRAKEN"): bar(3, p, p + 1.13, p - 0.97, p + 0.21, 1000.0 + 17.0 * i)
        for i, p in enumerate(prices)
    }

    assert len(Slice("wide", Timeframe.D1, day(3), bars).to_bytes()) <= 4096


def test_a_slice_opens_one_timeframe_before_it_closes() -> None:
    assert SLICE.ts_open == SLICE.ts_close - DAY

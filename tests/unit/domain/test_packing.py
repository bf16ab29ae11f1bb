"""Columns of bytes come back as they were, and parted ones take less room."""

import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.packing import pack_integers, part, rejoin, to_little_endian, unpack_integers


@given(st.lists(st.floats()))
def test_parted_numbers_come_back_to_the_last_bit(numbers: list[float]) -> None:
    data = to_little_endian(numbers, "d")

    assert rejoin(part(data)) == data


def test_parting_saves_half_a_byte_a_number_where_prices_are_alike() -> None:
    rng = Random(1)  # noqa: S311 - a sample, no secret
    data = to_little_endian([rng.uniform(90, 110) for _ in range(1000)], "d")

    assert len(zlib.compress(part(data))) < len(zlib.compress(data)) - 500


@given(st.lists(st.one_of(st.integers(-129, 128), st.integers(-(2**62), 2**62 - 1))))
def test_packed_integers_come_back(values: list[int]) -> None:
    assert unpack_integers(pack_integers(values)) == values


@given(
    st.lists(
        st.lists(st.one_of(st.integers(-129, 128), st.integers(-40_000, 40_000), st.integers(-(2**62), 2**62 - 1)))
    )
)
def test_packed_integers_come_back_joined(parts: list[list[int]]) -> None:
    assert unpack_integers(*map(pack_integers, parts)) == [value for part in parts for value in part]


@pytest.mark.parametrize("values", [[], [0], [-128, 127], [-129, 0], [128], list(range(-128, 128))])
def test_packed_integers_that_take_a_byte_or_just_more_come_back(values: list[int]) -> None:
    assert unpack_integers(pack_integers(values)) == values

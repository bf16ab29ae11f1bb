"""Columns of bytes come back as they were, and parted ones take less room."""

import zlib
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.packing import part, rejoin, to_little_endian


@given(st.lists(st.floats()))
def test_parted_numbers_come_back_to_the_last_bit(numbers: list[float]) -> None:
    data = to_little_endian(numbers, "d")

    assert rejoin(part(data)) == data


def test_parting_saves_half_a_byte_a_number_where_prices_are_alike() -> None:
    rng = Random(1)  # noqa: S311 - a sample, no secret
    data = to_little_endian([rng.uniform(90, 110) for _ in range(1000)], "d")

    assert len(zlib.compress(part(data))) < len(zlib.compress(data)) - 500

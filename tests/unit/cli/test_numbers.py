"""A number that could be read in two ways is none."""

from decimal import Decimal

import pytest

from tradewind.cli.numbers import decimal_of


@pytest.mark.parametrize(
    ("text", "amount"),
    [("10", "10"), ("1000.5", "1000.5"), (".5", "0.5"), ("-1", "-1"), ("1e3", "1000"), ("61,000.25", "61000.25"),
     ("1_000_000", "1000000")],
)  # fmt: skip
def test_numbers_are_read(text: str, amount: str) -> None:
    assert decimal_of(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "1_0", "1,5", "1_000,000", "1000,000", "_1", "1_", "nan", "inf", "-Infinity", "ten", "1 0", " 1", "١٠", "1e",
     ".", "1e9999999999999999999"],
)  # fmt: skip
def test_what_is_no_number_or_could_be_two_is_none(text: str) -> None:
    assert decimal_of(text) is None

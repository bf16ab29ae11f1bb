from math import inf, nan

import pytest

from tests.builders import bar

VALUES = {"open_": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 5.0}


def fault(**changes: float) -> str:
    return bar(2, **{**VALUES, **changes}).fault()


def test_a_sound_bar_has_no_fault() -> None:
    assert fault() == ""
    assert bar(2, 10.0, 10.0, 10.0, 10.0, 0.0).fault() == ""


@pytest.mark.parametrize("field", ["open_", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_is_named(field: str, value: float) -> None:
    assert fault(**{field: value}) == "NOT_A_NUMBER"


@pytest.mark.parametrize("field", ["open_", "high", "low", "close"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_price_must_be_positive(field: str, value: float) -> None:
    assert fault(**{field: value}) == "NON_POSITIVE_PRICE"


@pytest.mark.parametrize("field", ["open_", "high", "close", "volume"])
def test_an_absurd_number_is_named(field: str) -> None:
    assert fault(**{field: 1e300}) == "ABSURD_NUMBER"


def test_a_volume_must_not_be_negative() -> None:
    assert fault(volume=-0.1) == "NEGATIVE_VOLUME"


@pytest.mark.parametrize(
    "change", [{"high": 10.9}, {"low": 10.1}, {"open_": 12.1}, {"open_": 8.9}, {"close": 12.1}, {"close": 8.9}]
)
def test_high_and_low_must_span_the_bar(change: dict[str, float]) -> None:
    assert fault(**change) == "OHLC_VIOLATION"

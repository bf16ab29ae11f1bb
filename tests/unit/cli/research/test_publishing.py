"""What is published fits into an answer of the API and into JSON, and keeps what a page needs."""

import pytest

from tradewind.cli.errors import InputError
from tradewind.cli.research import publishing


def test_a_long_curve_is_thinned_evenly_and_keeps_its_end() -> None:
    assert publishing.thinned(list(range(1001)), 500)[-3:] == [994, 997, 1000]
    assert len(publishing.thinned(list(range(1001)), 500)) == 334
    assert publishing.thinned([1, 2, 3], 500) == [1, 2, 3]
    assert publishing.thinned([], 500) == []


@pytest.mark.parametrize("name", ["", ".list", "a/b", "a..b", "x" * 101])
def test_a_name_that_no_address_could_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="--publish"):
        publishing.checked(name)


def test_a_number_that_is_none_becomes_null() -> None:
    assert publishing._sound({"a": (1.0, float("nan")), "b": {"c": float("inf")}}) == {
        "a": [1.0, None],
        "b": {"c": None},
    }

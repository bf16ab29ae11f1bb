"""What people read, however much there is of it."""

import pytest

from tradewind.cli.output import first_of


@pytest.mark.parametrize(
    ("count", "told"), [(0, ""), (1, "0"), (3, "0, 1, 2"), (4, "0, 1, 2 and 1 more"), (1003, "0, 1, 2 and 1,000 more")]
)
def test_of_many_names_the_first_are_told_and_how_many_more_there_are(count: int, told: str) -> None:
    assert first_of(range(count), most=3) == told

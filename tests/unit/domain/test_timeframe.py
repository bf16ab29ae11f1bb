import pytest

from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import DAY, Timeframe


def test_every_timeframe_knows_its_length() -> None:
    minutes = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}

    assert {str(frame): frame.ms // 60_000 for frame in Timeframe} == minutes
    assert Timeframe.D1.ms == DAY == 86_400_000


def test_a_timeframe_reads_as_traders_spell_it() -> None:
    assert Timeframe.parse("4h") is Timeframe.H4


@pytest.mark.parametrize("text", ["", "1M", "2h", "1 d", "day"])
def test_an_unknown_timeframe_is_refused_with_those_that_are_known(text: str) -> None:
    with pytest.raises(BadInputError, match="use one of 1m, 5m, 15m, 1h, 4h, 1d"):
        Timeframe.parse(text)

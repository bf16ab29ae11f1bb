from decimal import Decimal

import pytest

from tests.venues.private import KEY, SECRET
from tests.venues.trading import Pit, pit
from tradewind.cli.commands.live_venue import _answers
from tradewind.cli.errors import CommandError
from tradewind.domain.configuration import Configuration
from tradewind.domain.instrument import Instrument, InstrumentId


def configuration(at: Pit, tick: str) -> Configuration:
    rules = {
        name: Instrument(name, Decimal(tick), Decimal("0.00001")) for name in (at.instrument, InstrumentId("X-Y.Z"))
    }
    return Configuration("prod", "system", 0, (), rules, (), (), (), "hash")


@pytest.mark.parametrize("name", ["kraken", "bybit", "alpaca"])
def test_a_venue_that_lets_us_in_says_what_is_there(name: str) -> None:
    with pit(name) as at:
        at.venue.submit(at.resting(quantity=Decimal(4)))
        said = dict(_answers(configuration(at, "0.05"), at.venue))

    assert said["balance BTC"] == "10, 6 free"
    assert said["open orders"] == "1"
    assert said["X-Y.Z"] == "not listed there"
    assert said[at.instrument].startswith("tick 0.01, lot 0.00001, trading; configured are tick 0.05")
    assert said["its clock"].endswith(" s from ours")


def test_a_venue_that_does_not_says_why_in_one_sentence_without_a_secret() -> None:
    with pit("kraken") as at:
        assert at.account
        at.account.key = "rotated"
        with pytest.raises(CommandError, match="does not let us in: BAD_CREDENTIALS") as refused:
            list(_answers(configuration(at, "0.01"), at.venue))

    assert KEY not in str(refused.value)
    assert SECRET not in str(refused.value)

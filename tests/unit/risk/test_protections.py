"""What ended lately pauses a strategy, and the pause says until when."""

from decimal import Decimal

import pytest

from tests.builders import ACME, BOLT, day
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Closed
from tradewind.domain.order import Leg
from tradewind.domain.protections import Protections
from tradewind.domain.timeframe import DAY
from tradewind.risk.protections import Pause, Recent, pause


def closed(number: int, realised: int, leg: Leg = Leg.STOP, instrument: InstrumentId = ACME) -> Closed:
    return Closed(day(number), instrument, "dipper", leg, Decimal(realised), Decimal(10_000), Decimal(100_000))


def paused(rules: Protections, *ended: Closed, now: int = 10, instrument: InstrumentId = ACME) -> Pause | None:
    return pause(rules, Recent(ended, day(now), DAY), instrument)


COOLDOWN = Protections(cooldown_bars=3)
GUARD = Protections(stops=2, window_bars=5, pause_bars=4)
DRAWDOWN = Protections(drawdown=Decimal("0.02"), window_bars=8, pause_bars=4)
LOW = Protections(low_profit_trips=2, low_profit=Decimal("0.01"), window_bars=8, pause_bars=4)


def test_nothing_is_on_by_default() -> None:
    assert not Protections().are_on
    assert paused(Protections(), closed(10, -9_000)) is None


@pytest.mark.parametrize(("now", "until"), [(10, 12), (11, 12), (12, None)])
def test_an_instrument_cools_down_after_it_was_left(now: int, until: int | None) -> None:
    found = paused(COOLDOWN, closed(9, 500, Leg.TARGET), now=now)

    assert (found and (found.code, found.until)) == (("COOLDOWN", day(until)) if until else None)


def test_another_instrument_does_not_cool_down() -> None:
    assert paused(COOLDOWN, closed(9, 500), instrument=BOLT) is None


def test_the_text_says_until_when() -> None:
    assert str(Pause("COOLDOWN", day(20_000))) == "COOLDOWN: until 2024-10-04 00:00 UTC"


def test_losing_stops_in_the_window_pause_the_strategy_on_every_instrument() -> None:
    found = paused(GUARD, closed(7, -1), closed(9, -1, instrument=BOLT), instrument=InstrumentId("CORE.TEST"))

    assert found == Pause("STOP_GUARD", day(13))


@pytest.mark.parametrize(
    "ended",
    [
        (closed(9, -1),),
        (closed(9, -1), closed(8, -1, Leg.EXIT)),
        (closed(9, -1), closed(8, 1)),
        (closed(5, -1), closed(9, -1)),
    ],
    ids=["one alone", "an exit of the rule's own", "a stop that won", "outside the window"],
)
def test_fewer_losing_stops_do_not(ended: tuple[Closed, ...]) -> None:
    assert paused(GUARD, *ended) is None


def test_a_fall_of_what_was_realised_pauses_from_its_last_position_on() -> None:
    found = paused(DRAWDOWN, closed(5, 3_000), closed(7, -1_000), closed(9, -1_000))

    assert found == Pause("DRAWDOWN_PAUSE", day(13))


def test_a_smaller_fall_does_not() -> None:
    assert paused(DRAWDOWN, closed(5, 3_000), closed(7, -1_000), closed(9, -999)) is None


def test_an_instrument_that_earned_too_little_on_its_cost_is_paused_alone() -> None:
    ended = (closed(7, 100), closed(8, 99), closed(9, -50, instrument=BOLT))

    assert paused(LOW, *ended) == Pause("LOW_PROFIT", day(12))
    assert paused(LOW, *ended, instrument=BOLT) is None
    assert paused(LOW, closed(7, 100), closed(8, 100)) is None


def test_the_longest_pause_is_told() -> None:
    both = Protections(cooldown_bars=9, stops=1, window_bars=5, pause_bars=2)

    assert paused(both, closed(9, -1)) == Pause("COOLDOWN", day(18))

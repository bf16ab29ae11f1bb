"""Who belonged to a universe day by day, and from when to when."""

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.membership import ALWAYS, MADE, Belonging, UniverseHistory, day_of_close
from tradewind.domain.timeframe import DAY

ACME, BOLT, CORE = (InstrumentId(f"{name}-USDT.X") for name in ("ACME", "BOLT", "CORE"))
HISTORY = UniverseHistory(
    "mine", (10, 11, 15, 20), (frozenset({ACME}), frozenset({ACME, BOLT}), frozenset({BOLT}), frozenset({ACME}))
)


def test_a_day_that_was_not_recorded_is_like_the_one_before_and_before_the_first_nothing_is_known() -> None:
    assert [HISTORY.on(day) for day in (9, 10, 14, 15, 99)] == [None, {ACME}, {ACME, BOLT}, {BOLT}, {ACME}]
    assert HISTORY.between(12, 15) == {ACME, BOLT}
    assert HISTORY.between(15, 19) == {BOLT}
    assert HISTORY.between(1, 9) == frozenset()


def test_an_instrument_joins_and_leaves_when_the_day_is_made_and_not_before() -> None:
    belonging = Belonging.of(HISTORY)

    assert belonging.turns_of(ACME) == [day * DAY + MADE for day in (10, 15, 20)]
    asked = [(10, 0), (10, MADE), (10, MADE + 1), (15, MADE), (15, MADE + 1), (20, MADE + 1)]
    assert [belonging.belongs(ACME, day * DAY + ms) for day, ms in asked] == [False, False, True, True, False, True]
    assert [day_of_close(day * DAY + ms) for day, ms in asked] == [9, 9, 10, 14, 15, 20]
    assert belonging.belongs(ACME, HISTORY.begins)
    assert not belonging.belongs(ACME, HISTORY.begins - 1)


def test_of_another_venue_nothing_is_said() -> None:
    belonging = Belonging.of(HISTORY)

    assert (belonging.turns_of(CORE), belonging.turns_of(InstrumentId("CORE.Y"))) == ((), ALWAYS)
    assert belonging.belongs(InstrumentId("CORE.Y"), 1)


def test_two_spellings_of_one_instrument_belong_as_long_as_either_does() -> None:
    one = HISTORY.spelled(lambda _: ACME)

    assert Belonging.of(one).turns == {ACME: [10 * DAY + MADE]}

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.providers import FakeBreakers
from tradewind.application.failover import CACHE, FORGET, FailoverSource, Provider
from tradewind.application.ports_market import Answer, BarSource, Failure
from tradewind.domain.breaker import COOL_DOWN, PATIENCE, THRESHOLD, Circuit
from tradewind.domain.calendar import Calendar
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar, Reason

A, B = InstrumentId("A-USD.X"), InstrumentId("B-USD.X")
M = MINUTE
DOWN = Failure("TIMEOUT", "no answer in 5 s")
UNKNOWN = Failure("UNKNOWN_PAIR", "never heard of it", lasting=True)


def row(minute: int, price: float = 10.0, **changes: object) -> RawBar:
    """Return the row of the bar that closes at a minute."""
    return RawBar((minute - 1) * M, price, price + 1, price - 1, price, 5.0)._replace(**changes)


def rows(*minutes: int, price: float = 10.0) -> list[RawBar]:
    return [row(minute, price) for minute in minutes]


@dataclass
class Scripted(BarSource):
    says: Mapping[InstrumentId, Sequence[RawBar] | Failure] = field(default_factory=dict)
    dies: bool = False
    listed: int = 0
    asked: list[list[InstrumentId]] = field(default_factory=list)

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        self.asked.append(list(instruments))
        if self.dies:
            raise TransientError("connection reset")
        told = {name: self.says.get(name, DOWN) for name in instruments}
        return Answer(
            {name: what for name, what in told.items() if not isinstance(what, Failure)},
            {name: what for name, what in told.items() if isinstance(what, Failure)},
        )

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return self.listed


@dataclass
class World:
    first: Scripted
    second: Scripted = field(default_factory=Scripted)
    breakers: FakeBreakers = field(default_factory=FakeBreakers)
    now: int = 1_000 * M

    def __post_init__(self) -> None:
        self.source = self.process()

    def process(self) -> FailoverSource:
        providers = [Provider("first", self.first), Provider("second", self.second)]
        return FailoverSource(providers, self.breakers, Calendar(), lambda: self.now)

    def ask(self, *names: InstrumentId, since: int = 0, until: int = 3) -> Answer:
        return self.source.bars(names or (A,), Timeframe.M1, since * M, until * M)


def closes(answer: Answer, name: InstrumentId = A) -> list[tuple[int, object]]:
    return [(int(str(one.ts_open)) // M + 1, one.close) for one in answer.rows[name]]


def test_where_the_first_serves_all_nobody_else_is_asked() -> None:
    world = World(Scripted({A: rows(1, 2, 3)}))

    answer = world.ask()

    assert (closes(answer), answer.sources, world.second.asked) == ([(1, 10.0), (2, 10.0), (3, 10.0)], {}, [])


def test_the_next_is_asked_only_for_what_failed() -> None:
    world = World(Scripted({A: rows(1, 2, 3), B: UNKNOWN}), Scripted({B: rows(1, 2, 3)}))

    answer = world.ask(A, B)

    assert (world.second.asked, answer.sources, answer.failures) == ([[B]], {B: "second"}, {})


def test_a_provider_that_raises_fails_every_instrument_and_stops_no_other() -> None:
    world = World(Scripted(dies=True), Scripted({A: rows(3)}))

    assert closes(world.ask(since=2)) == [(3, 10.0)]


def test_an_unsound_row_is_put_aside_for_a_sound_one_and_stays_on_record() -> None:
    world = World(
        Scripted({A: [row(1), row(2, high=1.0), row(3)]}), Scripted({A: rows(1, 2, 3, price=20.0)})
    )  # fmt: skip

    answer = world.ask()

    assert closes(answer) == [(1, 10.0), (2, 20.0), (3, 10.0)]
    assert [(refusal.ts, refusal.reason) for refusal in answer.refusals] == [(M, Reason.OHLC_VIOLATION)]


def test_bars_that_end_a_timestep_early_may_be_late_but_two_are_stale() -> None:
    late = World(Scripted({A: rows(1, 2)}), Scripted({A: rows(1, 2, 3)}))
    stale = World(Scripted({A: rows(1)}), Scripted({A: rows(1, 2, 3, price=20.0)}))

    assert (closes(late.ask()), late.second.asked) == ([(1, 10.0), (2, 10.0)], [])
    assert closes(stale.ask()) == [(1, 10.0), (2, 20.0), (3, 20.0)]


def test_who_does_not_reach_back_to_the_end_of_an_outage_leaves_its_beginning_to_the_next() -> None:
    minutes = range(1, 801)
    world = World(Scripted({A: rows(*minutes[80:])}), Scripted({A: rows(*minutes, price=20.0)}))

    answer = world.ask(until=800)

    assert closes(answer) == [(minute, 20.0 if minute <= 80 else 10.0) for minute in minutes]
    assert world.ask(since=700, until=800).sources == {}


def test_where_nobody_serves_the_failure_names_everybody_and_lasts_only_if_all_do() -> None:
    world = World(Scripted({A: UNKNOWN, B: UNKNOWN}), Scripted({A: UNKNOWN, B: DOWN}))

    failures = world.ask(A, B).failures

    assert failures[A].reason == "UNKNOWN_PAIR"
    assert "first: UNKNOWN_PAIR" in failures[A].detail
    assert "second: UNKNOWN_PAIR" in failures[A].detail
    assert (failures[A].lasting, failures[B].lasting) == (True, False)


def test_what_a_provider_does_not_have_it_is_not_asked_for_again_for_an_hour() -> None:
    world = World(Scripted({A: UNKNOWN, B: rows(1, 2, 3)}), Scripted({A: rows(1, 2, 3)}))
    for _ in range(3):
        answer = world.ask(A, B)
        assert answer.sources == {A: "second"}

    world.now += FORGET
    world.ask(A, B)

    assert world.first.asked == [[A, B], [B], [B], [A, B]]
    assert world.ask(A).sources == {A: "second"}
    assert len(world.first.asked) == 4


def test_listing_is_known_from_whoever_knows() -> None:
    assert World(Scripted(), Scripted(listed=7)).source.listed_since(A, Timeframe.M1) == 7


# ── the breaker ──────────────────────────────────────────────────────────────────────────────────────────────────


def broken() -> World:
    world = World(Scripted(dies=True), Scripted({A: rows(3)}))
    for _ in range(THRESHOLD):
        world.ask(since=2)
    return world


def test_a_provider_that_keeps_failing_is_left_alone_and_the_reason_is_known() -> None:
    world = broken()

    assert closes(world.ask(since=2)) == [(3, 10.0)]
    assert len(world.first.asked) == THRESHOLD
    assert world.breakers.items["first"].reason == "UNAVAILABLE: connection reset"


def test_every_other_function_leaves_it_alone_too() -> None:
    world = broken()

    world.process().bars([A], Timeframe.M1, 2 * M, 3 * M)

    assert len(world.first.asked) == THRESHOLD


def test_after_a_while_one_function_tries_and_the_others_wait() -> None:
    world = broken()
    world.now += COOL_DOWN
    one, other = world.process(), world.process()
    seen: list[object] = []

    def while_it_tries(*_: object) -> Answer:
        seen.append(other.bars([A], Timeframe.M1, 2 * M, 3 * M).sources)
        return Answer({A: rows(3)})

    world.first.bars = while_it_tries  # type: ignore[assignment]
    one.bars([A], Timeframe.M1, 2 * M, 3 * M)

    assert seen == [{A: "second"}]
    assert world.breakers.items["first"].is_fresh


def test_a_trial_that_fails_opens_it_for_longer() -> None:
    world = broken()
    opened = world.breakers.items["first"].opened
    world.now += COOL_DOWN

    world.ask(since=2)

    breaker = world.breakers.items["first"]
    assert (breaker.state, breaker.until, breaker.opened) == (Circuit.OPEN, world.now + 2 * COOL_DOWN, opened)


def test_a_trial_whose_function_died_is_made_by_another() -> None:
    world = broken()
    world.now += COOL_DOWN
    world.breakers.put(world.breakers.get("first").trial(world.now))
    world.now += PATIENCE
    world.first.dies, world.first.says = False, {A: rows(3)}

    assert world.ask(since=2).sources == {}


def test_instruments_that_a_provider_does_not_know_break_nothing() -> None:
    world = World(Scripted({A: UNKNOWN}))

    for _ in range(THRESHOLD + 1):
        world.ask()

    assert "first" not in world.breakers.items


def test_one_success_between_failures_begins_the_count_anew() -> None:
    world = World(Scripted({A: DOWN}))
    world.ask()
    world.first.says = {A: rows(1, 2, 3)}
    world.ask()
    world.first.says = {A: DOWN}
    world.ask()

    assert world.breakers.items["first"].state is Circuit.CLOSED


def test_while_all_is_well_breakers_are_read_rarely_and_never_written() -> None:
    world = World(Scripted({A: rows(1, 2, 3)}))
    for _ in range(20):
        world.ask()
        world.now += CACHE // 10

    assert (world.breakers.reads, world.breakers.items) == (2, {})


def test_the_rate_limiter_is_told_how_many_requests_come() -> None:
    told: list[int] = []
    first = Provider("first", Scripted({A: rows(3), B: rows(3)}), told.append)

    FailoverSource([first], FakeBreakers(), Calendar(), lambda: 0).bars([A, B], Timeframe.M1, 2 * M, 3 * M)

    assert told == [2]


def test_an_outlier_is_put_aside_for_the_next_provider_s_row_and_stays_on_record() -> None:
    slip = [row(2), row(3, price=100.0), row(4)]
    world = World(Scripted({A: slip}), Scripted({A: rows(2, 3, 4, price=10.5)}))

    answer = world.ask(since=2, until=4)

    assert closes(answer) == [(3, 10.5), (4, 10.0)]
    assert [(refusal.ts, refusal.reason) for refusal in answer.refusals] == [(2 * M, Reason.OUTLIER)]


def test_what_is_unsound_before_what_was_asked_for_is_no_refusal_of_this_call() -> None:
    world = World(Scripted({A: [row(2, high=1.0), row(3), row(4)]}))

    answer = world.ask(since=2, until=4)

    assert (closes(answer), answer.refusals) == ([(3, 10.0), (4, 10.0)], ())


def test_a_row_whose_time_cannot_be_read_is_refused_though_one_more_bar_was_asked_for() -> None:
    world = World(Scripted({A: [row(3), row(4, ts_open="soon")]}), Scripted({A: rows(3, 4)}))

    assert [refusal.reason for refusal in world.ask(since=2, until=4).refusals] == [Reason.UNREADABLE_TIME]

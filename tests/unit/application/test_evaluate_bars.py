from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests import puppet
from tests.builders import ACME, BOLT, FREE, PAPER, bar, book, configuration, day, held, intent, share
from tests.fakes.evaluator_stores import FakeDecisions, FakeOrderQueue, FakeProgress, FakeSlices
from tests.fakes.ledger import FakeLedger
from tests.fakes.market_stores import FakeSeriesStore
from tests.fakes.world import FakeNotices
from tests.puppet import at_work, code
from tradewind.application.desk import AtWork
from tradewind.application.evaluate_bars import BATCH, EvaluateBars
from tradewind.application.evaluated import Evaluated
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.ports import Pending, ShardProgress
from tradewind.application.shard_state import ShardState
from tradewind.application.state_keeper import StateKeeper
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.decision import Action
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import BadInputError, ConflictError, InvariantError, TransientError
from tradewind.domain.events import Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.messages import BarMessage, IntentMessage
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe

NAMES = (ACME, BOLT)
ONE = at_work()


def shown(number: int, strength: float = 0.0, price: float = 100.0) -> Bar:
    return bar(number, price, price + 1, price - 1, price, round(strength * 1000))


def step(number: int, bars: Mapping[InstrumentId, Bar] | None = None, rev: int = 1) -> Slice:
    """Return day `number`'s slice: quiet bars for both instruments unless told otherwise."""
    chosen = {name: shown(number) for name in NAMES} if bars is None else bars
    return Slice("daily", Timeframe.D1, day(number), chosen, rev=rev, previous=day(number - 1))


@dataclass
class World:
    """The evaluator over stores that outlive it."""

    slices: FakeSlices = field(default_factory=FakeSlices)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    progress: FakeProgress = field(default_factory=FakeProgress)
    queue: FakeOrderQueue = field(default_factory=FakeOrderQueue)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    series: FakeSeriesStore = field(default_factory=FakeSeriesStore)
    notices: FakeNotices = field(default_factory=FakeNotices)
    made: Configuration = field(default_factory=lambda: configuration([share(name) for name in NAMES]))

    def evaluator(self, *at_work: AtWork, every: int = 3) -> EvaluateBars:
        """Return a process of its own, cold."""
        mine = at_work or (ONE,)
        return EvaluateBars(
            configuration=self.made,
            at_work={PAPER: mine},
            code=code(mine),
            slices=self.slices,
            decisions=self.decisions,
            progress=self.progress,
            queue=self.queue,
            ledger=self.ledger,
            keeper=StateKeeper(
                self.slices, self.decisions, self.progress, PackedSlices(self.made.shards, self.series), every
            ),
            notices=self.notices,
        )

    def arrive(self, *slices: Slice) -> list[tuple[int, int]]:
        for one in slices:
            self.slices.put(one)
        return [(one.ts_close, one.rev) for one in slices]

    def digest(self) -> str:
        return self.progress.load("daily").digest

    def records(self) -> list[DecisionRecord]:
        return list(self.decisions.items.values())

    def evaluate_days(self, evaluate: EvaluateBars, days: Iterable[int]) -> Evaluated:
        done = Evaluated("daily")
        for number in days:
            done = evaluate("daily", self.arrive(step(number)))
        return done


def entering(number: int) -> Slice:
    return step(number, {ACME: shown(number, 0.9), BOLT: shown(number)})


def intents_of(world: World) -> list[IntentMessage]:
    return [message for message in world.queue.sent if isinstance(message, IntentMessage)]


# ── forward ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_slice_after_the_watermark_is_decided_in_order() -> None:
    world = World()
    world.arrive(*map(step, (1, 2, 3)))

    done = world.evaluator()("daily", [(day(3), 1)])

    assert (done.slices, done.decisions, done.watermark) == (3, 6, day(3))
    assert [record.ts for record in done.records] == [day(1), day(2), day(3)]
    assert [[d.reason for d in record.decisions] for record in done.records] == [
        ["WARMING_UP"] * 2,
        ["SIGNAL_STRENGTH"] * 2,
        ["SIGNAL_STRENGTH"] * 2,
    ]


def test_a_shard_that_has_fallen_far_behind_is_brought_up_in_one_call() -> None:
    world = World()
    world.arrive(*map(step, range(1, BATCH + 6)))

    assert world.evaluator()("daily").watermark == day(BATCH + 5)


def test_a_warm_step_reads_the_one_slice_that_follows_and_searches_nothing() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    searched: list[int] = []
    world.slices.after = lambda *asked: searched.append(asked[1]) or []  # type: ignore[method-assign, func-returns-value]

    assert world.evaluate_days(evaluate, [3]).watermark == day(3)
    assert searched == []


def test_several_slices_that_follow_one_another_are_read_by_key_whatever_order_they_wake_in() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    world.slices.after = lambda *_: pytest.fail("searched")  # type: ignore[method-assign]
    woken = [wake for number in (2, 3, 4) for wake in world.arrive(step(number))]

    done = evaluate("daily", [*reversed(woken), woken[0]])

    assert [record.ts for record in done.records] == [day(2), day(3), day(4)]


def test_slices_that_follow_only_in_part_are_searched_from_where_they_stop() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    woken = world.arrive(step(2))
    world.arrive(step(3))

    done = evaluate("daily", [*woken, *world.arrive(step(4))])

    assert [record.ts for record in done.records] == [day(2), day(3), day(4)]


def test_a_slice_that_does_not_follow_the_watermark_is_searched_for_what_lies_between() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    world.arrive(step(2))

    done = evaluate("daily", world.arrive(step(3)))

    assert [record.ts for record in done.records] == [day(2), day(3)]


def test_a_record_says_what_it_was_decided_on() -> None:
    world = World()
    world.ledger.items.books[PAPER, ACME] = book(positions=[held()], version=7, last_bar=day(1))
    (record,) = world.evaluator()("daily", world.arrive(step(1))).records

    assert (record.configuration, record.code) == ("c0ffee", {ONE.key: "abc"})
    assert record.gates == {"dipper": [["listed", ">"], ["rising", ">"]]}
    assert record.versions == {"paper#ACME.TEST": 7}
    assert (record.state_digest, record.late) == (world.digest(), False)


def test_the_intents_of_a_slice_are_sent_and_are_pending_until_the_ledger_shows_them() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])

    done = evaluate("daily", world.arrive(entering(2)))

    (sent,) = intents_of(world)
    assert done.intents == 1
    assert world.progress.load("daily").pending == (Pending(PAPER, ACME, sent.intent.id),)


def test_a_pending_intent_blocks_its_instrument_and_then_no_more() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    evaluate("daily", world.arrive(entering(2)))
    (first,) = intents_of(world)

    blocked = [evaluate("daily", world.arrive(entering(number))).records[0] for number in (3, 4)]
    show(world, first, OrderStatus.DENIED)
    (freed,) = evaluate("daily", world.arrive(entering(5))).records

    assert [record.decisions[0].reason for record in blocked] == ["PENDING_INTENT"] * 2
    assert freed.decisions[-1].reason == "ENTRY"
    assert [one.intent_id for one in world.progress.load("daily").pending] == [intents_of(world)[-1].intent.id]


def show(world: World, message: IntentMessage, status: OrderStatus) -> None:
    """Let the ledger show what became of an intent."""
    one = message.intent
    order = Order(
        one.id,
        one.account,
        one.instrument,
        one.strategy,
        one.leg,
        one.side,
        one.quantity,
        one.id,
        one.ts,
        status=status,
    )
    world.ledger.items.orders[one.account, one.id] = order


def test_nothing_is_asked_of_the_ledger_while_bars_only_warm_up() -> None:
    world = World(made=replace(configuration([share(name) for name in NAMES]), trade_from=day(2)))
    world.ledger.items.books[PAPER, ACME] = book(positions=[held()], last_bar=day(1))
    evaluate = world.evaluator()

    world.evaluate_days(evaluate, [1, 2, 3])

    assert [record.versions for record in world.records()] == [{}, {}, {"paper#ACME.TEST": 1}]


def test_each_account_decides_for_itself_and_only_on_its_own_timeframe() -> None:
    rules = (FREE, replace(FREE, name="second"), replace(FREE, name="hourly"))
    world = World()
    world.made = replace(world.made, accounts=rules)
    evaluate = world.evaluator()
    hourly = at_work("slow", "hourly")
    evaluate.at_work = {
        PAPER: (ONE,),
        "second": (at_work("dipper", "second"),),
        "hourly": (replace(hourly, rules=replace(hourly.rules, timeframe=Timeframe.H1)),),
    }
    evaluate.code = {**evaluate.code, "second/dipper": "abc", "hourly/slow": "abc"}

    (record,) = evaluate("daily", world.arrive(step(1))).records

    assert [(one.account, one.instrument) for one in record.decisions] == [
        (PAPER, ACME),
        (PAPER, BOLT),
        ("second", ACME),
        ("second", BOLT),
    ]


# ── repeats, races and crashes ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Crash:
    """Lets one call of one port pass, fail before it or fail after it."""

    port: Any
    method: str
    after: bool

    def __enter__(self) -> None:
        self.real = getattr(self.port, self.method)

        def broken(*arguments: Any) -> Any:
            if self.after:
                self.real(*arguments)
            raise TransientError("the world went away")

        setattr(self.port, self.method, broken)

    def __exit__(self, *_: object) -> None:
        setattr(self.port, self.method, self.real)


def test_a_repeated_wake_decides_nothing_and_sends_nothing_again() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    wakes = world.arrive(entering(2))
    evaluate("daily", wakes)
    before = (list(world.queue.sent), dict(world.decisions.items), world.progress.load("daily"))

    for process in (evaluate, world.evaluator()):
        assert process("daily", wakes).slices == 0
    assert (world.queue.sent, world.decisions.items, world.progress.load("daily")) == before


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), [("decisions", "put"), ("queue", "send"), ("progress", "save")])
def test_after_a_crash_exactly_the_stored_list_is_sent(port: str, method: str, after: bool) -> None:
    """The kill switch may be on by the second time: what was decided stands."""
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    wakes = world.arrive(entering(2))
    with Crash(getattr(world, port), method, after), pytest.raises(TransientError):
        evaluate("daily", wakes)
    stored = world.decisions.get("daily", day(2), 1)
    world.ledger.items.controls[PAPER] = Control(TradingState.HALTED)
    sent_before = list(world.queue.sent)

    world.evaluator()("daily", wakes)

    record = world.decisions.get("daily", day(2), 1)
    assert record is not None
    if stored:
        assert record is stored
    assert tuple(world.queue.sent[len(sent_before) :]) in {record.owed, ()}
    assert set(world.queue.sent) == set(record.owed)
    owed = [message.intent.id for message in record.owed if isinstance(message, IntentMessage)]
    assert [one.intent_id for one in world.progress.load("daily").pending] == owed
    assert world.progress.load("daily").watermark == day(2)


def test_a_process_that_lost_the_race_goes_on_from_where_the_winner_came() -> None:
    world = World()
    first, second = world.evaluator(), world.evaluator()
    world.evaluate_days(first, [1])
    second("daily", [])
    world.evaluate_days(second, [2, 3])

    done = first("daily", world.arrive(step(4)))

    assert (done.slices, done.watermark) == (1, day(4))


@dataclass
class Contested(FakeProgress):
    """Somebody else is faster, as often as `losses` says."""

    losses: int = 0

    def save(self, progress: ShardProgress) -> None:
        if self.losses:
            self.losses -= 1
            raise ConflictError("somebody was faster")
        super().save(progress)


def test_a_conflict_is_seen_through() -> None:
    world = World(progress=Contested(losses=2))
    world.arrive(step(1))

    assert world.evaluator()("daily").watermark == day(1)


def test_everlasting_conflict_is_told() -> None:
    world = World(progress=Contested(losses=99))
    world.arrive(step(1))

    with pytest.raises(ConflictError, match="another evaluation is always faster"):
        world.evaluator()("daily")


def test_two_processes_that_take_turns_end_where_one_would() -> None:
    alone, together = World(), World()
    alone.evaluate_days(alone.evaluator(), range(1, 9))
    turns = [together.evaluator(), together.evaluator()]
    for number in range(1, 9):
        turns[number % 2]("daily", together.arrive(step(number)))

    assert together.digest() == alone.digest()
    assert repr(together.records()) == repr(alone.records())


def test_a_state_that_contradicts_the_stored_decisions_is_never_traded_on() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    with Crash(world.progress, "save", after=False), pytest.raises(TransientError):
        evaluate("daily", world.arrive(step(2)))
    record = world.decisions.items["daily", day(2), 1]
    world.decisions.items["daily", day(2), 1] = replace(record, state_digest="other")

    with pytest.raises(InvariantError, match="the state differs from the one that the stored decisions were made on"):
        world.evaluator()("daily", [(day(2), 1)])


def test_a_record_made_on_a_state_that_a_correction_has_replaced_stands_as_it_is() -> None:
    """A correction taken in between the decision and its progress must not stop the shard for good."""
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    with Crash(world.progress, "save", after=False), pytest.raises(TransientError):
        evaluate("daily", world.arrive(entering(3)))
    stored = world.decisions.items["daily", day(3), 1]
    world.slices.items.pop(("daily", day(3), 1))
    world.evaluator()("daily", world.arrive(step(2, {ACME: shown(2, price=90.0), BOLT: shown(2)}, rev=2)))
    world.arrive(entering(3))

    world.evaluator()("daily", [(day(3), 1)])

    assert world.decisions.items["daily", day(3), 1] is stored
    assert world.progress.load("daily").watermark == day(3)
    assert world.digest() == rebuilt(world).digest()
    world.evaluate_days(world.evaluator(), [4])


# ── late: corrections and latecomers ─────────────────────────────────────────────────────────────────────────────


def rebuilt(world: World) -> ShardState:
    """Return the state that all bars, in their latest revisions, lead to from the very beginning."""
    state = ShardState({ONE.key: ONE.strategy})
    latest = {one.ts_close: one for one in world.slices.between("daily", 0, 2**62)}
    for ts in sorted(latest):
        state.advance(latest[ts])
    return state


CORRECTED = {ACME: shown(4, 0.9, price=77.0), BOLT: shown(4)}


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("last", [4, 5, 9])
def test_a_correction_changes_the_state_as_if_it_had_always_been_so(last: int, warm: bool) -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, last + 1))
    process = evaluate if warm else world.evaluator()

    process("daily", world.arrive(step(4, CORRECTED, rev=2)))

    assert world.digest() == rebuilt(world).digest()
    assert world.slices.late("daily") == []
    world.evaluate_days(process, [last + 1])
    world.evaluate_days(world.evaluator(), [last + 2])
    assert world.digest() == rebuilt(world).digest()


def test_a_correction_is_recorded_late_for_what_it_changed_and_sends_nothing() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 7))
    world.queue.sent.clear()

    (record,) = evaluate("daily", world.arrive(step(4, CORRECTED, rev=2))).records

    assert (record.late, record.rev, record.owed, world.queue.sent) == (True, 2, (), [])
    assert [(one.instrument, one.action, one.strength) for one in record.decisions] == [(ACME, Action.REFUSE, 0.9)]
    assert record.decisions[0].reason == "LATE: corrected by revision 2"
    assert world.progress.load("daily").watermark == day(6)


def test_a_bar_that_changes_after_it_was_traded_on_is_told_once_and_never_traded_again() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    evaluate("daily", world.arrive(entering(2)))
    sent = len(world.queue.sent)

    evaluate("daily", world.arrive(replace(entering(2), bars={**entering(2).bars, ACME: shown(2, 0.1)}, rev=2)))
    evaluate("daily")

    (told,) = world.notices.waiting.values()
    assert (told.event.kind, told.event.severity, told.event.instrument) == ("BAR_CHANGED", Severity.CRITICAL, ACME)
    assert told.event.data == {"trace": f"daily@{day(2)}.1"}
    assert len(world.queue.sent) == sent


def test_a_bar_that_nobody_traded_on_may_change_in_silence() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    evaluate("daily", world.arrive(entering(2)))

    evaluate("daily", world.arrive(replace(entering(2), bars={**entering(2).bars, BOLT: shown(2, 0.3)}, rev=2)))

    assert world.notices.waiting == {}


def test_two_corrections_of_one_bar_leave_the_last_standing() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 7))
    again = {ACME: shown(4, price=55.0), BOLT: shown(4, price=44.0)}

    evaluate("daily", world.arrive(step(4, CORRECTED, rev=2)))
    evaluate("daily", world.arrive(step(4, again, rev=3)))

    assert world.digest() == rebuilt(world).digest()


def test_two_corrections_that_wait_together_are_both_taken_in() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 7))
    wakes = world.arrive(step(5, {ACME: shown(5, price=66.0), BOLT: shown(5)}, rev=2), step(4, CORRECTED, rev=2))

    evaluate("daily", wakes)

    assert world.digest() == rebuilt(world).digest()


def test_a_bar_that_a_correction_takes_away_is_gone_from_the_state() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 7))

    evaluate("daily", world.arrive(step(4, {BOLT: shown(4)}, rev=2)))

    assert world.digest() == rebuilt(world).digest()


def test_a_correction_ahead_of_the_watermark_waits_for_its_first_edition() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    corrected = step(3, {ACME: shown(3, price=77.0), BOLT: shown(3)}, rev=2)
    wakes = world.arrive(step(3), corrected)

    done = evaluate("daily", wakes)

    assert [(record.rev, record.late) for record in done.records] == [(1, False), (2, True)]
    assert world.digest() == rebuilt(world).digest()


def test_a_correction_without_its_first_edition_waits_too() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    corrected = step(3, {ACME: shown(3, price=77.0), BOLT: shown(3)}, rev=2)

    assert evaluate("daily", world.arrive(corrected)).slices == 0
    done = evaluate("daily", world.arrive(step(3)))
    done = world.evaluator()("daily", [])

    assert [(record.rev, record.late) for record in done.records] == [(2, True)]
    assert world.digest() == rebuilt(world).digest()


def test_no_later_correction_is_built_on_what_an_earlier_one_replaced() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 10))  # checkpoints after days 3, 6 and 9

    evaluate("daily", world.arrive(step(4, CORRECTED, rev=2)))
    evaluate("daily", world.arrive(step(8, {ACME: shown(8, price=66.0), BOLT: shown(8)}, rev=2)))

    assert world.digest() == rebuilt(world).digest()


def test_an_instrument_whose_only_bar_a_correction_takes_away_is_forgotten() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 5))
    listed = InstrumentId("NEW.TEST")
    bars = {ACME: shown(5), BOLT: shown(5)}
    evaluate("daily", world.arrive(step(5, {**bars, listed: shown(5)})))

    evaluate("daily", world.arrive(step(5, bars, rev=2)))

    assert world.digest() == rebuilt(world).digest()


@pytest.mark.parametrize("last", [5, 6])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("port", "method"),
    [("decisions", "put"), ("progress", "put_checkpoint"), ("progress", "save"), ("slices", "settle_late")],
)
def test_a_correction_survives_a_crash_at_any_port(port: str, method: str, after: bool, last: int) -> None:
    world = World()
    world.evaluate_days(world.evaluator(), range(1, last + 1))
    wakes = world.arrive(step(4, CORRECTED, rev=2))
    with Crash(getattr(world, port), method, after), pytest.raises(TransientError):
        world.evaluator()("daily", wakes)

    world.evaluator()("daily", [])
    world.evaluate_days(world.evaluator(), [last + 1])

    assert world.digest() == rebuilt(world).digest()
    assert world.slices.late("daily") == []


def test_a_first_edition_behind_the_watermark_is_marked_and_taken_in_late() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2, 4, 5])
    world.queue.sent.clear()

    (record,) = evaluate("daily", world.arrive(entering(3))).records

    assert (record.late, record.rev, world.queue.sent) == (True, 1, [])
    assert world.digest() == rebuilt(world).digest()
    assert world.slices.late("daily") == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), [("slices", "mark_late"), ("decisions", "put"), ("progress", "save")])
def test_a_latecomer_survives_a_crash_at_any_port(port: str, method: str, after: bool) -> None:
    world = World()
    world.evaluate_days(world.evaluator(), [1, 2, 4, 5])
    wakes = world.arrive(step(3, {ACME: shown(3, price=77.0)}))
    with Crash(getattr(world, port), method, after), pytest.raises(TransientError):
        world.evaluator()("daily", wakes)

    world.evaluator()("daily", wakes)
    world.evaluate_days(world.evaluator(), [6])

    assert world.digest() == rebuilt(world).digest()


def test_a_warm_process_sees_the_correction_that_another_one_took_in() -> None:
    world = World()
    warm, other = world.evaluator(), world.evaluator()
    world.evaluate_days(warm, range(1, 7))
    other("daily", world.arrive(step(4, CORRECTED, rev=2)))

    world.evaluate_days(warm, [7])

    assert world.digest() == rebuilt(world).digest()
    assert world.records()[-1].state_digest == world.digest()


# ── state: warm, restored, rebuilt ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("restart_every", [1, 2, 4])
def test_a_process_restarted_at_any_time_decides_as_one_that_stayed_warm(restart_every: int) -> None:
    warm, restarted = World(), World()
    warm.evaluate_days(warm.evaluator(), range(1, 15))
    process = restarted.evaluator()
    for number in range(1, 15):
        process("daily", restarted.arrive(step(number)))
        if number % restart_every == 0:
            process = restarted.evaluator()

    assert restarted.digest() == warm.digest()
    assert repr(restarted.records()) == repr(warm.records())


def test_forgetting_the_warm_state_is_a_restart() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, range(1, 6))
    before = world.digest()
    evaluate.forget()

    assert evaluate("daily", []).slices == 0
    world.evaluate_days(evaluate, [6])
    assert world.digest() == rebuilt(world).digest() != before


def test_an_unknown_shard_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="unknown shard 'hourly'"):
        World().evaluator()("hourly", [])


def test_a_fault_of_the_wake_leaves_no_half_warm_state_behind() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    with Crash(world.decisions, "put", after=False), pytest.raises(TransientError):
        evaluate("daily", world.arrive(step(3)))

    evaluate("daily", [(day(3), 1)])

    assert world.digest() == rebuilt(world).digest()


def test_bars_that_matter_are_owed_before_intents() -> None:
    world = World()
    world.ledger.items.books[PAPER, BOLT] = replace(book(positions=[held()], last_bar=day(1)), instrument=BOLT)
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1])
    world.queue.sent.clear()

    evaluate("daily", world.arrive(entering(2)))

    assert [type(message) for message in world.queue.sent] == [BarMessage, IntentMessage]


def test_an_indicator_that_fails_on_a_bar_is_told_and_its_state_stays_as_it_was() -> None:
    world = World()
    evaluate = world.evaluator()
    world.evaluate_days(evaluate, [1, 2])
    broken = step(3, {ACME: shown(3)._replace(volume=puppet.BREAK_INDICATOR), BOLT: shown(3)})

    (record,) = evaluate("daily", world.arrive(broken)).records
    without = World()
    without.evaluate_days(without.evaluator(), [1, 2])
    without.evaluator()("daily", without.arrive(step(3, {BOLT: shown(3)})))
    assert record.state_digest == without.digest()
    (after,) = world.evaluator()("daily", world.arrive(step(4))).records

    assert [one.action for one in record.decisions] == [Action.FAIL, Action.HOLD]
    assert [one.action for one in after.decisions] == [Action.HOLD, Action.HOLD]


def test_an_intent_is_the_same_however_often_it_is_decided() -> None:
    worlds = [World(), World()]
    for world in worlds:
        evaluate = world.evaluator()
        world.evaluate_days(evaluate, [1])
        evaluate("daily", world.arrive(entering(2)))

    assert intents_of(worlds[0]) == intents_of(worlds[1])
    assert intents_of(worlds[0])[0].intent.id != intent().id


def test_a_shard_of_another_timeframe_knows_nothing_of_these_strategies() -> None:
    world = World()
    world.made = replace(world.made, shards=(*world.made.shards, Shard("hourly", Timeframe.H1, "replay", NAMES)))

    assert world.evaluator()("hourly", []).slices == 0

"""Real money: armed by a secret, a sentence, an amount and an end, or not at all; the transaction asks again."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.builders import FREE, PAPER, STRATEGY, configuration, intent
from tests.fakes.ledger import FakeControls, FakeJournal, LedgerItems
from tests.fakes.world import FakeClock, FakePause
from tests.unit.application.executing import World as Executing
from tradewind.application.arm_live import LONGEST, ArmLive, Request, phrase
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import AccountMode, AccountRules
from tradewind.domain.errors import BadInputError, ConflictError
from tradewind.domain.ledger import Arming, Control, TradingState
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import DAY

LIVE = replace(FREE, mode=AccountMode.LIVE)
NOW, UNTIL = 10 * DAY, 11 * DAY
SAID = "trade 5000 of real money on paper until 1970-01-12 00:00 UTC"
NOT_IT = "s3cres"
REQUEST = Request(PAPER, Decimal(5000), UNTIL, SAID, "s3cret", "ana", "earnings week", NOW)


@dataclass
class Place:
    environment: str = "prod"
    clock: str = "system"
    rules: AccountRules = LIVE
    known: str = "s3cret"
    items: LedgerItems = field(default_factory=LedgerItems)

    def __post_init__(self) -> None:
        made = configuration(rules=self.rules, environment=self.environment, clock=self.clock)
        controls, journal = FakeControls(self.items), FakeJournal(self.items)
        self.arm = ArmLive(made, controls, journal, FakePause(), lambda: self.known)

    @property
    def armed(self) -> Arming | None:
        return self.items.controls.get(PAPER, Control()).arming


def test_the_sentence_says_account_amount_and_end() -> None:
    assert phrase(PAPER, Decimal(5000), UNTIL) == SAID


def test_an_account_is_armed_on_record_and_disarmed_without_being_asked() -> None:
    place = Place()
    place.arm(REQUEST)
    assert place.armed == Arming(Decimal(5000), UNTIL, "ana", "earnings week")

    place.arm.disarm(PAPER, "ana", "done", NOW + 1)
    assert place.armed is None
    told = [(event.kind, event.text) for one in place.items.journals["system"] for event in one.events]
    assert told == [
        ("LIVE_ARMED", f"paper is armed: {SAID}; earnings week (by ana)"),
        ("LIVE_DISARMED", "paper is disarmed: done (by ana)"),
    ]
    assert "s3cret" not in f"{place.items} {REQUEST}"


@pytest.mark.parametrize("environment", ["local", "dev"])
def test_local_and_dev_can_never_be_armed(environment: str) -> None:
    place = Place(environment=environment)

    with pytest.raises(BadInputError, match=f"^NEVER_LIVE: {environment} trades no real money"):
        place.arm(REQUEST)
    assert place.items.controls == {}


@pytest.mark.parametrize(
    ("code", "place", "request_"),
    [
        ("NEVER_LIVE", Place(clock="replay"), REQUEST),
        ("NOT_LIVE", Place(rules=FREE), REQUEST),
        ("NOT_LIVE", Place(rules=replace(FREE, mode=AccountMode.SANDBOX)), REQUEST),
        ("WRONG_PHRASE", Place(), replace(REQUEST, said="yes")),
        ("WRONG_PHRASE", Place(), replace(REQUEST, amount=Decimal(50_000))),
        ("BAD_SECRET", Place(), replace(REQUEST, secret=NOT_IT)),
        ("BAD_SECRET", Place(known=""), replace(REQUEST, secret="")),
        ("BAD_AMOUNT", Place(), replace(REQUEST, amount=Decimal(0))),
        ("BAD_AMOUNT", Place(), replace(REQUEST, amount=Decimal("NaN"))),
        ("ARMING_EXPIRED", Place(), replace(REQUEST, until=NOW)),
        ("TOO_LONG", Place(), replace(REQUEST, until=NOW + LONGEST + 1)),
    ],
)
def test_what_is_not_meant_or_not_allowed_arms_nothing(code: str, place: Place, request_: Request) -> None:
    with pytest.raises(BadInputError, match=f"^{code}: "):
        place.arm(request_)

    assert (place.items.controls, place.items.journals) == ({}, {})


# ── in the transaction ───────────────────────────────────────────────────────────────────────────────────────────


def executing(control: Control, now: int = 0) -> Executing:
    world = Executing(rules=LIVE, clock=FakeClock(now))
    world.ledger.items.controls[PAPER] = control
    return world


ARMED = Control(version=1, arming=Arming(Decimal(5000), UNTIL, "ana", "why"))
BUY = intent(ts=NOW, valid_until=NOW + 2 * DAY)


@pytest.mark.parametrize(
    ("control", "now", "reason"),
    [
        (Control(), NOW, "NOT_ARMED: nobody has armed it: `tradewind live arm`"),
        (ARMED, UNTIL, "ARMING_EXPIRED: it ended 0 minutes ago: arm it again"),
        (replace(ARMED, arming=Arming(Decimal(1000), UNTIL, "ana", "")), NOW, "ARMED_AMOUNT: 1050 w"),
        (replace(ARMED, state=TradingState.REDUCING), NOW, "KILL_SWITCH_REDUCING"),
        (
            replace(ARMED, parts={f"strategy:{STRATEGY}": TradingState.HALTED}),
            NOW,
            "STRATEGY_STOPPED: dipper is",
        ),
        (replace(ARMED, parts={f"budget:{STRATEGY}": TradingState.REDUCING}), NOW, "BUDGET_STOPPED: dipper is"),
        (replace(ARMED, parts={"instrument:ACME.TEST": TradingState.REDUCING}), NOW, "INSTRUMENT_STOPPED: ACME.TEST"),
    ],
)
def test_real_money_stays_where_it_is_unless_every_leave_is_given(control: Control, now: int, reason: str) -> None:
    world = executing(control, now)
    world.execute(BUY)

    assert (world.order(BUY).status, world.order(BUY).reason[: len(reason)]) == (OrderStatus.DENIED, reason)


def test_an_armed_account_trades_and_another_part_s_stop_does_not_keep_it() -> None:
    world = executing(replace(ARMED, parts={"strategy:other": TradingState.HALTED}), NOW)
    world.execute(BUY)

    assert world.order(BUY).status is OrderStatus.ACCEPTED


def test_who_disarms_between_the_look_and_the_writing_wins() -> None:
    world = executing(ARMED, NOW)
    commit, items = world.ledger.commit, world.ledger.items

    def late(changeset: Changeset) -> None:
        if changeset.adds_risk:
            items.controls[PAPER] = Control(version=2)
        commit(changeset)

    world.ledger.commit = late  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        world.execute(BUY)
    assert items.orders == {}
    world.execute(BUY)
    assert world.order(BUY).reason.startswith("NOT_ARMED: ")

"""Setups that were seen and deployments that took place are told of once."""

from dataclasses import dataclass, replace

from tests.builders import ACME, PAPER
from tests.fakes.world import FakeNotices
from tradewind.application.announce_deployment import AnnounceDeployment, Deployments
from tradewind.application.setups_seen import tell_setups
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.identifiers import IntentId

SEEN = Decision(PAPER, "price_breakout", ACME, Action.ENTER, "ENTRY", 0.8, intent=IntentId("i"))


def record(*decisions: Decision) -> DecisionRecord:
    return DecisionRecord("daily", 5, 1, False, "c", {}, {}, {}, decisions, (), "", "")


def test_a_breakout_and_an_ict_setup_are_told_of_once_whatever_became_of_them() -> None:
    notices = FakeNotices()
    denied = replace(SEEN, strategy="ict_setups", action=Action.DENY, reason="MAX_EXPOSURE", intent=None)

    for _ in range(2):
        tell_setups(notices, record(SEEN, denied))

    told = {notice.event.kind: notice.event for notice in notices.pending(9)}
    assert told.keys() == {"BREAKOUT_SEEN", "ICT_SETUP_SEEN"}
    assert "an entry was sent" in told["BREAKOUT_SEEN"].text
    assert "not entered: MAX_EXPOSURE" in told["ICT_SETUP_SEEN"].text
    assert (told["BREAKOUT_SEEN"].data or {})["trace"] == "daily@5.1"


def test_what_is_no_setup_is_not_told_of() -> None:
    notices = FakeNotices()

    tell_setups(notices, record(replace(SEEN, action=Action.HOLD), replace(SEEN, strategy="swing_trader")))

    assert notices.pending(9) == []


@dataclass
class FakeDeployments(Deployments):
    name: str = ""

    def last(self) -> str:
        return self.name

    def note(self, name: str) -> None:
        self.name = name


def test_each_deployment_is_announced_once_and_going_back_is_one_too() -> None:
    deployments, notices = FakeDeployments(), FakeNotices()

    def started(version: str, now: int) -> bool:
        return AnnounceDeployment(deployments, notices, "dev", version, "c")(now)

    assert [started("a", 1), started("a", 2), started("b", 3), started("b", 4), started("a", 5)] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert [notice.event.kind for notice in notices.pending(9)] == ["DEPLOYED"] * 3
    assert "code b, configuration c replaces a/c" in notices.pending(9)[1].event.text

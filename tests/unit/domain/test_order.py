import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.builders import entry, intent
from tradewind.domain.errors import InvariantError
from tradewind.domain.order import Leg, OrderStatus

S = OrderStatus

# Written out in full, independently of the code: what each status may become.
LEGAL = {
    S.INITIALIZED: {S.DENIED, S.SUBMITTED, S.EXPIRED},
    S.DENIED: set(),
    S.SUBMITTED: {
        S.SUBMITTED, S.DENIED, S.UNKNOWN, S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED,
        S.REJECTED, S.EXPIRED,
    },
    S.UNKNOWN: {
        S.SUBMITTED, S.DENIED, S.UNKNOWN, S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED,
        S.REJECTED, S.EXPIRED,
    },
    S.ACCEPTED: {
        S.TRIGGERED, S.PENDING_UPDATE, S.PENDING_CANCEL, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED
    },
    S.TRIGGERED: {
        S.SUBMITTED, S.DENIED, S.PENDING_UPDATE, S.PENDING_CANCEL, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED,
        S.EXPIRED,
    },
    S.PARTIALLY_FILLED: {
        S.PENDING_UPDATE, S.PENDING_CANCEL, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED
    },
    S.PENDING_UPDATE: {S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED},
    S.PENDING_CANCEL: {S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED},
    S.FILLED: set(),
    S.CANCELED: {S.PARTIALLY_FILLED, S.FILLED},
    S.REJECTED: set(),
    S.EXPIRED: {S.PARTIALLY_FILLED, S.FILLED},
}  # fmt: skip
WORKING = {
    S.SUBMITTED, S.UNKNOWN, S.ACCEPTED, S.TRIGGERED, S.PENDING_UPDATE, S.PENDING_CANCEL, S.PARTIALLY_FILLED
}  # fmt: skip
MOVES = [(before, after) for before in S for after in S]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_every_move_is_either_legal_or_refused_by_name(before: S, after: S) -> None:
    order = entry(status=before)

    if after in LEGAL[before]:
        assert order.becomes(after, "why").status is after
    else:
        with pytest.raises(InvariantError, match=f"{before} cannot become {after}"):
            order.becomes(after)


@pytest.mark.parametrize("status", list(S))
def test_an_order_works_while_it_may_still_fill(status: S) -> None:
    assert status.is_working == (status in WORKING)


def test_a_move_without_a_reason_keeps_the_one_before() -> None:
    order = entry(status=S.SUBMITTED, reason="ENTRY")

    assert order.becomes(S.ACCEPTED).reason == "ENTRY"
    assert order.becomes(S.REJECTED, "closed").reason == "closed"


def test_only_entries_increase_risk() -> None:
    assert {leg: intent(leg=leg).increases_risk for leg in Leg} == {
        Leg.ENTRY: True, Leg.EXIT: False, Leg.STOP: False, Leg.TARGET: False
    }  # fmt: skip


class OrderLife(RuleBasedStateMachine):
    """An order pushed about at random: whatever it is told, it only ever makes legal moves."""

    def __init__(self) -> None:
        super().__init__()
        self.order = entry(status=S.INITIALIZED)
        self.path = [S.INITIALIZED]

    @rule(status=st.sampled_from(S))
    def is_told(self, status: S) -> None:
        before = self.order
        try:
            self.order = before.becomes(status)
        except InvariantError:
            assert self.order is before
        else:
            self.path.append(status)

    @precondition(lambda self: self.order.status in {S.DENIED, S.REJECTED, S.FILLED})
    @rule(status=st.sampled_from(S))
    def stays_at_its_end(self, status: S) -> None:
        with pytest.raises(InvariantError):
            self.order.becomes(status)

    @invariant()
    def reached_a_venue_only_through_submitted(self) -> None:
        if set(self.path) - {S.INITIALIZED, S.DENIED, S.EXPIRED} and self.path[1] is not S.EXPIRED:
            assert self.path[1] is S.SUBMITTED

    @invariant()
    def said_nothing_but_its_path(self) -> None:
        assert self.order.status is self.path[-1]
        assert all(after in LEGAL[before] for before, after in zip(self.path, self.path[1:], strict=False))


TestOrderLife = OrderLife.TestCase

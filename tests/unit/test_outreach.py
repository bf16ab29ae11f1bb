"""What reaches people is put together so that it has time enough."""

from infra.settings import FUNCTIONS
from tradewind.outreach import ANSWERED_WITHIN


def test_who_sends_alerts_is_not_ended_before_it_has_noted_what_became_of_them() -> None:
    assert FUNCTIONS["send_alerts"].timeout - ANSWERED_WITHIN >= 5

from dataclasses import dataclass, field

import pytest

from tradewind.application.ports import AlertChannel
from tradewind.application.send_alert import SendAlert
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event, Severity

EVENT = Event("ORDER_FILLED", Severity.INFO, "filled")


@dataclass
class FakeChannel(AlertChannel):
    fails: Exception | None = None
    sent: list[tuple[str, Event, int]] = field(default_factory=list)

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        if self.fails:
            raise self.fails
        self.sent.append((alert_id, event, ts))


def test_every_channel_gets_the_alert() -> None:
    channels = [FakeChannel(), FakeChannel()]

    SendAlert(channels)("paper-1-0", EVENT, 5)

    assert [channel.sent for channel in channels] == [[("paper-1-0", EVENT, 5)]] * 2


def test_a_channel_that_fails_keeps_no_other_from_being_tried_and_is_told() -> None:
    first, second = TransientError("later"), PermanentError("never")
    reached = FakeChannel()

    with pytest.raises(ExceptionGroup, match="alert paper-1-0 failed on 2 of 3 channels") as failed:
        SendAlert([FakeChannel(first), reached, FakeChannel(second)])("paper-1-0", EVENT, 5)

    assert failed.value.exceptions == (first, second)
    assert len(reached.sent) == 1


def test_without_channels_an_alert_is_nothing_to_do() -> None:
    SendAlert([])("paper-1-0", EVENT, 5)

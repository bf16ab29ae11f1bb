"""Deliver one alert to every channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.application.ports import AlertChannel
from tradewind.domain.events import Event


@dataclass(frozen=True, slots=True)
class SendAlert:
    """Send one alert through every channel; a channel that fails keeps no other from being tried."""

    channels: Sequence[AlertChannel]

    def __call__(self, alert_id: str, event: Event, ts: int) -> None:
        """Send.

        Raises
        ------
        ExceptionGroup
            Of what the failing channels raised, after every channel was tried.
        """
        failures: list[Exception] = []
        for channel in self.channels:
            try:
                channel.send(alert_id, event, ts)
            except Exception as error:  # noqa: BLE001 - one channel's failure must not silence the next
                failures.append(error)
        if failures:
            raise ExceptionGroup(
                f"alert {alert_id} failed on {len(failures)} of {len(self.channels)} channels", failures
            )

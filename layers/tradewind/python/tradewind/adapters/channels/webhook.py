"""Alerts by HTTP POST to a webhook."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep
from typing import Any

import httpx

from tradewind.application.ports import AlertChannel
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event

_TOO_MANY = 429
_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class WebhookChannel(AlertChannel):
    """One address that takes alerts as JSON; the header `Idempotency-Key` is the alert's stable id.

    The address may hold a secret: it appears in no log and no error, only its host does.
    """

    url: str = field(repr=False)
    attempts: int = 3
    timeout: float = 5.0
    pause: Callable[[float], None] = sleep

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert.

        Raises
        ------
        TransientError
            If every attempt failed in a way that may pass.
        PermanentError
            If the receiver refuses it.
        """
        body = {"alert_id": alert_id, "ts": ts, **event.to_dict()}
        failure = ""
        for attempt in range(self.attempts):
            if attempt:
                self.pause(0.2 * 2**attempt)
            failure = self._try(alert_id, body)
            if not failure:
                return
        raise TransientError(f"alert {alert_id}: webhook at {self._host()} failed {self.attempts} times: {failure}")

    def _try(self, alert_id: str, body: dict[str, Any]) -> str:
        """Post once; return what went wrong, or an empty string."""
        try:
            status = httpx.post(
                self.url, json=body, headers={"Idempotency-Key": alert_id}, timeout=self.timeout
            ).status_code
        except httpx.HTTPError as error:
            return type(error).__name__
        if status in _REFUSED and status != _TOO_MANY:
            raise PermanentError(f"alert {alert_id}: webhook at {self._host()} refused it with status {status}")
        return "" if status < _REFUSED.start else f"status {status}"

    def _host(self) -> str:
        return httpx.URL(self.url).host

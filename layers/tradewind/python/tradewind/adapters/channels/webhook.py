"""Alerts by HTTP POST to a webhook."""

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from tradewind.adapters.clock import JitterPause
from tradewind.application.ports import AlertChannel, Pause
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event

# Both libraries log whole addresses, and a webhook's address is its password.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_MAY_PASS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class WebhookChannel(AlertChannel):
    """One address that takes alerts as JSON; the header `Idempotency-Key` is the alert's stable id.

    The address may hold a secret: it appears in no log and no error, only its host does.

    Attributes
    ----------
    timeout : float
        Seconds that each part of an attempt may take.
    """

    url: str = field(repr=False)
    attempts: int = 3
    timeout: float = 5.0
    pause: Pause = field(default_factory=JitterPause)
    client: httpx.Client = field(default_factory=httpx.Client, repr=False)

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert.

        Raises
        ------
        TransientError
            If every attempt failed in a way that may pass.
        PermanentError
            If the receiver refuses it, or the address is none.
        """
        body = {"alert_id": alert_id, "ts": ts, **event.to_dict()}
        failure = self._try(alert_id, body)
        for attempt in range(1, self.attempts):
            if not failure:
                return
            self.pause.before_retry(attempt)
            failure = self._try(alert_id, body)
        if failure:
            raise TransientError(f"alert {alert_id}: {self._receiver()} failed {self.attempts} times: {failure}")

    def _try(self, alert_id: str, body: dict[str, Any]) -> str:
        """Post once; return what went wrong for now, or an empty string."""
        refusal = ""
        try:
            headers = {"Idempotency-Key": alert_id}
            status = self.client.post(self.url, json=body, headers=headers, timeout=self.timeout).status_code
        # These errors' texts hold the address: only their kind is told.
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            refusal = type(error).__name__
        except httpx.HTTPError as error:
            return type(error).__name__
        else:
            if HTTPStatus(200) <= status < HTTPStatus(300):
                return ""
            if status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return f"status {status}"
            refusal = f"status {status}"
        raise PermanentError(f"alert {alert_id}: {self._receiver()} refused it for good: {refusal}")

    def _receiver(self) -> str:
        return f"the webhook at {urlsplit(self.url).hostname}"

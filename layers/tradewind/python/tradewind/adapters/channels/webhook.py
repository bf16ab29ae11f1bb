"""Alerts by HTTP POST to a webhook: the whole event as JSON, signed where there is a secret."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tradewind.adapters.channels.post import Post
from tradewind.adapters.clock import JitterPause
from tradewind.application.alert_words import shortened
from tradewind.application.ports import AlertChannel, Pause
from tradewind.domain.events import Event
from tradewind.domain.redaction import scrub

_MOST = 20_000


@dataclass(frozen=True, slots=True)
class WebhookChannel(AlertChannel):
    """One address that takes alerts as JSON; the header `Idempotency-Key` is the alert's stable id.

    Attributes
    ----------
    secret : callable
        The key of the header `Tradewind-Signature`, `sha256=` and the HMAC of id, a dot, and the compact JSON with
        sorted keys; none where it is empty.
    """

    url: str = field(repr=False)
    attempts: int = 3
    timeout: float = 5.0
    pause: Pause = field(default_factory=JitterPause)
    client: httpx.Client = field(default_factory=httpx.Client, repr=False)
    secret: Callable[[], str] = field(default=str, repr=False)

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
        body["text"] = shortened(scrub(event.text), _MOST)
        body["data"] = {name: scrub(one) if isinstance(one, str) else one for name, one in body["data"].items()}
        post = Post("webhook", self.attempts, self.timeout, self.pause, self.client)
        post(alert_id, self.url, body, {"Idempotency-Key": alert_id, **self._signed(alert_id, body)})

    def _signed(self, alert_id: str, body: dict[str, Any]) -> dict[str, str]:
        key = self.secret()
        if not key:
            return {}
        text = f"{alert_id}.{json.dumps(body, separators=(',', ':'), sort_keys=True)}"
        return {"Tradewind-Signature": f"sha256={hmac.digest(key.encode(), text.encode(), 'sha256').hex()}"}

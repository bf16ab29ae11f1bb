"""Alerts to a phone through ntfy, the public server or one's own.

Source: https://docs.ntfy.sh/publish/ ("Publish as JSON"; a message above 4,096 bytes would become an attachment).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.channels.post import Post
from tradewind.application.alert_words import body, shortened, shortened_bytes, title
from tradewind.application.ports import AlertChannel
from tradewind.domain.events import Event, Severity

_MOST = 4096
_TITLE = 250
_PRIORITY = {Severity.INFO: 3, Severity.WARNING: 4, Severity.CRITICAL: 5}
_TAGS = {Severity.INFO: [], Severity.WARNING: ["warning"], Severity.CRITICAL: ["rotating_light"]}


@dataclass(frozen=True, slots=True)
class NtfyChannel(AlertChannel):
    """A topic of a server; who knows the topic's name reads it, so it is a secret, as is an access token.

    Attributes
    ----------
    secret : callable
        `topic`, and `token` where the server asks for one.
    """

    server: str
    secret: Callable[[], Mapping[str, str]] = field(repr=False)
    environment: str
    post: Post

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert; raises what `Post` raises."""
        secret = self.secret()
        message: dict[str, Any] = {
            "topic": secret["topic"],
            "title": shortened(title(self.environment, event), _TITLE),
            "message": shortened_bytes(body(alert_id, event, ts), _MOST),
            "priority": _PRIORITY[event.severity],
            "tags": _TAGS[event.severity],
        }
        authorized = {"Authorization": f"Bearer {secret['token']}"} if secret.get("token") else {}
        self.post(alert_id, self.server.rstrip("/") + "/", message, authorized)

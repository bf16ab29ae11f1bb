"""Alerts to Slack through an incoming webhook, whose address is the secret.

Source: https://api.slack.com/messaging/webhooks and https://api.slack.com/reference/block-kit/blocks (a header holds
150 characters, a section 3,000; &, < and > are escaped and nothing else is).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.channels.post import Post
from tradewind.application.alert_words import body, shortened, title
from tradewind.application.ports import AlertChannel
from tradewind.domain.events import Event

_HEADER, _SECTION = 150, 3000
_ROOM = 400
"""Characters kept free for escapes: `&` becomes five."""


@dataclass(frozen=True, slots=True)
class SlackChannel(AlertChannel):
    """One incoming webhook.

    Attributes
    ----------
    secret : callable
        `url` of the webhook.
    """

    secret: Callable[[], Mapping[str, str]] = field(repr=False)
    environment: str
    post: Post

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert; raises what `Post` raises."""
        head = shortened(title(self.environment, event), _HEADER)
        text = _escaped(body(alert_id, event, ts), _SECTION)
        message: dict[str, Any] = {
            "text": _escaped(head, _SECTION),  # what a notification shows
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": head, "emoji": False}},
                {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
            ],
        }
        self.post(alert_id, self.secret()["url"], message, {})


def _escaped(text: str, most: int) -> str:
    """Escape as Slack asks, and shorten so that no escape is cut in two."""
    cut = most
    while True:
        escaped = shortened(text, cut).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if len(escaped) <= most:
            return escaped
        cut -= _ROOM

"""Alerts to a Telegram chat through a bot.

Source: https://core.telegram.org/bots/api#sendmessage (4,096 characters; `parse_mode` HTML needs &, < and > escaped).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

import httpx

from tradewind.adapters.channels.post import Post
from tradewind.application.alert_words import body, shortened, title
from tradewind.application.ports import AlertChannel
from tradewind.domain.events import Event, Severity

SERVER = "https://api.telegram.org"
_MOST = 4096
_TITLE = 200


@dataclass(frozen=True, slots=True)
class TelegramChannel(AlertChannel):
    """A bot and the chat that it writes to.

    Attributes
    ----------
    secret : callable
        `token` of the bot and `chat`, its id.
    """

    server: str
    secret: Callable[[], Mapping[str, str]] = field(repr=False)
    environment: str
    post: Post

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert; raises what `Post` raises."""
        secret = self.secret()
        head = escape(shortened(title(self.environment, event), _TITLE), quote=False)
        # The limit counts what is shown, not the escapes.
        text = escape(shortened(body(alert_id, event, ts), _MOST - _TITLE), quote=False)
        message = {
            "chat_id": secret["chat"],
            "text": f"<b>{head}</b>\n{text}",
            "parse_mode": "HTML",
            "disable_notification": event.severity is Severity.INFO,
            "link_preview_options": {"is_disabled": True},
        }
        self.post(alert_id, f"{self.server}/bot{secret['token']}/sendMessage", message, {}, _refused)


def _refused(answer: httpx.Response) -> str:
    """Say what Telegram says where it says that it is not well; a status of 429 and above passes by itself."""
    try:
        row = answer.json()
    except ValueError:
        return "it answered with no JSON"
    return "" if row.get("ok") else str(row.get("description", "it said no"))[:200]

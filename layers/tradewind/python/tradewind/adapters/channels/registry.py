"""From a channel's rules to the channel: the one place that knows every kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.channels.ntfy import NtfyChannel
from tradewind.adapters.channels.people import EmailChannel, SmsChannel
from tradewind.adapters.channels.post import Post
from tradewind.adapters.channels.slack import SlackChannel
from tradewind.adapters.channels.telegram import SERVER, TelegramChannel
from tradewind.adapters.channels.webhook import WebhookChannel
from tradewind.adapters.secrets import Secrets
from tradewind.application.ports import AlertChannel
from tradewind.domain.alerting import ChannelRules
from tradewind.domain.errors import BadInputError

NTFY = "https://ntfy.sh"


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels of one environment.

    Attributes
    ----------
    client : callable
        Returns the client of a service.
    topics : mapping
        ARN of the topics of `email` and `sms`.
    """

    environment: str
    client: Callable[[str], Any]
    secrets: Secrets
    topics: Mapping[str, str]

    def build(self, rules: ChannelRules) -> AlertChannel:
        """Return a channel.

        Raises
        ------
        BadInputError
            If there is no such kind.
        """
        builders: Mapping[str, Callable[[ChannelRules], AlertChannel]] = {
            "email": lambda _: EmailChannel(self.client("sns"), self.topics["email"], self.environment),
            "sms": lambda _: SmsChannel(self.client("sns"), self.topics["sms"], self.environment),
            "webhook": self._webhook,
            "ntfy": self._ntfy,
            "telegram": self._telegram,
            "slack": self._slack,
        }
        if rules.kind not in builders:
            raise BadInputError(f"unknown kind of channel {rules.kind!r}: use {', '.join(builders)}")
        return builders[rules.kind](rules)

    def _webhook(self, rules: ChannelRules) -> AlertChannel:
        place = rules.secret
        return WebhookChannel(rules.target, secret=(lambda: self.secrets.text(place)) if place else str)

    def _ntfy(self, rules: ChannelRules) -> AlertChannel:
        server = rules.target or NTFY
        return NtfyChannel(server, lambda: self.secrets.row(rules.secret, "topic"), self.environment, Post("ntfy"))

    def _telegram(self, rules: ChannelRules) -> AlertChannel:
        secret = lambda: self.secrets.row(rules.secret, "token", "chat")  # noqa: E731 - read when it is needed
        return TelegramChannel(rules.target or SERVER, secret, self.environment, Post("bot server"))

    def _slack(self, rules: ChannelRules) -> AlertChannel:
        return SlackChannel(lambda: self.secrets.row(rules.secret, "url"), self.environment, Post("Slack webhook"))

"""Channels of alerts: what each wants, what became of what was sent, and tests."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body

from tradewind.api.access import Role
from tradewind.api.asking import FOREVER
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.alerts import ChannelDocument, ChannelOutcome, DeliveryDocument, TestWanted
from tradewind.api.models.base import Page
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import Problem
from tradewind.application.ports_alerts import Delivery
from tradewind.domain.alerting import HOUR, TEST, ChannelRules, channels_of, topic_of
from tradewind.domain.events import Event, Severity
from tradewind.domain.timeframe import MINUTE


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = AlertView(desk)
    gateway.reads("/api/alerts/channels", view.alert_channels, tag="Alerts")
    gateway.reads("/api/alerts/deliveries", view.alert_deliveries, tag="Alerts")
    gateway.changes("POST", "/api/alerts/test", view.test_alert, Role.ADMIN, "Alerts", status_code=202)


@dataclass(frozen=True, slots=True)
class AlertView:
    """Who hears of what."""

    desk: Desk

    def alert_channels(self) -> Page[ChannelDocument]:
        """List the channels with what each wants, and what it holds back now."""
        return Page(items=list(map(self._channel, channels_of(self.desk.configuration.alerts))))

    def alert_deliveries(self, limit: Limit = 50, cursor: Cursor = None) -> Page[DeliveryDocument]:
        """List what was sent within 90 days and what became of it on each channel, the latest first."""
        begin: list[Any] = [FOREVER, ""]
        found = self.desk.insight.alerts.latest(limit, *position_of("deliveries", cursor, begin))
        more = cursor_of("deliveries", [found[-1].ts, found[-1].alert_id]) if len(found) == limit else None
        return Page(items=list(map(_delivery, found)), next=more)

    def test_alert(self, wanted: Annotated[TestWanted, Body()]) -> Page[ChannelOutcome]:
        """Send a test through the deployed path to one channel, or to all; /api/alerts shows that it was sent."""
        channels = [one.name for one in channels_of(self.desk.configuration.alerts)]
        asked = [name for name in channels if wanted.channel in {"", name}]
        if not asked:
            raise Problem(
                HTTPStatus.CONFLICT,
                f"there is no channel {wanted.channel!r}: there are {', '.join(channels) or 'none'}",
            )
        now = self.desk.now()
        text = "This is a test. If you can read it, the channel works."
        alert_id = f"test-{now}"
        self.desk.topic.publish(alert_id, Event(TEST, Severity.INFO, text, "", {"channel": wanted.channel}), now)
        return Page(items=[ChannelOutcome(alert_id=alert_id, channel=name) for name in asked])

    def _channel(self, one: ChannelRules) -> ChannelDocument:
        state, now = self.desk.insight.alerts.state(one.name), self.desk.now()
        return ChannelDocument(
            channel=one.name,
            kind=one.kind,
            severity=one.severity,
            topics=sorted(one.topics),
            quiet="-".join(map(_clock, one.quiet)) if one.quiet[0] != one.quiet[1] else None,
            zone=one.zone,
            repeat_minutes=one.repeat // MINUTE,
            hourly=one.hourly,
            held=sum(state.held.counts.values()),
            sent_lately=sum(now - ts < HOUR for ts in state.sent),
        )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _delivery(one: Delivery) -> DeliveryDocument:
    return DeliveryDocument(
        id=one.alert_id,
        ts=one.ts,
        severity=one.event.severity,
        topic=topic_of(one.event),
        kind=one.event.kind,
        text=one.event.text,
        outcomes=dict(one.outcomes),
    )

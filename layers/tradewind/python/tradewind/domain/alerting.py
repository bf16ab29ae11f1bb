"""Which alert reaches whom, and when: severity and topic, quiet hours, repeats and an hourly cap. Pure rules.

A channel never loses an alert in silence: what it holds back it counts, and a summary tells of it. A critical alert is
held back by nothing: what fails again after it was well has happened again, however alike the words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from tradewind.domain.events import Event, Severity
from tradewind.domain.timeframe import MINUTE

HOUR = 60 * MINUTE
TEST = "ALERT_TEST"
SUMMARY = "ALERTS_HELD_BACK"
_SAMPLES = 5
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Topic(StrEnum):
    """What an alert is about, as people subscribe to it."""

    TRADE = "trade"
    DENIED = "denied"
    STOP = "stop"
    BREAKOUT = "breakout"
    ICT = "ict"
    RISK = "risk"
    DATA = "data"
    SYSTEM = "system"
    DEPLOY = "deploy"
    REPORT = "report"


_TOPICS: Mapping[str, Topic] = {
    "ORDER_FILLED": Topic.TRADE,
    "FILLED_BY_HAND": Topic.TRADE,
    "ORDER_PARTIALLY_FILLED": Topic.TRADE,
    "ORDER_TRIGGERED": Topic.TRADE,
    "ORDER_EXPIRED": Topic.TRADE,
    "ORDER_DENIED": Topic.DENIED,
    "ORDER_REJECTED": Topic.DENIED,
    "ORDER_UNKNOWN": Topic.RISK,
    "ORDER_SETTLED": Topic.RISK,
    "INSTRUMENT_HALTED": Topic.RISK,
    "INSTRUMENT_RESUMED": Topic.RISK,
    "TRADING_STATE_CHANGED": Topic.RISK,
    "ACCOUNT_RESTORED": Topic.RISK,
    "STRATEGY_PAUSED": Topic.RISK,
    "FORESEEN_OTHERWISE": Topic.RISK,
    "RECONCILE_DIFFERS": Topic.RISK,
    "FILLS_MISSING": Topic.RISK,
    "SEEN_ELSEWHERE": Topic.RISK,
    "TRADED_ELSEWHERE": Topic.RISK,
    "WITHDRAWN": Topic.RISK,
    "BREAKOUT_SEEN": Topic.BREAKOUT,
    "ICT_SETUP_SEEN": Topic.ICT,
    "BAR_CHANGED": Topic.DATA,
    "INSTRUMENT_UNLISTED": Topic.DATA,
    "SPLIT_SUSPECTED": Topic.DATA,
    "SPLIT_APPLIED": Topic.DATA,
    "DEPLOYED": Topic.DEPLOY,
    "REPORT": Topic.REPORT,
}
_DATA_CHECKS = ("freshness", "provider", "compaction", "archive", "hole")


def topic_of(event: Event) -> Topic:
    """Return what an event is about; what is not known better is about the system."""
    facts = event.data or {}
    if event.kind.startswith("HEALTH_") and str(facts.get("check", "")).startswith(_DATA_CHECKS):
        return Topic.DATA
    if event.kind.startswith("STOP_") or (event.kind == "ORDER_FILLED" and event.text.startswith("STOP ")):
        return Topic.STOP
    return _TOPICS.get(event.kind, Topic.SYSTEM)


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """One way to reach somebody, and what they want to hear.

    Attributes
    ----------
    kind : str
        `email`, `sms`, `ntfy`, `telegram`, `slack` or `webhook`.
    target : str
        What is no secret of its address: a server, a plain webhook.
    secret : str
        Where its secret lies: `ssm:/path` or `secretsmanager:name`; empty for none.
    topics : frozenset of Topic
        Those wanted; empty for all.
    quiet : tuple of int
        Minutes of the day in `zone` in which only critical alerts are sent, from and to; equal for never.
    repeat : int
        Milliseconds in which the same alert is sent once; 0 for always.
    hourly : int
        Most alerts within sixty minutes; 0 for no limit.
    """

    name: str
    kind: str
    target: str = ""
    secret: str = ""
    severity: Severity = Severity.INFO
    topics: frozenset[Topic] = frozenset()
    quiet: tuple[int, int] = (0, 0)
    zone: str = "UTC"
    repeat: int = 0
    hourly: int = 0

    def wants(self, event: Event) -> bool:
        """Whether severity and topic are asked for; a test is for whoever it names."""
        if event.kind == TEST:
            return (event.data or {}).get("channel", "") in {"", self.name}
        if event.kind == SUMMARY:
            return False  # each channel tells its own
        loud = _RANK[event.severity] >= _RANK[self.severity] or topic_of(event) is Topic.REPORT
        return loud and (not self.topics or topic_of(event) in self.topics)

    def is_quiet(self, now: int) -> bool:
        """Whether a moment lies in the quiet hours, by the zone's own clock on that day."""
        start, end = self.quiet
        local = datetime.fromtimestamp(now / 1000, ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return start <= minute < end if start <= end else minute >= start or minute < end


@dataclass(frozen=True, slots=True)
class Held:
    """What was held back and not told yet.

    Attributes
    ----------
    since : int
        UTC ms of the first.
    counts : mapping
        How many by why and kind, as `quiet hours ORDER_FILLED`.
    samples : tuple of str
        The first few, in their words.
    """

    since: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[str, ...] = ()

    def with_(self, why: str, event: Event, now: int) -> "Held":
        """Return it with one more."""
        name = f"{why}: {event.kind}"
        counts = {**self.counts, name: self.counts.get(name, 0) + 1}
        samples = self.samples if len(self.samples) == _SAMPLES else (*self.samples, event.text[:160])
        return Held(self.since or now, counts, samples)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a channel remembers.

    Attributes
    ----------
    sent : tuple of int
        When it sent within the last hour, UTC ms.
    recent : mapping
        What was sent lately, by fingerprint: when, and under which id.
    version : int
        Counts the changes, so that two at once are noticed.
    """

    sent: tuple[int, ...] = ()
    recent: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    held: Held = Held()
    version: int = 0


def channels_of(alerts: Mapping[str, Any]) -> tuple[ChannelRules, ...]:
    """Return the channels of a configuration: its own, and one each for its emails, phones and plain webhooks."""
    named = [channel_of(row) for row in alerts.get("channels", ())]
    kinds = {one.kind for one in named}
    simple = [ChannelRules(f"webhook-{i}", "webhook", url) for i, url in enumerate(alerts.get("webhooks", ()), 1)]
    if alerts.get("phones") and "sms" not in kinds:  # each message is paid
        simple.insert(0, ChannelRules("sms", "sms", severity=Severity.CRITICAL, repeat=HOUR, hourly=10))
    if alerts.get("emails") and "email" not in kinds:
        simple.insert(0, ChannelRules("email", "email", repeat=10 * MINUTE, hourly=60))
    return (*simple, *named)


def channel_of(row: Mapping[str, Any]) -> ChannelRules:
    """Read one channel as the built configuration has it."""
    start, end = row.get("quiet") or (0, 0)
    return ChannelRules(
        row["name"],
        row["kind"],
        row.get("target", ""),
        row.get("secret", ""),
        Severity(row.get("severity", "INFO")),
        frozenset(map(Topic, row.get("topics", ()))),
        (start, end),
        row.get("zone", "UTC"),
        row.get("repeat_minutes", 0) * MINUTE,
        row.get("hourly", 0),
    )


class Why(StrEnum):
    """Why an alert was held back."""

    QUIET = "quiet hours"
    RATE = "hourly limit"
    REPEAT = "repeated"


_WHOM = ("account", "strategy", "part", "check", "position")
"""Facts that tell two things apart of which the same is said; a name may differ from another in a digit alone."""


def fingerprint(event: Event) -> str:
    """Return what two alerts share that say the same: all of a trade with its ids, of the rest all but numbers."""
    facts = event.data or {}
    exact = topic_of(event) in {Topic.TRADE, Topic.STOP, Topic.REPORT}
    names = ("order_id", "trade_id") if exact else _WHOM
    text = event.text if exact else re.sub(r"[\d.,:-]+", "#", event.text)
    return "|".join([event.kind, event.instrument, *(str(facts.get(name, "")) for name in names), text])[:400]


def admit(
    rules: ChannelRules, state: ChannelState, alert_id: str, event: Event, now: int
) -> tuple[ChannelState, Why | None]:
    """Decide whether an alert is sent now; return what the channel then remembers, and why it was held back if so."""
    state = _at(rules, state, now)
    if event.kind == TEST:
        return state, None
    mark = fingerprint(event)
    why = _why_not(rules, state, mark, alert_id, event, now)
    if why:
        return replace(state, held=state.held.with_(why, event, now)), why
    return replace(state, sent=(*state.sent, now), recent={**state.recent, mark: (now, alert_id)}), None


def _why_not(rules: ChannelRules, state: ChannelState, mark: str, alert_id: str, event: Event, now: int) -> Why | None:
    if event.severity is Severity.CRITICAL:
        return None
    before = state.recent.get(mark)
    if rules.repeat and before and before[1] != alert_id:
        return Why.REPEAT
    if rules.is_quiet(now):
        return Why.QUIET
    return Why.RATE if rules.hourly and len(state.sent) >= rules.hourly else None


def _at(rules: ChannelRules, state: ChannelState, now: int) -> ChannelState:
    """Forget what is too old to matter."""
    recent = {mark: one for mark, one in state.recent.items() if now - one[0] < rules.repeat}
    return replace(state, sent=tuple(ts for ts in state.sent if now - ts < HOUR), recent=recent)


def summary(rules: ChannelRules, state: ChannelState, now: int) -> Event | None:
    """Return what tells of everything held back, once it may be sent."""
    held = state.held
    only_repeats = all(name.startswith(Why.REPEAT) for name in held.counts)
    waits = now - held.since < (max(rules.repeat, HOUR) if only_repeats else 0)
    full = bool(rules.hourly) and len(_at(rules, state, now).sent) >= rules.hourly
    if not held.counts or waits or full or rules.is_quiet(now):
        return None
    since = datetime.fromtimestamp(held.since / 1000, ZoneInfo(rules.zone))
    total = sum(held.counts.values())
    counted = ", ".join(f"{count} × {name}" for name, count in sorted(held.counts.items(), key=lambda one: -one[1]))
    first = "".join(f"\n· {text}" for text in held.samples)
    text = f"{total} alerts were held back since {since:%Y-%m-%d %H:%M}: {counted}. The first:{first}"
    return Event(SUMMARY, Severity.INFO, text, "", {"channel": rules.name, "held": total})


def told(rules: ChannelRules, state: ChannelState, what: Held, now: int) -> ChannelState:
    """Return what a channel remembers once it has told what it held back; what came meanwhile it still holds."""
    state = _at(rules, state, now)
    left = {name: count - what.counts.get(name, 0) for name, count in state.held.counts.items()}
    left = {name: count for name, count in left.items() if count > 0}
    return replace(state, sent=(*state.sent, now), held=Held(now, left) if left else Held())

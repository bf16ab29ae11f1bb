"""Deliver one alert to every channel that wants it now: at least once, and as a rule exactly once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tradewind.application.each import each
from tradewind.application.ports import AlertChannel, Clock, Pause
from tradewind.application.ports_alerts import FILTERED, SENT, AlertStore, Delivery
from tradewind.application.retry import until_won
from tradewind.domain.alerting import ChannelRules, Held, Why, admit, summary, told
from tradewind.domain.errors import TradewindError
from tradewind.domain.events import Event

type Each = Callable[[Iterable[ChannelRules], Callable[[ChannelRules], object]], list[tuple[ChannelRules, Exception]]]


@dataclass(frozen=True, slots=True)
class SendAlert:
    """Send one alert through every channel; a channel that fails keeps no other from being tried.

    A repeat of an alert is sent only to channels that failed before. A crash between a channel's answer and the note
    of it sends twice: whoever must not care reads the alert's id.

    Attributes
    ----------
    each : callable
        Does something with every channel and returns what failed, and with what.
    """

    rules: Sequence[ChannelRules]
    channels: Mapping[str, AlertChannel]
    store: AlertStore
    clock: Clock
    pause: Pause
    each: Each = each

    def __call__(self, alert_id: str, event: Event, ts: int) -> Delivery:
        """Send.

        Raises
        ------
        ExceptionGroup
            Of what the failing channels raised, after every channel was tried.
        """
        delivery = self.store.find(ts, alert_id) or Delivery(alert_id, ts, event)
        now, outcomes = self.clock.now(ts), dict(delivery.outcomes)
        waiting = [rules for rules in self.rules if not delivery.is_settled(rules.name)]
        failures = self.each(waiting, lambda rules: outcomes.update({rules.name: self._one(rules, delivery, now)}))
        # A copy: whoever is late may still write into the other.
        outcomes = {**outcomes} | {rules.name: f"failed: {_told(error)}"[:300] for rules, error in failures}
        if outcomes != delivery.outcomes or not delivery.at:
            delivery = replace(delivery, outcomes=outcomes, at=now)
            self.store.save(delivery)
        if failures:
            what = f"alert {alert_id} failed on {len(failures)} of {len(self.rules)} channels"
            raise ExceptionGroup(what, [error for _, error in failures])
        return delivery

    def flush(self, now: int) -> int:
        """Tell what was held back where it may be told now; return the number of summaries.

        Raises
        ------
        ExceptionGroup
            Of what the failing channels raised; they keep what they hold.
        """
        sent: list[int] = []
        failures = self.each(self.rules, lambda rules: sent.append(self._flush(rules, now)))
        if failures:
            raise ExceptionGroup(f"summaries failed on {len(failures)} channels", [error for _, error in failures])
        return sum(sent)

    def _one(self, rules: ChannelRules, delivery: Delivery, now: int) -> str:
        if not rules.wants(delivery.event):
            return FILTERED
        # What failed before was counted before.
        why = None if rules.name in delivery.outcomes else self._admit(rules, delivery, now)
        if why:
            return f"held: {why}"
        self.channels[rules.name].send(delivery.alert_id, delivery.event, delivery.ts)
        return SENT

    def _admit(self, rules: ChannelRules, delivery: Delivery, now: int) -> Why | None:
        if not (rules.repeat or rules.hourly or rules.quiet[0] != rules.quiet[1]):
            return None  # a channel without limits remembers nothing
        return until_won(self.pause, lambda: self._remember(rules, delivery, now))

    def _remember(self, rules: ChannelRules, delivery: Delivery, now: int) -> Why | None:
        """Count it before it is sent, so that however many are sent at once none exceeds the limit."""
        before = self.store.state(rules.name)
        after, why = admit(rules, before, delivery.alert_id, delivery.event, now)
        if after != before:
            self.store.keep(rules.name, replace(after, version=before.version + 1))
        return why

    def _flush(self, rules: ChannelRules, now: int) -> int:
        state = self.store.state(rules.name)
        event = summary(rules, state, now)
        if event is None:
            return 0
        # The id follows from what is held: a flush that crashes half-way repeats under the same one.
        alert_id = f"held-{rules.name}-{state.held.since}"
        self.channels[rules.name].send(alert_id, event, now)
        self.store.save(Delivery(alert_id, now, event, {rules.name: SENT}, now))
        until_won(self.pause, lambda: self._forget(rules, state.held, now))
        return 1

    def _forget(self, rules: ChannelRules, what: Held, now: int) -> None:
        state = self.store.state(rules.name)
        self.store.keep(rules.name, replace(told(rules, state, what, now), version=state.version + 1))


def _told(error: Exception) -> str:
    """Return an error's text where it is ours; another's may hold an address that is a password."""
    return str(error) if isinstance(error, TradewindError) else type(error).__name__

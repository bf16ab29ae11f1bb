"""The path of one correlation id: bar, decision, order, fill, alert, each with its time and what was logged of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.application.publish_events import QUIET, SYSTEM
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import InputError
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.moments import iso
from tradewind.domain.order import Order
from tradewind.domain.timeframe import DAY, MINUTE

_STEPS = ("bar", "decision", "order", "fill", "journal", "alert", "log")
_LOGGING = ("fetch_bars", "evaluate_bars", "execute_orders", "send_alerts")
_LINES = 100


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the path.

    Attributes
    ----------
    ts : int
        UTC ms: of the bar, the booking, or the moment at which it was done; 0 where nobody noted one.
    """

    ts: int
    step: str
    where: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        when = iso(self.ts) if self.ts else None
        return {"ts": self.ts, "time": when, "step": self.step, "where": self.where, "text": self.text}


def resolve(deployed: Deployed, text: str) -> str:
    """Return the correlation id that a person means: itself, an order's id or its beginning, or an alert's id.

    Raises
    ------
    InputError
        If nothing is known under that name, or more than one thing.
    """
    if "@" in text:
        return text
    found = {order.trace for order in _orders(deployed) if order.id.startswith(text)} or set(_of_alert(deployed, text))
    if len(found) == 1:
        return found.pop()
    if found:
        raise InputError(f"{text} is the beginning of {len(found)} orders' ids: say more of it")
    raise InputError(f"nothing is known of {text}: give a trace (shard@time.rev), an order's id or an alert's id")


def path(deployed: Deployed, trace: str) -> list[Hop]:
    """Return every step of a correlation id, along the way and then by time.

    Raises
    ------
    InputError
        If there is none.
    """
    orders = [order for order in _orders(deployed) if order.trace == trace]
    stored = [*_bar(deployed, trace), *_decisions(deployed, trace), *_booked(deployed, trace, orders)]
    if not stored:
        raise InputError(f"nothing is stored under {trace}: see `tradewind orders --json` for the traces there are")
    hops = [*stored, *_logged(deployed, trace, max(hop.ts for hop in stored))]
    return sorted(hops, key=lambda hop: (_STEPS.index(hop.step), hop.ts))


def _orders(deployed: Deployed) -> list[Order]:
    return [one for rules in deployed.configuration.accounts for one in queries.orders(deployed.ledger, rules.name)]


def _of_alert(deployed: Deployed, alert_id: str) -> Iterator[str]:
    """Yield the trace of what an alert told of; its id is its journal's name, its entry, and the event's place."""
    head, _, place = alert_id.rpartition("-")
    journal, _, seq = head.rpartition("-")
    if not (journal and seq.isdigit() and place.isdigit()):
        return
    for entry in queries.journal(deployed.ledger, journal, int(seq) - 1):
        if entry.seq == int(seq) and int(place) < len(entry.events):
            yield from filter(None, [(entry.events[int(place)].data or {}).get("trace", "")])
        return


def _place(trace: str) -> tuple[str, int, int] | None:
    """Return shard, `ts_close` and revision; None where the id is a person's."""
    shard, _, when = trace.rpartition("@")
    ts, _, rev = when.partition(".")
    return (shard, int(ts), int(rev)) if ts.isdigit() and rev.isdigit() else None


def _bar(deployed: Deployed, trace: str) -> Iterator[Hop]:
    place = _place(trace)
    if place is None:
        return
    shard, ts, rev = place
    for one in queries.editions(deployed.market, shard, ts - 1, ts):
        if one.rev == rev:
            missing = f", {len(one.missing)} missing" if one.missing else ""
            yield Hop(ts, "bar", shard, f"{len(one.bars)} bars closed{missing}, revision {rev}")


def _decisions(deployed: Deployed, trace: str) -> Iterator[Hop]:
    place = _place(trace)
    if place is None:
        return
    shard, ts, rev = place
    for record in queries.decisions(deployed.market, shard, ts - 1, ts):
        for one in record.decisions if record.rev == rev else ():
            if one.intent:
                text = f"{one.strategy} {one.action} {one.instrument}: {one.reason}, strength {one.strength:.2f}"
                yield Hop(ts, "decision", shard, f"{text}, order {one.intent[:8]}")
        if record.rev == rev:
            yield Hop(ts, "decision", shard, f"{len(record.decisions)} decisions, {len(record.owed)} messages sent")


def _booked(deployed: Deployed, trace: str, orders: Sequence[Order]) -> Iterator[Hop]:
    ids = {order.id for order in orders}
    for order in orders:
        text = f"{order.leg} {order.side} {order.quantity:f} {order.instrument} {order.status} {order.reason}"
        yield Hop(order.created, "order", order.id[:8], text.strip())
    for rules in deployed.configuration.accounts:
        for fill in queries.fills(deployed.ledger, rules.name):
            if fill.order_id in ids:
                text = f"{fill.quantity:f} {fill.instrument} at {fill.price:f}, realised {fill.realised:+.2f}"
                yield Hop(fill.ts, "fill", fill.order_id[:8], text)
    names = [*(rules.name for rules in deployed.configuration.accounts), SYSTEM]
    for entry in chain.from_iterable(queries.journal(deployed.ledger, name) for name in names):
        yield from _told(deployed, entry, trace, ids)


def _told(deployed: Deployed, entry: JournalEntry, trace: str, ids: set[Any]) -> Iterator[Hop]:
    for i, event in enumerate(entry.events):
        facts = event.data or {}
        if facts.get("trace") != trace and facts.get("order_id") not in ids:
            continue
        alert_id = f"{entry.alert_id}-{i}"
        yield Hop(entry.ts, "journal", alert_id, f"{event.kind}: {event.text}")
        if event.kind not in QUIET:
            yield _alert(deployed, entry, alert_id, event)


def _alert(deployed: Deployed, entry: JournalEntry, alert_id: str, event: Event) -> Hop:
    delivery = DynamoAlerts(deployed.market, lambda: 0.0).find(entry.ts, alert_id)
    if delivery is None:
        return Hop(0, "alert", alert_id, f"{event.kind} has not been delivered yet")
    told = ", ".join(f"{name} {outcome}" for name, outcome in delivery.outcomes.items()) or "no channel is configured"
    return Hop(delivery.at, "alert", alert_id, f"{event.severity} {event.kind}: {told}")


# ── what was logged ──────────────────────────────────────────────────────────────────────────────────────────────


def _logged(deployed: Deployed, trace: str, latest: int) -> Iterator[Hop]:
    """Yield the functions' own lines with the time on the wall; where there are no logs, none."""
    for name in _LOGGING:
        if name in deployed.functions:
            try:
                yield from _lines(deployed, name, trace, latest)
            except (ClientError, BotoCoreError):
                continue  # logs that expired, or that nobody may read, leave the rest of the path as it is


def _lines(deployed: Deployed, name: str, trace: str, latest: int) -> Iterator[Hop]:
    window: dict[str, int] = {}
    if deployed.configuration.clock != "replay":  # recorded time says nothing of when it was logged
        window = {"startTime": latest - DAY, "endTime": latest + 10 * MINUTE}
    group = f"/aws/lambda/{deployed.functions[name]}"
    answer = deployed.client("logs").filter_log_events(
        logGroupName=group, filterPattern=f'"{trace}"', limit=_LINES, **window
    )
    for event in answer.get("events", ()):
        text = _message(event["message"])
        if text and trace in event["message"]:
            yield Hop(int(event["timestamp"]), "log", name, text)


def _message(line: str) -> str:
    """Return what a structured line says; empty where it is none."""
    try:
        row = json.loads(line[line.index("{") :])
    except ValueError:
        return ""
    named = {key: row[key] for key in ("alert_id", "intents", "failed", "function_request_id") if key in row}
    return f"{row.get('message', '')} {' '.join(f'{key}={value}' for key, value in named.items())}".strip()

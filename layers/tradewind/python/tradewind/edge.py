"""The edge between AWS events and use cases: parsing, batch answers and logs. No business is decided here."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from tradewind.application.each import each
from tradewind.domain.errors import InvariantError, PermanentError
from tradewind.domain.events import Event
from tradewind.domain.messages import IntentMessage, Message, from_json, group_id

type LambdaEvent = Mapping[str, Any]


def logger() -> Logger:
    """Return the structured logger of a function; lines go to stderr as they happen."""
    return Logger(stream=sys.stderr)


def metrics(environment: str, values: Mapping[str, float]) -> str:
    """Return a log line that CloudWatch reads as metrics of the environment: no request, and one price a name.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    names = [{"Name": name} for name in values]
    head = {
        "Timestamp": time.time_ns() // 1_000_000,
        "CloudWatchMetrics": [{"Namespace": "Tradewind", "Dimensions": [["environment"]], "Metrics": names}],
    }
    return json.dumps({"_aws": head, "environment": environment, **values})


def _tell_use(log: Logger, meter: Callable[[], "Metering"], ms: float) -> None:
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    try:
        log.info("used", extra={"ms": round(ms, 1), "memory": memory, **meter().taken()})
    except Exception:  # noqa: BLE001 - the handler's edge: what something costs may never cost an order
        log.warning("what was used could not be counted")


class Metering(Protocol):
    """What counts the calls of a process."""

    def taken(self) -> dict[str, Any]:
        """Return what was used since the last time."""


def metered[**P, R](log: Logger, meter: Callable[[], Metering]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a handler say after each call what that used: `tradewind cost --metered` adds it up.

    One line a call; a metric for each function and strategy would cost more than what it measures.
    """

    def around(handler: Callable[P, R]) -> Callable[P, R]:
        @wraps(handler)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            begun = time.perf_counter_ns()
            try:
                return handler(*args, **kwargs)
            finally:
                _tell_use(log, meter, (time.perf_counter_ns() - begun) / 1e6)

        return call

    return around


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


POKE = (0, 2)
"""What a poke reads as: a correction of everything. The evaluator looks everywhere, and nothing that came with the
poke is forgotten for it."""


def slice_wakes(event: LambdaEvent) -> dict[str, list[tuple[int, int]]]:
    """Return (ts_close, rev) of the slices that woke us by shard, and `POKE` where a shard was poked.

    Parameters
    ----------
    event : mapping
        A DynamoDB stream event of the market table, keys only.
    """
    wakes: dict[str, list[tuple[int, int]]] = {}
    for record in event["Records"]:
        keys = record["dynamodb"]["Keys"]
        kind, _, shard = keys["pk"]["S"].partition("#")
        ts, _, rev = keys["sk"]["S"].partition("#")
        wakes.setdefault(shard, []).append((int(ts), int(rev)) if kind == "SLICE" else POKE)
    return wakes


def journal_wakes(event: LambdaEvent) -> list[str]:
    """Return the names of the journals that woke us, from a DynamoDB stream event of the ledger table."""
    return [record["dynamodb"]["Keys"]["pk"]["S"].partition("#")[2] for record in event["Records"]]


def for_each_shard(
    wakes: Mapping[str, list[tuple[int, int]]], evaluate: Callable[[str, list[tuple[int, int]]], None]
) -> None:
    """Evaluate every shard even if one fails, then raise: a raised batch comes again, and all of it is idempotent.

    Raises
    ------
    ExceptionGroup
        Of what the failing shards raised.
    """
    failures = each(wakes, lambda shard: evaluate(shard, wakes[shard]))
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(wakes)} shards failed", [error for _, error in failures])


# ── the order queue ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FifoBatch:
    """A batch of the order queue, answered record by record.

    A record that failed for now fails the later records of its group too, so that order holds; what can never succeed
    goes to the dead-letter queue with its reason and is acknowledged; a broken promise halts the instrument first.

    `expect` is told of the whole batch before its first message is executed.
    """

    execute: Callable[[Message], None]
    halt: Callable[[Message, str], None]
    refuse: Callable[[str, str], None]
    log: Logger
    expect: Callable[[Sequence[Message]], Any] = len

    def __call__(self, event: LambdaEvent) -> dict[str, list[dict[str, str]]]:
        """Execute every record; return the failures in the shape that SQS expects."""
        messages = list(_readable(event["Records"]))
        self.expect(messages)
        failed: list[str] = []
        held: set[str] = set()
        for record in event["Records"]:
            group = record["attributes"].get("MessageGroupId", "")
            if group in held or not self._one(record):
                held.add(group)
                failed.append(record["messageId"])
        # One line a batch: a line for each bar of each position would cost more than applying it.
        groups, traces = sorted(set(map(group_id, messages))), sorted({message.trace for message in messages})
        self.log.info("executed", extra={"traces": traces, "groups": groups, "failed": len(failed)})
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}

    def _one(self, record: Mapping[str, Any]) -> bool:
        try:
            self._settle(record)
        except Exception:  # the handler's edge: whatever it is, the record comes again, and others have their turn
            self.log.exception("message failed for now", extra={"message_id": record["messageId"]})
            return False
        return True

    def _settle(self, record: Mapping[str, Any]) -> None:
        """Execute a record, or refuse it for good; where even that fails, it comes again."""
        try:
            self._execute(from_json(record["body"]))
        except PermanentError as error:
            self.log.warning("message refused", extra={"reason": str(error), "message_id": record["messageId"]})
            self.refuse(record["body"], str(error))

    def _execute(self, message: Message) -> None:
        try:
            self.execute(message)
        except InvariantError as error:
            self.log.critical("a promise is broken", extra={"reason": str(error), "group": group_id(message)})
            self.halt(message, str(error))
            raise PermanentError(f"halted {message.instrument}: {error}") from error


def strategies_of(messages: Sequence[Message]) -> dict[str, int]:
    """Return how many of the messages each strategy sent; bars and commands are everybody's."""
    return dict(Counter(one.intent.strategy for one in messages if isinstance(one, IntentMessage)))


def _readable(records: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    for record in records:
        with suppress(PermanentError):  # it is refused when its turn comes
            yield from_json(record["body"])


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def sns_alerts(event: LambdaEvent) -> Sequence[tuple[str, Event, int]]:
    """Return (alert id, event, time) of each SNS record.

    Raises
    ------
    PermanentError
        If a message is not one of ours.
    """
    return [_alert(record["Sns"]["Message"]) for record in event["Records"]]


def _alert(text: str) -> tuple[str, Event, int]:
    try:
        row = json.loads(text)
        return row["alert_id"], Event.from_dict(row), row["ts"]
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError(f"alert cannot be read: {type(error).__name__} {error}; it was {text[:200]!r}") from None

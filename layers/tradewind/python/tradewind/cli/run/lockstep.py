"""Lockstep: each step goes through the deployed functions to its end before the next one begins."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.run.effects import Effects
from tradewind.cli.run.logs import last_words
from tradewind.cli.run.rhythm import Rhythm
from tradewind.domain.decision_record import DecisionRecord

LISTENERS = ("execute_orders", "publish_events", "send_alerts")
"""The functions that first have work in the middle of a replay."""

PATIENCE = 30.0
"""Seconds that a step may take before somebody should look."""

_WAITING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_SOON = 0.3
_FAILURE = 500


@dataclass(slots=True)
class Lockstep:
    """Drives one deployed environment by its replay clock.

    Attributes
    ----------
    shards : sequence of str
        In the order in which each step releases them.
    """

    deployed: Deployed
    shards: Sequence[str]
    patience: float = PATIENCE
    refused: int = 0
    _journal: DynamoJournal = field(init=False)
    _progress: DynamoProgress = field(init=False)
    _effects: Effects = field(init=False)
    _rhythms: dict[str, Rhythm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._journal = DynamoJournal(self.deployed.ledger)
        self._progress = DynamoProgress(self.deployed.market, time.time)
        self._effects = Effects(self.deployed.market, self.deployed.ledger)

    def wake(self) -> None:
        """Have the functions that no warm-up reaches start, side by side, each by an event of no records.

        One that starts cold in the middle of the replay, as several workers at once where alerts burst, would hold
        up every function beside it.
        """
        for function in LISTENERS:
            self.deployed.client("lambda").invoke(
                FunctionName=self.deployed.functions[function], InvocationType="Event", Payload=b'{"Records": []}'
            )

    def step(self, now: int) -> None:
        """Bring every shard to `now`, UTC ms, and the orders that this causes to their end.

        Raises
        ------
        CommandError
            If a function fails or does not finish; it names the function and shows its last words.
        """
        for shard in self.shards:
            self._worked_off(shard, self._fetch(shard, now))

    def announced(self, journals: Sequence[str]) -> None:
        """Wait until nothing is in flight and everything in the journals has been announced."""
        self.drained()

        def done() -> bool:
            return all(self._journal.published(one) >= self._journal.head(one)[0] for one in journals)

        self._wait("publish_events", "the alerts were not all announced", done)

    def _fetch(self, shard: str, now: int) -> int:
        """Have the shard's closed bars stored; return the time of its latest slice."""
        while True:
            report = self._invoke("fetch_bars", {"shard": shard, "now": now})
            self.refused += report["refusals"]
            if not report["remaining"]:
                return int(report["watermark"])

    def _invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        answer = self.deployed.client("lambda").invoke(
            FunctionName=self.deployed.functions[function], Payload=json.dumps(payload)
        )
        text = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise CommandError(
                f"{function} failed on {payload}: {_message(text)}\n{last_words(self.deployed, function)}"
            )
        report: dict[str, Any] = json.loads(text)
        return report

    def _worked_off(self, shard: str, ts: int) -> None:
        """Wait until a shard's decisions at `ts` are stored and everything that they owe has had its effect.

        The ledger shows that sooner than the queue, which forgets a message only when its function has returned.
        The queue is asked where an effect does not show soon: a refused message has none.
        """
        if not ts:
            return  # a shard without a bar yet has nothing to decide
        record: DecisionRecord | None = None
        since = 0.0

        def done() -> bool:
            nonlocal record, since
            if record is None:
                record, since = self._effects.decided(shard, ts), time.monotonic()
            if record is None:
                return False
            if not record.owed or self._effects.visible(record.owed):
                return True
            return time.monotonic() - since > _SOON and self._has_sent(shard, ts) and self._is_drained()

        def too_late() -> NoReturn:
            if record is None:
                self._complain("evaluate_bars", f"shard {shard} was not evaluated up to {ts}")
            self._complain("execute_orders", f"the orders of shard {shard} at {ts} were not worked off")

        rhythm = self._rhythms.setdefault("step" if self._effects.expects(shard) else "idle step", Rhythm())
        rhythm.wait(done, too_late, self.patience)

    def _has_sent(self, shard: str, ts: int) -> bool:
        return self._progress.load(shard).watermark >= ts

    def drained(self) -> None:
        """Wait until the order queue holds nothing, neither waiting nor in work."""
        self._wait("execute_orders", "the order queue was not worked off", self._is_drained)

    def _is_drained(self) -> bool:
        url = self.deployed.output("OrderQueueUrl")
        answer = self.deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=_WAITING)
        return not any(int(answer["Attributes"].get(name, 0)) for name in _WAITING)

    def _wait(self, function: str, complaint: str, done: Callable[[], bool]) -> None:
        rhythm = self._rhythms.setdefault(function, Rhythm())
        rhythm.wait(done, lambda: self._complain(function, complaint), self.patience)

    def _complain(self, function: str, complaint: str) -> NoReturn:
        words = last_words(self.deployed, function)
        raise CommandError(f"{complaint} within {self.patience:.0f} s; look at the log of {function}:\n{words}")


def _message(text: str) -> str:
    try:
        row = json.loads(text)
        return f"{row['errorType']}: {row['errorMessage']}"[:_FAILURE]
    except (ValueError, KeyError, TypeError):
        return text[:_FAILURE]

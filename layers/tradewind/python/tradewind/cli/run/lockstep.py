"""Lockstep: each step goes through the deployed functions to its end before the next one begins."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.run.logs import last_words

PATIENCE = 30.0
"""Seconds that a step may take before somebody should look."""

_PAUSE = 0.001
_WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
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
    _progress: DynamoProgress = field(init=False)
    _journal: DynamoJournal = field(init=False)

    def __post_init__(self) -> None:
        self._progress = DynamoProgress(self.deployed.market, time.time)
        self._journal = DynamoJournal(self.deployed.ledger)

    def step(self, now: int) -> None:
        """Bring every shard to `now`, UTC ms, and the orders that this causes to their end.

        Raises
        ------
        CommandError
            If a function fails or does not finish; it names the function and shows its last words.
        """
        for shard in self.shards:
            reached = self._fetch(shard, now)
            if self._evaluated(shard, reached):
                self._drained()

    def announced(self, journals: Sequence[str]) -> None:
        """Wait until everything in the journals has been announced."""
        with self._within("publish_events", "the alerts were not all announced") as still:
            while still() and any(self._journal.published(one) < self._journal.head(one)[0] for one in journals):
                time.sleep(0.02)

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
            raise CommandError(f"{function} failed on {payload}: {_message(text)}\n{last_words(self.deployed, function)}")
        report: dict[str, Any] = json.loads(text)
        return report

    def _evaluated(self, shard: str, ts: int) -> bool:
        """Wait until a shard has been evaluated up to `ts`; return whether that sent messages."""
        with self._within("evaluate_bars", f"shard {shard} was not evaluated up to {ts}") as still:
            while still():
                progress = self._progress.load(shard)
                if progress.watermark >= ts:
                    return progress.owed > 0
                time.sleep(_PAUSE)
        return False

    def _drained(self) -> None:
        """Wait until the order queue holds nothing, neither waiting nor in work."""
        sqs, url = self.deployed.client("sqs"), self.deployed.output("OrderQueueUrl")
        with self._within("execute_orders", "the order queue was not worked off") as still:
            while still():
                counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_WAITING)["Attributes"]
                if not any(int(counts.get(name, 0)) for name in _WAITING):
                    return
                time.sleep(_PAUSE)

    @contextmanager
    def _within(self, function: str, complaint: str) -> Iterator[Callable[[], bool]]:
        """Give the body a clock that it asks between two looks; raise once its time is up."""
        deadline = time.monotonic() + self.patience

        def still() -> bool:
            if time.monotonic() < deadline:
                return True
            words = last_words(self.deployed, function)
            raise CommandError(f"{complaint} within {self.patience:.0f} s; look at the log of {function}:\n{words}")

        yield still


def _message(text: str) -> str:
    try:
        row = json.loads(text)
        return f"{row['errorType']}: {row['errorMessage']}"[:_FAILURE]
    except (ValueError, KeyError, TypeError):
        return text[:_FAILURE]

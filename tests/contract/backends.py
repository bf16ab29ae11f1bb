"""Every port over one storage, in memory and on AWS: what the contract suite is run against."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, NamedTuple, Protocol

from tests.fakes.backfills import FakeBackfills
from tests.fakes.evaluator_stores import FakeDecisions, FakeOrderQueue, FakeProgress, FakeSlices
from tests.fakes.ledger import FakeControls, FakeHealthBoard, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSplits
from tests.fakes.providers import FakeBreakers, FakeRateBudget, FakeUniverses
from tests.fakes.tiers import FakeArchivedSeries
from tests.fakes.world import FakeNotices, FakeTopic
from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
from tradewind.adapters.dynamodb.backfills import DynamoBackfills
from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.notices import DynamoNotices
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.providers import DynamoBreakers, DynamoRateBudget
from tradewind.adapters.dynamodb.refusals import DynamoRefusals
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.splits import DynamoSplits
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.dynamodb.universes import DynamoUniverses
from tradewind.adapters.sns import SnsAlertTopic
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.application.ports import (
    AlertTopic,
    Controls,
    Decisions,
    HealthBoard,
    Journal,
    Ledger,
    Notices,
    OrderQueue,
    Progress,
    SliceLog,
)
from tradewind.application.ports_backfill import Backfills
from tradewind.application.ports_bars import ArchivedSeries
from tradewind.application.ports_market import SliceStore
from tradewind.application.ports_reliability import BreakerStore, RateBudget
from tradewind.application.ports_repair import Holes, RefusalLog, SplitStore
from tradewind.application.refresh_universe import UniverseStore
from tradewind.domain.messages import group_id, to_json

_NAMES = count(1)

WALL = 1_000_000_000
"""What the clocks of the stores show: seconds since 1970."""


class SliceTable(SliceStore, SliceLog, Protocol):
    """Slices from both sides."""


class Sent(NamedTuple):
    """A message as its receiver sees it."""

    group: str
    body: str


@dataclass(frozen=True)
class Ports:
    """One process's adapters over the shared storage."""

    ledger: Ledger
    controls: Controls
    board: HealthBoard
    journal: Journal
    slices: SliceTable
    decisions: Decisions
    progress: Progress
    series: ArchivedSeries
    refusals: RefusalLog
    queue: OrderQueue
    topic: AlertTopic
    breakers: BreakerStore
    budget: RateBudget
    notices: Notices
    holes: Holes
    universes: UniverseStore
    splits: SplitStore
    backfills: Backfills


class Backend(Protocol):
    """A storage that outlives processes."""

    def process(self) -> Ports:
        """Return adapters as a new process would build them."""

    def received(self) -> list[Sent]:
        """Take what was sent to the order queue, in order within each group."""

    def refused(self) -> list[tuple[str, str]]:
        """Take the dead letters: (body, reason)."""

    def alerts(self) -> list[dict[str, Any]]:
        """Take what was published."""

    def refusal_count(self) -> int:
        """Return how many refusals are kept."""


@dataclass
class FakeBackend:
    """Dictionaries."""

    ledger: LedgerItems = field(default_factory=LedgerItems)
    slices: FakeSlices = field(default_factory=FakeSlices)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    progress: FakeProgress = field(default_factory=FakeProgress)
    series: FakeArchivedSeries = field(default_factory=lambda: FakeArchivedSeries(now=lambda: WALL * 1000))
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    queue: FakeOrderQueue = field(default_factory=FakeOrderQueue)
    topic: FakeTopic = field(default_factory=FakeTopic)
    breakers: FakeBreakers = field(default_factory=FakeBreakers)
    budget: FakeRateBudget = field(default_factory=FakeRateBudget)
    notices: FakeNotices = field(default_factory=FakeNotices)
    holes: FakeHoles = field(default_factory=FakeHoles)
    universes: FakeUniverses = field(default_factory=FakeUniverses)
    splits: FakeSplits = field(default_factory=FakeSplits)
    backfills: FakeBackfills = field(default_factory=FakeBackfills)

    def process(self) -> Ports:
        return Ports(
            FakeLedger(self.ledger),
            FakeControls(self.ledger),
            FakeHealthBoard(self.ledger),
            FakeJournal(self.ledger),
            self.slices,
            self.decisions,
            self.progress,
            self.series,
            self.refusals,
            self.queue,
            self.topic,
            self.breakers,
            self.budget,
            self.notices,
            self.holes,
            self.universes,
            self.splits,
            self.backfills,
        )

    def received(self) -> list[Sent]:
        taken, self.queue.sent = self.queue.sent, []
        return [Sent(group_id(message), to_json(message)) for message in taken]

    def refused(self) -> list[tuple[str, str]]:
        return list(self.queue.refused)

    def alerts(self) -> list[dict[str, Any]]:
        return [{"alert_id": name, "ts": ts, **event.to_dict()} for name, event, ts in self.topic.published]

    def refusal_count(self) -> int:
        return len(self.refusals.items)


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """Return a client of an emulator, or one that moto takes over: it never speaks to AWS."""
    from botocore.session import get_session  # noqa: PLC0415 - tests over fakes alone need not wait for it

    return get_session().create_client(
        service,
        region_name="us-east-1",
        # Said even for moto, so that no AWS_ENDPOINT_URL of the surroundings can lead elsewhere.
        endpoint_url=endpoint or f"https://{service}.us-east-1.amazonaws.com",
        aws_access_key_id="000000000000",
        aws_secret_access_key="000000000000",  # noqa: S106 - nobody's
    )


def create_table(dynamodb: Any) -> Table:
    """Create a table as the stack does."""
    name = f"contract-{os.getpid()}-{next(_NAMES)}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(dynamodb, name)


class AwsBackend:
    """The real adapters: on moto, or on what `endpoint` names."""

    def __init__(self, endpoint: str | None = None, wall: Callable[[], float] = lambda: WALL) -> None:
        self._endpoint, self._wall = endpoint, wall
        self.market, self.ledger = (create_table(self._client("dynamodb")) for _ in range(2))

    def process(self) -> Ports:
        slices = DynamoSlices(self.market, self._wall)
        return Ports(
            DynamoLedger(self.ledger),
            DynamoControls(self.ledger),
            DynamoHealthBoard(self.ledger),
            DynamoJournal(self.ledger),
            slices,
            DynamoDecisions(self.market, self._wall),
            DynamoProgress(self.market, self._wall),
            DynamoArchivedSeries(self.market, self._wall),
            DynamoRefusals(self.market, self._wall),
            _lazily(self._queue),
            _lazily(self._topic),
            DynamoBreakers(self.market),
            DynamoRateBudget(self.market),
            DynamoNotices(self.market, self._wall),
            DynamoHoles(self.market, self._wall),
            DynamoUniverses(self.market),
            DynamoSplits(self.market),
            DynamoBackfills(self.market, self._wall),
        )

    def received(self) -> list[Sent]:
        return [Sent(one["Attributes"]["MessageGroupId"], one["Body"]) for one in self._drain(self._orders_url())]

    def refused(self) -> list[tuple[str, str]]:
        letters = self._drain(self._dead_url())
        return [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in letters]

    def alerts(self) -> list[dict[str, Any]]:
        self._topic()
        envelopes = [json.loads(one["Body"]) for one in self._drain(self._mailbox)]
        return [json.loads(one["Message"]) for one in envelopes]

    def refusal_count(self) -> int:
        return len(list(self.market.query("REFUSALS#daily")))

    def close(self) -> None:
        for table in (self.market, self.ledger):
            table.client.delete_table(TableName=table.name)

    @cache  # noqa: B019 - a backend lives as long as its test
    def _orders_url(self) -> str:
        return self._create_queue(fifo=True)

    @cache  # noqa: B019
    def _dead_url(self) -> str:
        return self._create_queue(fifo=True)

    @cache  # noqa: B019
    def _queue(self) -> SqsOrderQueue:
        return SqsOrderQueue(self._client("sqs"), self._orders_url(), self._dead_url())

    @cache  # noqa: B019
    def _topic(self) -> SnsAlertTopic:
        sns, sqs = self._client("sns"), self._client("sqs")
        arn: str = sns.create_topic(Name=f"contract-{next(_NAMES)}")["TopicArn"]
        self._mailbox = self._create_queue(fifo=False)
        target = sqs.get_queue_attributes(QueueUrl=self._mailbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        admitted = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [admitted | {"Resource": target}]})
        sqs.set_queue_attributes(QueueUrl=self._mailbox, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=target)
        return SnsAlertTopic(sns, arn, "test")

    def _create_queue(self, *, fifo: bool) -> str:
        name = f"contract-{os.getpid()}-{next(_NAMES)}" + (".fifo" if fifo else "")
        attributes = {"FifoQueue": "true"} if fifo else {}
        url: str = self._client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def _client(self, service: str) -> Any:
        return client(service, self._endpoint)

    def _drain(self, url: str) -> Sequence[dict[str, Any]]:
        sqs, taken = self._client("sqs"), []
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages"):
            for one in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            taken += messages
        return taken


class _Lazy:
    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    def __getattr__(self, name: str) -> Any:
        return getattr(self._build(), name)


def _lazily(build: Callable[[], Any]) -> Any:
    """Return an adapter that is built when it is first used: most tests need neither queue nor topic."""
    return _Lazy(build)

"""An environment under examination: everything that checks look at, each asked for once."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.applied_splits import rescaled, scales
from tradewind.application.once import AUDIT
from tradewind.application.publish_events import SYSTEM
from tradewind.application.verify_ledger import Chain, Link, verify_chain
from tradewind.cli.deployed import LOCAL, Deployed
from tradewind.cli.diagnosis.standing import queue_urls
from tradewind.domain.alerting import ChannelRules, channels_of
from tradewind.domain.configuration import Configuration
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.venue import VenueFlow

type Facts = Mapping[str, Any]


@dataclass(slots=False)
class Patient:
    """One environment."""

    deployed: Deployed

    @property
    def configuration(self) -> Configuration:
        """As it was built here."""
        return self.deployed.configuration

    @property
    def is_live(self) -> bool:
        """Whether time is real."""
        return self.configuration.clock != "replay"

    @property
    def in_cloud(self) -> bool:
        """Whether it stands on AWS."""
        return self.deployed.environment != LOCAL

    @cached_property
    def now(self) -> int:
        """UTC ms by this machine's clock."""
        return time.time_ns() // 1_000_000

    @cached_property
    def prefix(self) -> str:
        """What every name of the environment begins with."""
        return f"tradewind-{self.deployed.environment}"

    # ── what is deployed ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def tables(self) -> Mapping[str, Facts]:
        """Both tables as DynamoDB describes them."""
        dynamodb = self.deployed.client("dynamodb")
        names = {"market": "MarketTable", "ledger": "LedgerTable"}
        return {
            name: dynamodb.describe_table(TableName=self.deployed.output(output))["Table"]
            for name, output in names.items()
        }

    @cached_property
    def skew(self) -> float:
        """Seconds by which this machine's clock is ahead of the service's; both told by one request."""
        dynamodb = self.deployed.client("dynamodb")
        answer = dynamodb.describe_table(TableName=self.deployed.output("MarketTable"))
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        return time.time() - parsedate_to_datetime(told).timestamp() if told else 0.0

    @cached_property
    def queues(self) -> Mapping[str, Facts]:
        """Attributes of every queue by a person's name for it."""
        sqs = self.deployed.client("sqs")
        return {
            name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for name, url in queue_urls(self.deployed).items()
        }

    @cached_property
    def functions(self) -> Mapping[str, Facts]:
        """Every function's configuration by the product's name for it."""
        client = self.deployed.client("lambda")
        deployed = sorted(self.deployed.functions.items())
        return {name: client.get_function_configuration(FunctionName=given) for name, given in deployed}

    @cached_property
    def mappings(self) -> Sequence[Facts]:
        """What wakes functions: streams and the order queue."""
        pages = self.deployed.client("lambda").get_paginator("list_event_source_mappings").paginate()
        mine = set(self.deployed.functions.values())
        return [
            row
            for page in pages
            for row in page["EventSourceMappings"]
            if row["FunctionArn"].rpartition(":function:")[2] in mine
        ]

    @cached_property
    def schedules(self) -> Mapping[str, Facts]:
        """Every schedule of the environment by its name."""
        client = self.deployed.client("scheduler")
        pages = client.get_paginator("list_schedules").paginate(GroupName=self.prefix)
        names = [row["Name"] for page in pages for row in page["Schedules"]]
        return {name: client.get_schedule(GroupName=self.prefix, Name=name) for name in names}

    @cached_property
    def alarms(self) -> Sequence[Facts]:
        """Every alarm of the environment."""
        pages = (
            self.deployed.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.prefix)
        )
        return [row for page in pages for row in page["MetricAlarms"]]

    @cached_property
    def subscriptions(self) -> Sequence[Facts]:
        """Who is told by the alert topic."""
        arn = self.deployed.output("AlertTopicArn")
        pages = self.deployed.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        return [row for page in pages for row in page["Subscriptions"]]

    @cached_property
    def log_groups(self) -> Mapping[str, Facts]:
        """Log groups of the functions by their names."""
        pages = (
            self.deployed.client("logs")
            .get_paginator("describe_log_groups")
            .paginate(logGroupNamePrefix=f"/aws/lambda/{self.prefix}")
        )
        return {row["logGroupName"]: row for page in pages for row in page["logGroups"]}

    @cached_property
    def channels(self) -> Sequence[ChannelRules]:
        """The configured channels of alerts."""
        return channels_of(self.configuration.alerts)

    # ── what the tables say ──────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def latest(self) -> Mapping[str, int]:
        """`ts_close` of each shard's latest slice; 0 for none."""
        slices = DynamoSlices(self.deployed.market, time.time)
        return {shard.name: slices.latest(shard.name) for shard in self.configuration.shards}

    @cached_property
    def evaluated(self) -> Mapping[str, int]:
        """Each shard's watermark."""
        progress = DynamoProgress(self.deployed.market, time.time)
        return {shard.name: progress.load(shard.name).watermark for shard in self.configuration.shards}

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """Every account that has booked anything."""
        found = {one.name: queries.account(self.deployed.ledger, one.name) for one in self.configuration.accounts}
        return {name: account for name, account in found.items() if account}

    @cached_property
    def books(self) -> Mapping[str, Sequence[Book]]:
        """Every book by its account."""
        return {one.name: queries.books(self.deployed.ledger, one.name) for one in self.configuration.accounts}

    @cached_property
    def fills(self) -> Mapping[str, Sequence[Fill]]:
        """Every fill by its account."""
        return {one.name: queries.fills(self.deployed.ledger, one.name) for one in self.configuration.accounts}

    @cached_property
    def flows(self) -> Mapping[str, Sequence[VenueFlow]]:
        """Every movement of balances that no order made, by its account."""
        return {one.name: queries.flows(self.deployed.ledger, one.name) for one in self.configuration.accounts}

    @cached_property
    def fills_on_one_scale(self) -> Mapping[str, Sequence[Fill]]:
        """Every fill by its account, on the scale after the splits that its journal tells of."""
        return {name: rescaled(fills, scales(self.journals.get(name, ()))) for name, fills in self.fills.items()}

    @cached_property
    def chains(self) -> Mapping[str, tuple[Chain, str]]:
        """How far each journal is whole, and what is wrong with the entry after that."""
        return {name: verify_chain(name, links) for name, links in self.links.items()}

    @cached_property
    def announced(self) -> Mapping[str, int]:
        """The number of the last entry of each journal that was announced; nobody announces the audit trail."""
        source = DynamoJournal(self.deployed.ledger)
        return {name: source.published(name) for name in self.journals if name != AUDIT}

    @cached_property
    def links(self) -> Mapping[str, Sequence[Link]]:
        """Every journal by its name, as it is stored: nothing of it is believed."""
        names = [*(one.name for one in self.configuration.accounts), SYSTEM, AUDIT]
        return {name: list(queries.links(self.deployed.ledger, name)) for name in names}

    @cached_property
    def journals(self) -> Mapping[str, Sequence[JournalEntry]]:
        """What every journal says, whether or not its chain is whole."""
        return {name: [_entry(link) for link in links] for name, links in self.links.items()}

    @cached_property
    def controls(self) -> Mapping[str, Control]:
        """Every account's kill switch."""
        controls = DynamoControls(self.deployed.ledger)
        return {one.name: controls.get(one.name) for one in self.configuration.accounts}

    @cached_property
    def failing(self) -> Mapping[str, str]:
        """What the watch says is unwell."""
        return DynamoHealthBoard(self.deployed.ledger).get().failing


def _entry(link: Link) -> JournalEntry:
    try:
        journal, seq, ts, rows = json.loads(link.text)
        return JournalEntry(journal, seq, ts, tuple(map(Event.from_dict, rows)), link.previous_hash)
    except (ValueError, KeyError, TypeError):
        return JournalEntry("", link.number, 0, (), link.previous_hash)  # the chain's own check tells of it

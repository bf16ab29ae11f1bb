"""How what reaches people is put together: channels of alerts, the chat, and reports."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tradewind.domain.configuration import Configuration
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.application.announce_deployment import AnnounceDeployment
    from tradewind.application.make_report import Cost, MakeReport
    from tradewind.application.meter_spending import MeterSpending
    from tradewind.application.ports import Clock
    from tradewind.application.send_alert import SendAlert
    from tradewind.application.send_report import SendReport
    from tradewind.application.telegram_bot import TelegramBot

ANSWERED_WITHIN = 15.0
"""Seconds that channels have together: the function that sends has five more to note what became of it."""

type Clients = Callable[[str], Any]
"""Returns the client of a service."""


def alert_delivery(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", clients: Clients, clock: "Clock"
) -> "SendAlert":
    """Build the delivery of alerts to every configured channel."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.alerts import DynamoAlerts
    from tradewind.adapters.side_by_side import side_by_side
    from tradewind.application.send_alert import SendAlert
    from tradewind.domain.alerting import channels_of

    rules, channels = channels_of(configuration.alerts), {}
    if rules:
        from tradewind.adapters.channels.registry import Channels
        from tradewind.adapters.secrets import Secrets

        made = Channels(configuration.environment, clients, Secrets(clients), settings.people_topics)
        channels = {one.name: made.build(one) for one in rules}
    at_once = side_by_side(ANSWERED_WITHIN)
    return SendAlert(rules, channels, DynamoAlerts(market, time.time), clock, JitterPause(), at_once)


def telegram_bot(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", ledger: "Table", clients: Clients,
    clock: "Clock",
) -> "TelegramBot | None":  # fmt: skip
    """Build the chat, whose calls an HTTP route hands over; None where none is configured."""
    row = configuration.alerts.get("bot")
    if not row:
        return None
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.secrets import Secrets
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.switch import SwitchTrading
    from tradewind.application.telegram_bot import TelegramBot

    secrets, place = Secrets(clients), str(row["secret"])
    return TelegramBot(
        configuration=configuration,
        secret=lambda: secrets.text(place),
        chats=frozenset(row["chats"]),
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(clients("sqs"), settings.order_queue_url, "", settings.run),
        switch=SwitchTrading(DynamoControls(ledger), DynamoJournal(ledger), JitterPause()),
        notices=DynamoNotices(market, time.time),
        clock=clock,
    )


def announce_deployment(
    configuration: Configuration, settings: RuntimeSettings, market: "Table"
) -> "AnnounceDeployment":
    """Build what says that something else is at work now."""
    from tradewind.adapters.dynamodb.deployments import DynamoDeployments
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.application.announce_deployment import AnnounceDeployment

    notices = DynamoNotices(market, time.time)
    version, hashed = settings.version, configuration.hash[:12]
    return AnnounceDeployment(DynamoDeployments(market), notices, configuration.environment, version, hashed)


def report_maker(configuration: Configuration, market: "Table", ledger: "Table", cost: "Cost") -> "MakeReport":
    """Build what gathers a report."""
    from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
    from tradewind.adapters.dynamodb.progress import DynamoProgress
    from tradewind.adapters.dynamodb.records import DynamoRecords
    from tradewind.adapters.dynamodb.reports import DynamoReports
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.application.make_report import MakeReport
    from tradewind.application.standing import Standing

    slices, progress = DynamoSlices(market, time.time), DynamoProgress(market, time.time)
    standing = Standing(configuration, DynamoRecords(ledger), DynamoControls(ledger), slices, progress)
    return MakeReport(standing, DynamoReports(market, ledger, time.time), DynamoHealthBoard(ledger), cost)


def send_report(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", ledger: "Table", clients: Clients
) -> "SendReport":
    """Build the report of the day."""
    from tradewind.adapters.dynamodb.spending import DynamoSpending
    from tradewind.adapters.s3.reports import S3Reports
    from tradewind.adapters.sns import SnsAlertTopic
    from tradewind.application.meter_spending import month_of
    from tradewind.application.send_report import SendReport
    from tradewind.application.spending import so_far

    spending = DynamoSpending(market)
    make = report_maker(configuration, market, ledger, lambda now: so_far(spending, month_of(now)))
    keep = S3Reports(clients("s3"), settings.data_bucket).keep
    topic = SnsAlertTopic(clients("sns"), settings.alert_topic_arn, settings.environment)
    zone, at = configuration.reports.get("zone", "UTC"), configuration.reports.get("at", ("09:00", "17:00"))
    return SendReport(make, keep, topic, zone, tuple(at))


def spending_meter(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", ledger: "Table", clients: Clients
) -> "MeterSpending":
    """Build what adds up what the functions used, and holds strategies to their budgets."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.spending import DynamoSpending
    from tradewind.adapters.usage_log import CloudWatchUsage
    from tradewind.application.meter_spending import MeterSpending
    from tradewind.application.switch import SwitchTrading

    switch = SwitchTrading(DynamoControls(ledger), DynamoJournal(ledger), JitterPause())
    names = {one.rpartition("-")[2]: one for one in settings.metered}
    return MeterSpending(configuration, CloudWatchUsage(clients("logs"), names), DynamoSpending(market), switch)

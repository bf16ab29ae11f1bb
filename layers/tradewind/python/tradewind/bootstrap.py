"""The composition root: the only importer of adapters. One builder a function, each importing only what it needs.

Imports stand inside the builders on purpose: a function's cold start pays for what it uses and for nothing else.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import content_hash
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead, MessagesAhead
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.adapters.metering import Meter
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.evaluate_bars import EvaluateBars
    from tradewind.application.execute_message import ExecuteMessage
    from tradewind.application.guard_stops import GuardStops
    from tradewind.application.meter_spending import MeterSpending
    from tradewind.application.ports import Clock
    from tradewind.application.ports_market import BarSource
    from tradewind.application.publish_events import PublishEvents
    from tradewind.application.send_alert import SendAlert
    from tradewind.application.send_report import SendReport
    from tradewind.application.watch import Watch

WARM_UP_BARS = 300
"""Bars that a live provider is first asked for: enough to warm every built-in strategy."""

type Fetcher = Callable[[str, int | None], dict[str, Any]]
type Compactor = Callable[[], dict[str, Any]]
type ArchiveRun = Callable[[str, str], dict[str, Any]]
type Backfiller = Callable[[Mapping[str, Any]], dict[str, Any]]


@cache
def client(service: str) -> Any:
    """Return the low-level client of a service; botocore alone, since boto3 adds import time and nothing we use."""
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}, tcp_keepalive=True
    )
    made = _session(get_session).create_client(service, config=config)
    meter().recorder.listen(made)
    return made


@cache
def meter() -> "Meter":
    """Return what counts the calls of this process; AWS's own bill names neither strategies nor signals."""
    from tradewind.adapters.metering import Meter

    return Meter()


@cache
def _session(make: Callable[[], Any]) -> Any:
    return make()


def load_configuration(path: Path) -> Configuration:
    """Read an environment's configuration, as `tradewind config build` wrote it.

    Raises
    ------
    BadInputError
        If there is none.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise BadInputError(f"no configuration at {path}: run `tradewind config build` and deploy again") from None
    return Configuration.from_json(json.loads(text), content_hash(text))


def fetch_bars(settings: RuntimeSettings) -> Fetcher:
    """Build the fetch: every shard with its provider and the environment's clock."""
    from tradewind.adapters.dynamodb.holes import DynamoHoles
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.series import DynamoRefusals
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.application.fetch_bars import FetchBars

    configuration, market = load_configuration(settings.configuration_path), _market(settings)
    clock = _clock(configuration)
    slices, refusals = DynamoSlices(market, time.time), DynamoRefusals(market, time.time)

    @cache
    def use_case(name: str) -> FetchBars:
        shard = configuration.shard(name)
        source = _source(shard, settings)
        if shard.provider == "replay":
            return FetchBars(source, slices, refusals)
        holes = DynamoHoles(market, time.time)
        notices = DynamoNotices(market, time.time)
        splits = DynamoSplits(market)
        return FetchBars(source, slices, refusals, holes, notices, splits, WARM_UP_BARS, repair_bars=3, gaps=True)

    def fetch(shard_name: str, replayed: int | None) -> dict[str, Any]:
        shard = configuration.shard(shard_name)
        return use_case(shard.name)(shard, clock.now(replayed or 0)).to_dict()

    return fetch


def evaluate_bars(settings: RuntimeSettings) -> "EvaluateBars":
    """Build the evaluator."""
    from tradewind.adapters.dynamodb.decisions import DynamoDecisions
    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.progress import DynamoProgress
    from tradewind.adapters.dynamodb.read_ahead import DynamoReadAhead
    from tradewind.adapters.dynamodb.slice_log import DynamoSliceLog
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.evaluate_bars import EvaluateBars
    from tradewind.application.state_keeper import StateKeeper
    from tradewind.assembly import LazyArchive

    configuration = load_configuration(settings.configuration_path)
    at_work, code = strategies_at_work(configuration, settings.user_strategies)
    items = ItemsAhead(client("dynamodb"))
    market, ledger = _market(settings, items), DynamoLedger(_ledger(settings, items))
    slices = DynamoSliceLog(market, time.time)
    decisions, progress = DynamoDecisions(market, time.time), DynamoProgress(market, time.time)
    return EvaluateBars(
        configuration=configuration,
        at_work=at_work,
        code=code,
        slices=slices,
        decisions=decisions,
        progress=progress,
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        ledger=ledger,
        keeper=StateKeeper(slices, decisions, progress, LazyArchive(configuration, market)),
        notices=DynamoNotices(market, time.time),
        ahead=DynamoReadAhead(items, market.name, ledger),
    )


def strategies_at_work(configuration: Configuration, folder: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the strategies at work by account, and each one's code hash by its key."""
    from tradewind.application.desk import AtWork
    from tradewind.strategies.registry import build, code_hash

    at_work: dict[str, list[AtWork]] = {account.name: [] for account in configuration.accounts}
    code: dict[str, str] = {}
    for rules in configuration.strategies:
        strategy = build(rules.name, rules.parameters, folder, rules.gates)
        source = code_hash(strategy)
        # Of the code and the parameters too: another rule must not go on from this one's state.
        rule = content_hash(f"{source}{strategy.parameters!r}".encode())
        key = f"{rules.account}/{rules.name}/{rules.timeframe}/{rule[:12]}"
        at_work[configuration.account(rules.account).name].append(AtWork(key, rules, strategy))
        code[key] = source
    return at_work, code


@dataclass(frozen=True, slots=True)
class Executor:
    """The executor, and the queue whose dead letters it may add to."""

    execute: "ExecuteMessage"
    queue: "SqsOrderQueue"
    expect: "MessagesAhead"


def execute_orders(settings: RuntimeSettings) -> Executor:
    """Build the executor."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead, MessagesAhead
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.order_books import DynamoOrderBooks
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.apply_bars import ApplyBars
    from tradewind.application.execute_message import ExecuteMessage
    from tradewind.application.execute_order import ExecuteOrder
    from tradewind.assembly import history
    from tradewind.brokerage import venues

    configuration = load_configuration(settings.configuration_path)
    items = ItemsAhead(client("dynamodb"))
    ledger = DynamoLedger(_ledger(settings, items))
    apply_bars = ApplyBars(configuration, ledger, history(configuration, lambda: _market(settings)))
    clock, books = _clock(configuration), DynamoOrderBooks(_market(settings))
    execute_order = ExecuteOrder(configuration, ledger, venues(configuration, client), apply_bars, clock, books)
    queue = SqsOrderQueue(client("sqs"), "", settings.order_dlq_url)
    return Executor(ExecuteMessage(apply_bars, execute_order, JitterPause()), queue, MessagesAhead(items, ledger))


def publish_events(settings: RuntimeSettings) -> "PublishEvents":
    """Build the announcer."""
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.sns import SnsAlertTopic
    from tradewind.application.publish_events import SYSTEM, PublishEvents

    configuration = load_configuration(settings.configuration_path)
    topic = SnsAlertTopic(client("sns"), settings.alert_topic_arn, settings.environment)
    journals = (*(account.name for account in configuration.accounts), SYSTEM)
    return PublishEvents(DynamoJournal(_ledger(settings)), topic, journals)


def send_alerts(settings: RuntimeSettings) -> "SendAlert":
    """Build the delivery to every configured channel."""
    from tradewind.outreach import alert_delivery

    configuration = load_configuration(settings.configuration_path)
    return alert_delivery(configuration, settings, _market(settings), client, _clock(configuration))


def watch(settings: RuntimeSettings) -> "Watch":
    """Build the watch."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoHealthBoard
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.progress import DynamoProgress
    from tradewind.adapters.dynamodb.providers import DynamoBreakers
    from tradewind.adapters.dynamodb.series import DynamoSeries
    from tradewind.adapters.dynamodb.slices import DynamoPoker, DynamoSlices
    from tradewind.adapters.sqs import SqsDepths, SqsOrderQueue
    from tradewind.application.market_health import MarketHealth
    from tradewind.application.watch import Watch

    configuration = load_configuration(settings.configuration_path)
    market, ledger = replace(_market(settings), consistent=False), _ledger(settings)
    slices = DynamoSlices(market, time.time)
    health = MarketHealth(configuration, slices, DynamoSeries(market), DynamoBreakers(market))
    return Watch(
        configuration=configuration,
        slices=slices,
        market=health,
        progress=DynamoProgress(market, time.time),
        poker=DynamoPoker(market, time.time),
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        depths=SqsDepths(client("sqs"), settings.watched_queues, every=5),
        journal=DynamoJournal(ledger),
        board=DynamoHealthBoard(ledger),
        notices=DynamoNotices(market, time.time),
        clock=_clock(configuration),
        pause=JitterPause(),
    )


def announce_deployment(settings: RuntimeSettings) -> Callable[[int], bool]:
    """Build what says that something else is at work now."""
    from tradewind import outreach

    return outreach.announce_deployment(load_configuration(settings.configuration_path), settings, _market(settings))


def report(settings: RuntimeSettings) -> "SendReport":
    """Build the report of the day."""
    from tradewind import outreach

    configuration = load_configuration(settings.configuration_path)
    return outreach.send_report(configuration, settings, _market(settings), _ledger(settings), client)


def guard_stops(settings: RuntimeSettings) -> "GuardStops":
    """Build the stop watchdog."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoHealthBoard
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.guard_stops import GuardStops
    from tradewind.brokerage import venues

    configuration, ledger = load_configuration(settings.configuration_path), _ledger(settings)
    return GuardStops(
        configuration=configuration,
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        board=DynamoHealthBoard(ledger, "STOPS"),
        journal=DynamoJournal(ledger),
        clock=_clock(configuration),
        pause=JitterPause(),
        venues=venues(configuration, client),
    )


def spending_meter(settings: RuntimeSettings) -> "MeterSpending":
    """Build what adds up what the functions used."""
    from tradewind import outreach

    configuration = load_configuration(settings.configuration_path)
    return outreach.spending_meter(configuration, settings, _market(settings), _ledger(settings), client)


def compact_bars(settings: RuntimeSettings) -> Compactor:
    """Build the compaction of every shard."""
    from tradewind.adapters.dynamodb.series import DynamoSeries
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.application.compact_bars import CompactBars

    configuration, market = load_configuration(settings.configuration_path), _market(settings)
    use_case = CompactBars(DynamoSlices(market, time.time), DynamoSeries(market))

    def compact() -> dict[str, Any]:
        return {shard.name: str(use_case(shard)) for shard in configuration.shards}

    return compact


def archive_bars(settings: RuntimeSettings) -> ArchiveRun:
    """Build the archive of every shard, or of one, and of what is due, or of one day, written as 2026-11-20."""
    from tradewind.keeping import archiver, day_named

    configuration = load_configuration(settings.configuration_path)
    archive = archiver(configuration, _market(settings), client("s3"), settings.data_bucket)
    return lambda day, shard: dict(archive(day_named(day) if day else None, shard))


def remember_configuration(settings: RuntimeSettings) -> None:
    """Keep the configuration that is at work, so that whoever asks for the past finds it."""
    from tradewind.adapters.dynamodb.evidence import remember_configuration as remember

    written = settings.configuration_path.read_bytes()
    remember(_market(settings), content_hash(written), written.decode())


def repair_bars(settings: RuntimeSettings) -> Compactor:
    """Build the repair of every shard; recorded bars are never repaired."""
    from tradewind.assembly import repairers

    configuration = load_configuration(settings.configuration_path)
    every = repairers(configuration, settings, _market(settings), client)
    clock = _clock(configuration)
    return lambda: {name: str(repair(clock.now(0))) for name, repair in every.items()}


def backfill_bars(settings: RuntimeSettings) -> Backfiller:
    """Build the steps of a backfill."""
    from tradewind.past import steps

    return steps(load_configuration(settings.configuration_path), settings, _market(settings))


def refresh_universe(settings: RuntimeSettings) -> Compactor:
    """Build the daily refresh of every universe in the configuration."""
    from tradewind.assembly import universe_refresher

    return universe_refresher(settings, _market(settings))


def _market(settings: RuntimeSettings, ahead: "ItemsAhead | None" = None) -> "Table":
    from tradewind.adapters.dynamodb.table import Table

    return Table(client("dynamodb"), settings.market_table, ahead)


def _ledger(settings: RuntimeSettings, ahead: "ItemsAhead | None" = None) -> "Table":
    from tradewind.adapters.dynamodb.table import Table

    return Table(client("dynamodb"), settings.ledger_table, ahead)


def _clock(configuration: Configuration) -> "Clock":
    from tradewind.adapters.clock import ReplayClock, SystemClock

    clocks: Mapping[str, Callable[[], Clock]] = {"replay": ReplayClock, "system": SystemClock}
    return clocks[configuration.clock]()


def _source(shard: Shard, settings: RuntimeSettings) -> "BarSource":
    from tradewind.assembly import bar_source

    return bar_source(shard, settings, _market(settings), client)

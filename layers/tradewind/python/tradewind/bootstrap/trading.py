"""Builders of the way from a price to the ledger: fetch, evaluate, execute, announce."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.bootstrap.process import client, clock_of, ledger_table, load_configuration, market_table, with_keys
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.identifiers import content_hash
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.items_ahead import MessagesAhead
    from tradewind.application.dead_letters import SetAside
    from tradewind.application.evaluate_bars import EvaluateBars
    from tradewind.application.execute_message import ExecuteMessage
    from tradewind.application.ports_market import BarSource
    from tradewind.application.publish_events import PublishEvents

type Fetcher = Callable[[str, int | None], dict[str, Any]]


def fetch_bars(settings: RuntimeSettings) -> Fetcher:
    """Build the fetch: every shard with its provider and the environment's clock."""
    from tradewind.adapters.dynamodb.holes import DynamoHoles
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.refusals import DynamoRefusals
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.application.fetch_bars import FetchBars
    from tradewind.application.ports_market import WARM_UP_BARS

    configuration, market = load_configuration(settings.configuration_path), market_table(settings)
    clock = clock_of(configuration)
    slices, refusals = DynamoSlices(market, time.time), DynamoRefusals(market, time.time)

    @cache
    def use_case(name: str) -> FetchBars:
        shard = configuration.shard(name)
        source = source_of(shard, settings)
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


def source_of(shard: Shard, settings: RuntimeSettings) -> "BarSource":
    """Build where a shard's bars come from."""
    from tradewind.assembly import bar_source

    return bar_source(shard, with_keys(settings), market_table(settings), client)


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
    market, ledger = market_table(settings, items), DynamoLedger(ledger_table(settings, items))
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
    """The executor, and how it sets aside what it cannot execute."""

    execute: "ExecuteMessage"
    refuse: "SetAside"
    expect: "MessagesAhead"


def execute_orders(settings: RuntimeSettings) -> Executor:
    """Build the executor."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead, MessagesAhead
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.order_books import DynamoOrderBooks
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.apply_bars import ApplyBars
    from tradewind.application.dead_letters import LetterBlocks, SetAside
    from tradewind.application.execute_message import ExecuteMessage
    from tradewind.application.execute_order import ExecuteOrder
    from tradewind.application.switch import SwitchTrading
    from tradewind.assembly import history
    from tradewind.brokerage import venues

    configuration = load_configuration(settings.configuration_path)
    items = ItemsAhead(client("dynamodb"))
    ledger = DynamoLedger(ledger_table(settings, items))
    apply_bars = ApplyBars(configuration, ledger, history(configuration, lambda: market_table(settings)))
    clock, books = clock_of(configuration), DynamoOrderBooks(market_table(settings))
    execute_order = ExecuteOrder(configuration, ledger, venues(configuration, client), apply_bars, clock, books)
    pause, table = JitterPause(), ledger_table(settings)
    switch = SwitchTrading(DynamoControls(table), DynamoJournal(table), pause)
    queue = SqsOrderQueue(client("sqs"), "", settings.order_dlq_url)
    refuse = SetAside(queue, LetterBlocks(configuration, switch, clock, "execute_orders"))
    return Executor(ExecuteMessage(apply_bars, execute_order, pause), refuse, MessagesAhead(items, ledger))


def publish_events(settings: RuntimeSettings) -> "PublishEvents":
    """Build the announcer."""
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.sns import SnsAlertTopic
    from tradewind.application.publish_events import SYSTEM, PublishEvents

    configuration = load_configuration(settings.configuration_path)
    topic = SnsAlertTopic(client("sns"), settings.alert_topic_arn, settings.environment)
    journals = (*(account.name for account in configuration.accounts), SYSTEM)
    return PublishEvents(DynamoJournal(ledger_table(settings)), topic, journals)

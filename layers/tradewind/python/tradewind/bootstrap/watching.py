"""Builders of what looks after the others: the watch, the stop watchdog and the reconciliation."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tradewind.bootstrap.process import client, clock_of, ledger_table, load_configuration, market_table
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.application.dead_letters import WatchLetters
    from tradewind.application.guard_stops import GuardStops
    from tradewind.application.market_health import MarketHealth
    from tradewind.application.ports import Journal
    from tradewind.application.ports_market import SliceStore
    from tradewind.application.probe_venue import ProbeVenue, VenueProbes
    from tradewind.application.reconcile import Reconcile
    from tradewind.application.watch import Watch
    from tradewind.domain.configuration import Configuration


def watch(settings: RuntimeSettings) -> "Watch":
    """Build the watch."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoHealthBoard
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.progress import DynamoProgress
    from tradewind.adapters.dynamodb.slices import DynamoPoker, DynamoSlices
    from tradewind.adapters.sqs import SqsDepths, SqsOrderQueue
    from tradewind.application.watch import Watch

    configuration = load_configuration(settings.configuration_path)
    market, ledger = replace(market_table(settings), consistent=False), ledger_table(settings)
    slices, journal = DynamoSlices(market, time.time), DynamoJournal(ledger)
    return Watch(
        configuration=configuration,
        slices=slices,
        market=_market_health(configuration, slices, market),
        progress=DynamoProgress(market, time.time),
        poker=DynamoPoker(market, time.time),
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        depths=SqsDepths(client("sqs"), settings.watched_queues, every=10),
        journal=journal,
        board=DynamoHealthBoard(ledger),
        notices=DynamoNotices(market, time.time),
        clock=clock_of(configuration),
        pause=JitterPause(),
        letters=_letters(settings, configuration, ledger, journal),
    )


def _market_health(configuration: "Configuration", slices: "SliceStore", market: "Table") -> "MarketHealth":
    from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
    from tradewind.adapters.dynamodb.evidence import DynamoEvidence
    from tradewind.adapters.dynamodb.providers import DynamoBreakers
    from tradewind.application.market_health import MarketHealth

    bars, evidence = DynamoArchivedSeries(market, time.time), DynamoEvidence(market, time.time)
    return MarketHealth(
        configuration,
        slices,
        bars,
        DynamoBreakers(market),
        lambda shard: (bars.archived(shard).through, evidence.archived(shard)),
    )


def _letters(
    settings: RuntimeSettings, configuration: "Configuration", ledger: "Table", journal: "Journal"
) -> "WatchLetters":
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.sqs_letters import SqsDeadLetters
    from tradewind.application.dead_letters import ORDER_LETTERS, LetterBlocks, WatchLetters
    from tradewind.application.switch import SwitchTrading

    url = settings.watched_queues.get(ORDER_LETTERS, "")
    letters = SqsDeadLetters(client("sqs"), url, settings.order_queue_url, ledger, hold=30, pages=20)
    switch = SwitchTrading(DynamoControls(ledger), journal, JitterPause())
    return WatchLetters(letters, LetterBlocks(configuration, switch, clock_of(configuration), "watch"))


def guard_stops(settings: RuntimeSettings) -> "GuardStops":
    """Build the stop watchdog."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoHealthBoard
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.guard_stops import GuardStops
    from tradewind.brokerage import venues

    configuration, ledger = load_configuration(settings.configuration_path), ledger_table(settings)
    return GuardStops(
        configuration=configuration,
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        board=DynamoHealthBoard(ledger, "STOPS"),
        journal=DynamoJournal(ledger),
        clock=clock_of(configuration),
        pause=JitterPause(),
        venues=venues(configuration, client),
    )


def venue_probes(settings: RuntimeSettings) -> "VenueProbes | None":
    """Build what has venues asked where their keys are not; None where it was not deployed."""
    from tradewind.adapters.venue_probes import PATIENCE, LambdaProbes

    function = settings.reconcile_function
    return LambdaProbes(client("lambda", PATIENCE, 1), function) if function else None


def probe_venue(settings: RuntimeSettings) -> "ProbeVenue":
    """Build the test of accounts' connections to their venues."""
    from tradewind.adapters.clock import SystemClock
    from tradewind.application.probe_venue import ProbeVenue
    from tradewind.brokerage import secrets_of, venues

    configuration = load_configuration(settings.configuration_path)
    # A venue's clock is held against the machine's, whatever time an environment replays.
    return ProbeVenue(venues(configuration, client), SystemClock(), secrets_of(configuration, client))


def reconcile(settings: RuntimeSettings) -> "Reconcile":
    """Build the comparison of ledger and venues."""
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.dynamodb.reconciliations import DynamoReconciliations
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.application.reconcile import Reconcile
    from tradewind.application.switch import SwitchTrading
    from tradewind.brokerage import venues

    configuration, ledger = load_configuration(settings.configuration_path), ledger_table(settings)
    journal, pause = DynamoJournal(ledger), JitterPause()
    return Reconcile(
        configuration=configuration,
        ledger=DynamoLedger(ledger),
        queue=SqsOrderQueue(client("sqs"), settings.order_queue_url, "", settings.run),
        board=DynamoHealthBoard(ledger, "RECONCILE"),
        journal=journal,
        switch=SwitchTrading(DynamoControls(ledger), journal, pause),
        marks=DynamoReconciliations(ledger),
        clock=clock_of(configuration),
        pause=pause,
        venues=venues(configuration, client),
    )

"""What the API's handlers work with, built at the first question and kept warm."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from tradewind import bootstrap
from tradewind.adapters.clock import JitterPause
from tradewind.adapters.cognito import CognitoIdentity
from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.order_books import DEPTH, DynamoOrderBooks
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.adapters.dynamodb.recent import RecentSlices
from tradewind.adapters.dynamodb.records import DynamoPast, DynamoRecords
from tradewind.adapters.dynamodb.reports import DynamoReports
from tradewind.adapters.dynamodb.requests import DynamoRequests
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.dynamodb.universes import DynamoUniverses
from tradewind.adapters.dynamodb.views import DynamoViews
from tradewind.adapters.observing import Observing
from tradewind.adapters.s3.reports import S3Reports
from tradewind.adapters.sns import SnsAlertTopic
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.adapters.venues.facts import facts_of
from tradewind.adapters.venues.paper import StandIn
from tradewind.api.insight import Insight
from tradewind.api.seeing import Seeing
from tradewind.application.at_once import AtOnce
from tradewind.application.explaining import Explain
from tradewind.application.market_standing import MarketStanding
from tradewind.application.note_login import NoteLogin
from tradewind.application.once import Once
from tradewind.application.ports import Clock
from tradewind.application.regimes import RegimesOfEntries
from tradewind.application.rehearse import Rehearse, Rehearsed
from tradewind.application.standing import Standing
from tradewind.application.switch import SwitchTrading
from tradewind.application.trade_view import FollowJournal, View
from tradewind.assembly import history
from tradewind.domain.configuration import Configuration
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.order import OrderIntent
from tradewind.settings import RuntimeSettings
from tradewind.strategies.registry import declared_gates

if TYPE_CHECKING:
    from tradewind.application.apply_bars import History
    from tradewind.application.ports import Board
    from tradewind.application.receive_signal import ReceiveSignal
    from tradewind.application.telegram_bot import TelegramBot
    from tradewind.domain.market import OrderBook
    from tradewind.domain.reporting import EquityPoint
    from tradewind.execution.pricing import Seen


@dataclass(frozen=True, slots=True)
class _At(Clock):
    """A moment that lasts as long as the question."""

    ts: int

    def now(self, ts_close: int) -> int:
        """Return it, or the bar's close where that is later."""
        return max(self.ts, ts_close)


@dataclass
class Desk:
    """One environment, to look at and to ask."""

    settings: RuntimeSettings

    @cached_property
    def configuration(self) -> Configuration:
        """What trades, where, and within which limits."""
        return bootstrap.load_configuration(self.settings.configuration_path)

    @cached_property
    def market(self) -> Table:
        """The MARKET table."""
        return Table(bootstrap.client("dynamodb"), self.settings.market_table, self.seeing.items)

    @cached_property
    def ledger(self) -> Table:
        """The LEDGER table."""
        return Table(bootstrap.client("dynamodb"), self.settings.ledger_table, self.seeing.items)

    @cached_property
    def seeing(self) -> Seeing:
        """What is read in one request before it is asked for."""
        return Seeing(self)

    @cached_property
    def slices(self) -> RecentSlices:
        """Slices, to read."""
        frames = {one.name: one.timeframe for one in self.configuration.shards}
        # Recorded time comes to no "now" that any slice must be before.
        now = None if self.configuration.clock == "replay" else self.now
        return RecentSlices(self.market, time.time, frames=frames, now=now)

    @cached_property
    def records(self) -> DynamoRecords:
        """The ledger as people read it."""
        return DynamoRecords(self.ledger)

    @cached_property
    def past(self) -> DynamoPast:
        """Decisions and slices as people read them."""
        return DynamoPast(self.market)

    @cached_property
    def explain(self) -> Explain:
        """Why a bar led to what it led to."""
        folder = self.settings.user_strategies
        declared = cache(lambda name: declared_gates(name, folder))
        return Explain(self.configuration, self.past, declared, self.seeing.decided_until)

    @cached_property
    def history(self) -> "History":
        """Bars of an instrument from whichever tier has them."""
        return history(self.configuration, lambda: self.market)

    @cached_property
    def market_standing(self) -> MarketStanding:
        """How market data stands."""
        return MarketStanding(
            self.configuration,
            self.slices,
            DynamoSeries(self.market),
            DynamoBreakers(self.market),
            self.seeing.holes,
        )

    def order_book(self, instrument: InstrumentId) -> "OrderBook | None":
        """Return the order book that a market shows now, or None of an instrument that only recorded bars tell of."""
        shard = next(one for one in self.configuration.shards if instrument in one.instruments)
        provider, _, address = shard.provider.partition("@")
        if provider == "replay":
            return self._books(instrument)
        from tradewind.adapters.market import registry  # noqa: PLC0415 - only who asks a market pays for its client

        options = {"base_url": address} if address else {}
        return registry.build(provider, self.settings.variables, **options).book(instrument, DEPTH)

    @cached_property
    def standing(self) -> Standing:
        """How shards and accounts stand."""
        return Standing(self.configuration, self.records, self.controls, self.slices, self.progress)

    @cached_property
    def progress(self) -> DynamoProgress:
        """How far shards have come."""
        return DynamoProgress(self.market, time.time)

    @cached_property
    def controls(self) -> DynamoControls:
        """What accounts may do."""
        return DynamoControls(self.ledger)

    @cached_property
    def views(self) -> DynamoViews:
        """Round trips and sums over them."""
        return DynamoViews(self.ledger)

    def follow(self, account: str) -> View:
        """Return what an account's journal comes to, brought up to it."""
        return FollowJournal(self.records, self.views, RegimesOfEntries(self.records, self.past).of)(account)

    def worth(self, account: str, since: int) -> "Sequence[EquityPoint]":
        """Return what an account was worth when it was measured, the oldest first."""
        return DynamoReports(self.market, self.ledger, time.time).equity(account, since)

    # ── what it tells of itself ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def functions(self) -> Mapping[str, int]:
        """Memory of each function of the environment in MiB, by its name."""
        return self.settings.function_sizes

    @cached_property
    def observing(self) -> Observing:
        """Logs, sizes and metrics."""
        ask = bootstrap.client
        return Observing(ask("logs"), ask("dynamodb"), ask("cloudwatch"), f"tradewind-{self.settings.environment}-")

    @cached_property
    def universes(self) -> Sequence[str]:
        """Names of the configured universes."""
        return [row["name"] for row in json.loads(self.settings.configuration_path.read_bytes()).get("universes", ())]

    @cached_property
    def memberships(self) -> DynamoUniverses:
        """Who belonged to a universe on a day."""
        return DynamoUniverses(self.market)

    @cached_property
    def reports(self) -> S3Reports:
        """Reports that were kept."""
        return S3Reports(bootstrap.client("s3"), self.settings.data_bucket)

    @cached_property
    def insight(self) -> Insight:
        """What those ask for who look more closely."""
        return Insight(self)

    @cached_property
    def topic(self) -> SnsAlertTopic:
        """Where alerts fan out from."""
        return SnsAlertTopic(bootstrap.client("sns"), self.settings.alert_topic_arn, self.settings.environment)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def once(self) -> Once:
        """What lets a request through once."""
        return Once(DynamoRequests(self.ledger, time.time), DynamoJournal(self.ledger), JitterPause())

    @cached_property
    def orders(self) -> DynamoLedger:
        """The ledger as the executor sees it, to look at."""
        return DynamoLedger(self.ledger)

    @cached_property
    def queue(self) -> SqsOrderQueue:
        """The order queue."""
        return SqsOrderQueue(bootstrap.client("sqs"), self.settings.order_queue_url, "", self.settings.run)

    @cached_property
    def switch(self) -> SwitchTrading:
        """The kill switch."""
        return SwitchTrading(self.controls, DynamoJournal(self.ledger), JitterPause())

    def time_of(self, instrument: InstrumentId) -> int:
        """Return the environment's time: under a replay clock as far as the instrument's bars have come."""
        if self.configuration.clock != "replay":
            return self.now()
        shards = [one.name for one in self.configuration.shards if instrument in one.instruments]
        return max((self.progress.load(name).watermark for name in shards), default=0)

    def look(self, book: Book, ts: int) -> "Seen":
        """Return what the market looks like now; where it has an order book, the executor prices by it too."""
        found = self.order_book(book.instrument)
        if found:
            self._books.put(found)
        return AtOnce(self.configuration, self.history, _At(ts), self._books).look(book, ts)

    def rehearse(self, intent: OrderIntent) -> "Rehearsed":
        """Return what would become of an order that is sent now."""
        rules, at = self.configuration, _At(intent.ts)
        venue = StandIn(facts_of(rules.account(intent.account).venue))
        return Rehearse(rules, self.orders, self.history, at, self._books, venue)(intent)

    # ── doors for others ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def signals(self) -> "ReceiveSignal":
        """What lets signals from outside in."""
        from tradewind.adapters.dynamodb.signal_counts import DynamoSignalCounts  # noqa: PLC0415
        from tradewind.adapters.secrets import Secrets  # noqa: PLC0415
        from tradewind.application.receive_signal import ReceiveSignal, Source  # noqa: PLC0415

        sources = {one.name: one for one in map(Source.of, self.configuration.sources)}
        secrets, counts = Secrets(bootstrap.client), DynamoSignalCounts(self.ledger, time.time)
        return ReceiveSignal(self.configuration, sources, secrets.text, counts, self.orders, self.look, self.queue)

    @cached_property
    def bot(self) -> "TelegramBot | None":
        """The chat, where one is configured."""
        from tradewind.bootstrap.process import clock_of  # noqa: PLC0415
        from tradewind.outreach import telegram_bot  # noqa: PLC0415

        clock = clock_of(self.configuration)
        return telegram_bot(self.configuration, self.settings, self.market, self.ledger, bootstrap.client, clock)

    @cached_property
    def _books(self) -> DynamoOrderBooks:
        return DynamoOrderBooks(self.market)

    @cached_property
    def identity(self) -> CognitoIdentity:
        """Who may log in."""
        return CognitoIdentity(bootstrap.client("cognito-idp"), self.settings.user_pool_client)

    @cached_property
    def note_login(self) -> NoteLogin:
        """What puts logins on the audit trail."""
        from tradewind.adapters.dynamodb.signal_counts import DynamoSignalCounts  # noqa: PLC0415

        return NoteLogin(DynamoJournal(self.ledger), DynamoSignalCounts(self.ledger, time.time), JitterPause())

    def board(self) -> "Board":
        """Return what the watch found last."""
        return DynamoHealthBoard(self.ledger).get()

    def now(self) -> int:
        """Return UTC ms by the wall clock."""
        return time.time_ns() // 1_000_000

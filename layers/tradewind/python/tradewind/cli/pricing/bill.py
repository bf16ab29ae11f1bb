"""A month's bill, line by line: what a sample used, at list prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from tradewind.adapters.capacity import READ_UNIT, WRITE_UNIT
from tradewind.adapters.dynamodb.decisions import DECISION_DAYS
from tradewind.adapters.dynamodb.slice_log import SLICE_DAYS
from tradewind.adapters.metering import Usage
from tradewind.application.state_keeper import EVERY
from tradewind.assembly import CONCURRENCY
from tradewind.cli.pricing.sample import ByFunction, Sample
from tradewind.domain.prices import LIST, PriceList

MINUTES = 43_800
HOURS = 730
DAYS = HOURS / 24
ORDERS_A_DAY = 50

WHOLE_CORE = 1769
"""MiB at which a function has one core; below, its CPU is in proportion. Source: Lambda Developer Guide, "Memory"."""

VENUE_WAIT = 0.3
"""Seconds that a venue takes to answer."""

CALL_WAIT = 0.006
"""Seconds that a call of DynamoDB, SQS or SNS takes inside the region, beyond the function's own CPU time."""

PLATFORM_LINES = 3
PLATFORM_BYTES = 330
"""START, END and REPORT, which Lambda itself logs at each invocation unless it is told to log only what failed."""

POLLS = 15
"""Empty receives a minute: five pollers, each waiting twenty seconds. Source: Lambda Developer Guide, "SQS scaling"."""

UNIVERSE_AT_ONCE = 16
"""Requests that the refresh of a universe has under way: what a line to a venue has where nobody says more."""

PUT, GET, OBJECTS = 0.005 / 1000, 0.0004 / 1000, 0.023
"""S3: a write, a read, a GB kept for a month."""

SELDOM, SELDOM_AFTER, MOVED = 0.004, 3, 0.02 / 1000
"""S3 Glacier Instant Retrieval: a GB for a month, the months before an object goes there, and its going."""

PARQUET_BAR = 28
"""Bytes of a bar in Parquet, as measured on random walks with a tick of a cent."""

KEPT_MONTHS = 24
ARCHIVE_INSTRUMENT, ARCHIVE_SHARD = 0.3, 20.0
"""Seconds of a day's archive for one instrument, and for the slices and decisions of one shard."""

COMPRESSED = 0.15
GB = 1e9

DECIDING = ("evaluate_bars", "execute_orders", "publish_events", "send_alerts", "compact_bars")
AROUND = ("fetch_bars", "watch", "repair_bars", "guard_stops")
"""The functions of the path from slice to ledger, and those around it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: dollars a month, and what they are for."""

    part: str
    name: str
    dollars: float
    detail: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bill depends on beside the sample.

    Attributes
    ----------
    memory : mapping
        MiB of each function.
    retention_days : int
        How long logs are kept.
    recovery : bool
        Whether tables have point-in-time recovery.
    talkative : frozenset of str
        Functions whose every invocation Lambda itself logs.
    """

    memory: Mapping[str, int]
    retention_days: int = 30
    recovery: bool = True
    talkative: frozenset[str] = frozenset()
    prices: PriceList = field(default=LIST)


@dataclass(frozen=True, slots=True)
class Bill:
    """A month of one sample's trading."""

    sample: Sample
    terms: Terms

    @property
    def month(self) -> ByFunction:
        """What a month uses, by function."""
        sample, checkpoints = self.sample, MINUTES / EVERY
        return {
            name: sample.minute[name] * MINUTES
            + sample.order[name] * (ORDERS_A_DAY * DAYS)
            + sample.checkpoint[name] * checkpoints
            + sample.hour[name] * HOURS
            + sample.day[name] * DAYS
            for name in sample.minute
        }

    def lines(self) -> list[Line]:
        """Return every line, from slice to ledger first, then what is around it, then what is kept for years."""
        return [*self._deciding(), *self._around(), *self._archive()]

    def total(self, *parts: str) -> float:
        """Return the dollars of some parts."""
        return sum(line.dollars for line in self.lines() if line.part in parts)

    # ── from slice to ledger ─────────────────────────────────────────────────────────────────────────────────────

    def _deciding(self) -> Iterator[Line]:
        month, part = self.month, "deciding"
        yield self._writes(part, "slices written", month["fetch_bars"], "SLICE")
        for what, kind in (
            ("decisions written", "DECISIONS"),
            ("progress written", "SHARD"),
            ("checkpoints written", "CHECKPOINT"),
        ):
            yield self._writes(part, what, month["evaluate_bars"], kind)
        yield self._reads(part, "read to evaluate", month["evaluate_bars"])
        yield self._writes(part, "ledger written", month["execute_orders"])
        yield self._reads(part, "ledger read to execute", month["execute_orders"])
        yield self._chunks(part, month["compact_bars"])
        yield self._queue(part, month["evaluate_bars"], month["execute_orders"])
        for name in ("evaluate_bars", "execute_orders", "compact_bars"):
            yield self._function(part, name, month[name])
        yield self._alerts(part, month)
        yield self._logs(part, DECIDING)

    def _chunks(self, part: str, used: Usage) -> Line:
        prices = self.terms.prices
        writes, reads = sum(used.writes.values()), sum(used.reads.values())
        return Line(
            part, "chunks written, read back", writes * prices.write_unit + reads * prices.read_unit,
            f"{writes:,.0f} write and {reads:,.0f} read units",
        )  # fmt: skip

    def _queue(self, part: str, sender: Usage, receiver: Usage) -> Line:
        requests = sender.queue + 2 * receiver.invocations
        return Line(
            part, "order queue", requests * self.terms.prices.fifo, f"{requests:,.0f} sends, receives and deletes"
        )

    def _alerts(self, part: str, month: ByFunction) -> Line:
        prices, dollars = self.terms.prices, 0.0
        for name in ("publish_events", "send_alerts"):
            used = month[name]
            dollars += sum(used.writes.values()) * prices.write_unit + sum(used.reads.values()) * prices.read_unit
            dollars += used.publishes * prices.publish + self._function(part, name, used).dollars
        return Line(part, "alerts", dollars, f"{month['publish_events'].publishes:,.0f} alerts published and delivered")

    # ── around it ────────────────────────────────────────────────────────────────────────────────────────────────

    def _around(self) -> Iterator[Line]:
        month, prices, part = self.month, self.terms.prices, "around"
        fetch, watch, repair, guard = (month[name] for name in AROUND)
        yield self._reads(part, "watermarks read to fetch", fetch)
        yield self._writes(part, "rates and breakers written", fetch.without("SLICE"))
        yield self._function(part, "fetch_bars", fetch)
        yield self._waiting(part, fetch)
        yield Line(
            part, "egress to the venue", fetch.venue_bytes / GB * prices.egress, f"{fetch.venue_bytes / GB:.2f} GB"
        )
        polls = POLLS * MINUTES
        yield Line(part, "polling of the order queue", polls * prices.fifo, f"{polls:,} receives, all counted as empty")
        calls = fetch.invocations + watch.invocations + repair.invocations + guard.invocations + HOURS
        yield Line(part, "schedules", calls * prices.schedule, f"{calls:,.0f} invocations")
        yield self._function(part, "watch", watch)
        yield self._reads(part, "read to watch", watch)
        yield self._function(part, "guard_stops", guard)
        yield self._reads(part, "read to guard stops", guard)
        yield self._function(part, "repair_bars", repair)
        yield self._reads(part, "read to repair", repair)
        yield self._writes(part, "repairs written", repair)
        yield from self._universe(part, month["refresh_universe"])
        watched = watch.fifo_depths * prices.fifo + watch.depths * prices.standard
        yield Line(part, "queues watched", watched, f"{watch.fifo_depths + watch.depths:,.0f} requests")
        yield self._logs(part, (*AROUND, "refresh_universe"))
        yield self._storage(part)

    def _universe(self, part: str, used: Usage) -> Iterator[Line]:
        """Price the daily refresh: what is listed, quoted, scored by a month of daily bars, and stored."""
        prices, name = self.terms.prices, "refresh_universe"
        yield self._function(part, name, used)
        rounds = used.invocations * ceil(used.venue_requests / max(1.0, used.invocations) / UNIVERSE_AT_ONCE)
        waited = rounds * VENUE_WAIT * self.terms.memory[name] / 1024 * prices.compute
        units = sum(used.writes.values()) * prices.write_unit + sum(used.reads.values()) * prices.read_unit
        sent = used.venue_bytes / GB * prices.egress
        detail = f"{used.venue_requests:,.0f} requests, stored each day"
        yield Line(part, "universe refreshed", waited + units + sent + used.invocations * prices.schedule, detail)

    def _archive(self) -> Iterator[Line]:
        """Price what goes to Parquet: chunks read and given their time, records read, objects written and kept."""
        scenario, sizes, prices = self.sample.scenario, self.sample.sizes, self.terms.prices
        shards, released = len(scenario.shards), scenario.count * HOURS
        records = shards * MINUTES * (sizes["SLICE"] + sizes["DECISIONS"])
        units = released * ceil(sizes["SERIES"] / WRITE_UNIT) * prices.write_unit
        units += (released * sizes["SERIES"] + records) / READ_UNIT * prices.read_unit
        puts = DAYS * (scenario.count + 2 * shards)
        objects = puts * (PUT + 2 * GET)  # each is read before it is written, and read back
        kept = KEPT_MONTHS * scenario.count * MINUTES * PARQUET_BAR / GB * OBJECTS
        kept += 2 * records / GB * (SELDOM_AFTER * OBJECTS + (KEPT_MONTHS - SELDOM_AFTER) * SELDOM)
        kept += DAYS * 2 * shards * MOVED
        seconds = DAYS * (scenario.count * ARCHIVE_INSTRUMENT + shards * ARCHIVE_SHARD)
        worked = seconds * self.terms.memory["archive_bars"] / 1024 * prices.compute
        written = f"{released:,} chunks released, {puts:,.0f} objects written"
        yield Line("keeping", "λ archive_bars", units + objects + worked, written)
        yield Line("keeping", "bars and decisions in the archive", kept, f"{KEPT_MONTHS} months of them")

    @property
    def stored(self) -> float:
        """GB in the tables once the oldest begins to expire, with a month's chunks, which stay."""
        scenario, sizes = self.sample.scenario, self.sample.sizes
        each_day = SLICE_DAYS * sizes["SLICE"] + DECISION_DAYS * sizes["DECISIONS"]
        slices = len(scenario.shards) * MINUTES / DAYS * each_day
        return (slices + scenario.count * HOURS * sizes["SERIES"] + DAYS * sizes["UNIVERSE"]) / GB

    def _storage(self, part: str) -> Line:
        prices = self.terms.prices
        price = prices.storage + (prices.recovery if self.terms.recovery else 0)
        recovery = " with point-in-time recovery" if self.terms.recovery else ""
        return Line(part, "storage", self.stored * price, f"{self.stored:.2f} GB{recovery}")

    def _waiting(self, part: str, used: Usage) -> Line:
        """Price the time in which the fetching function waits for the venue."""
        each = used.venue_requests / used.invocations
        seconds = used.invocations * ceil(each / CONCURRENCY) * VENUE_WAIT
        dollars = seconds * self.terms.memory["fetch_bars"] / 1024 * self.terms.prices.compute
        detail = f"{each:,.0f} requests a call, {CONCURRENCY} at once, {VENUE_WAIT:g} s each"
        return Line(part, "waiting for the venue", dollars, detail)

    # ── what things cost ─────────────────────────────────────────────────────────────────────────────────────────

    def _writes(self, part: str, name: str, used: Usage, kind: str | None = None) -> Line:
        units = used.writes.get(kind, 0) if kind else sum(used.writes.values())
        return Line(part, name, units * self.terms.prices.write_unit, f"{units:,.0f} write units")

    def _reads(self, part: str, name: str, used: Usage) -> Line:
        units = sum(used.reads.values())
        return Line(part, name, units * self.terms.prices.read_unit, f"{units:,.0f} read units")

    def _function(self, part: str, name: str, used: Usage) -> Line:
        memory, prices = self.terms.memory[name], self.terms.prices
        seconds = used.cpu * max(1.0, WHOLE_CORE / memory) + used.calls * CALL_WAIT
        dollars = seconds * memory / 1024 * prices.compute + used.invocations * prices.invocation
        detail = f"{used.invocations:,.0f} calls of {1000 * seconds / max(1.0, used.invocations):.0f} ms at {memory} MB"
        return Line(part, f"λ {name}", dollars, detail)

    def _logs(self, part: str, names: tuple[str, ...]) -> Line:
        prices, used = self.terms.prices, sum((self.month[name] for name in names), Usage())
        told = sum(self.month[name].invocations for name in names if name in self.terms.talkative)
        size = (used.log_bytes + told * PLATFORM_BYTES) / GB
        kept = size * COMPRESSED * self.terms.retention_days / DAYS
        lines = used.log_lines + told * PLATFORM_LINES
        return Line(part, "logs", size * prices.log + kept * prices.log_storage, f"{size:.2f} GB in {lines:,.0f} lines")

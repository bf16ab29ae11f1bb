"""How the past is fetched: who is asked for an instrument's bars of long ago, beside all that fetch live ones."""

import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from tradewind.assembly import live_provider
from tradewind.domain.breaker import Breaker
from tradewind.domain.calendar import Calendar, CalendarName, calendar_of
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import venue_of
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.application.backfill_bars import BackfillBars
    from tradewind.application.backfill_steps import BackfillSteps
    from tradewind.application.ports_backfill import Feed
    from tradewind.application.ports_bars import BarArchive
    from tradewind.domain.instrument import InstrumentId

PATIENCE = 120.0
"""Seconds that one window of a backfill may take."""

SHARE = 0.5
"""Of a provider's rate: live fetches find room beside it."""


def backfiller(
    configuration: Configuration,
    settings: RuntimeSettings,
    market: "Table",
    archive: "BarArchive",
    provider: str = "",
    share: float = SHARE,
) -> "BackfillBars":
    """Build what fetches the past of instruments.

    Parameters
    ----------
    archive : BarArchive
        Where the cold tier lies: what is kept there is not fetched over it.
    provider : str
        Who is asked; without one whoever the configuration names for an instrument, in that order.
    share : float
        Of each provider's rate, so that live fetches find room beside it.
    """
    from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
    from tradewind.adapters.dynamodb.backfills import DynamoBackfills
    from tradewind.adapters.dynamodb.refusals import DynamoRefusals
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.application.backfill_bars import BackfillBars
    from tradewind.application.bar_repository import Cold
    from tradewind.application.kept_bars import KeptBars

    feeds = _Past(configuration, settings, market, provider, share)
    refusals, backfills = DynamoRefusals(market, time.time), DynamoBackfills(market, time.time)
    slices, series = DynamoSlices(market, time.time), DynamoArchivedSeries(market, time.time)
    kept = KeptBars(configuration.shards, slices, slices.packing, Cold(series, archive, now))
    return BackfillBars(feeds, series, refusals, backfills, now, kept)


def steps(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", archive: "BarArchive"
) -> "BackfillSteps":
    """Build the steps of a state machine that backfills."""
    from tradewind.adapters.dynamodb.backfills import DynamoBackfills
    from tradewind.application.backfill_steps import BackfillSteps

    @cache
    def worker(provider: str) -> "BackfillBars":
        return backfiller(configuration, settings, market, archive, provider)

    configured = sorted({name for shard in configuration.shards for name in shard.instruments})
    return BackfillSteps(DynamoBackfills(market, time.time), worker, configured, now)


@dataclass(slots=True)
class _Past:
    """Who is asked for an instrument's past; its failures open no breaker of live fetches."""

    configuration: Configuration
    settings: RuntimeSettings
    market: "Table"
    provider: str
    share: float
    _known: "dict[tuple[tuple[str, ...], str], Feed]" = field(default_factory=dict)

    def __call__(self, instrument: "InstrumentId") -> "Feed":
        shard = next((one for one in self.configuration.shards if instrument in one.instruments), None)
        calendar = shard.calendar if shard else str(calendar_of(venue_of(instrument)))
        configured = (shard.provider, *shard.fallbacks) if shard else ()
        names = (self.provider,) if self.provider else configured
        if not names or "replay" in names:
            raise BadInputError(f"nobody is configured to be asked for the past of {instrument}: name a provider")
        return self._known.setdefault((names, calendar), self._feed(names, calendar))

    def _feed(self, names: tuple[str, ...], calendar: str) -> "Feed":
        from tradewind.adapters.market import registry
        from tradewind.application.failover import FailoverSource
        from tradewind.application.ports_backfill import Feed

        if (names, calendar) in self._known:
            return self._known[names, calendar]
        providers = [live_provider(name, self.settings, self.market, PATIENCE, self.share) for name in names]
        kept = Calendar(CalendarName(calendar))
        facts = [registry.facts(name.partition("@")[0]) for name in names]
        reach = 0 if any(not one.reach for one in facts) else max(one.reach for one in facts)
        return Feed(FailoverSource(providers, _OwnBreakers(), kept, now), kept, reach)


class _OwnBreakers:
    """Breakers of one process."""

    def __init__(self) -> None:
        self._known: dict[str, Breaker] = {}

    def get(self, provider: str) -> Breaker:
        """Return a provider's breaker."""
        return self._known.get(provider, Breaker(provider))

    def put(self, breaker: Breaker) -> None:
        """Keep it."""
        self._known[breaker.provider] = breaker


def now() -> int:
    """Return the time, UTC ms."""
    return time.time_ns() // 1_000_000

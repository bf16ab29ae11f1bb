"""Whether providers have what is asked of them, and allow it as often as it is asked."""

from collections.abc import Iterator
from math import ceil

from tradewind.adapters.market.registry import CCXT, facts
from tradewind.application.ports_market import ProviderFacts
from tradewind.cli.configuration.models import EnvironmentFile, MarketTable
from tradewind.domain.rate import SHARE, turns
from tradewind.domain.timeframe import Timeframe

type Fault = tuple[tuple[str | int, ...], str]
"""Where, and what is wrong there."""

_ROUNDING = 1e-9


def asked_of_providers(file: EnvironmentFile) -> Iterator[Fault]:
    """Yield what a provider has not, and what is more than it allows.

    A bar that closes is asked for once, so polling costs one request a bar for each instrument (or for as many
    instruments as one request may name). A simulated venue, which has an address, allows what it is told to.
    """
    for index, market in enumerate(file.markets):
        if market.provider.startswith(CCXT):  # only ccxt itself knows, and it is not asked here
            continue
        known = facts(market.provider.partition("@")[0])
        for timeframe in market.timeframes:
            if timeframe not in known.timeframes:
                what = f"{known.title} has no {timeframe} bars: it has {', '.join(known.timeframes)}"
                yield ("markets", index, "timeframes"), what
    yield from _beyond_limits(file)


def _beyond_limits(file: EnvironmentFile) -> Iterator[Fault]:
    used: dict[str, float] = {}
    for index, market in enumerate(file.markets):
        if "@" in market.provider or market.provider.startswith(CCXT):
            continue
        known = facts(market.provider)
        for timeframe in sorted(market.timeframes, key=lambda frame: -frame.ms):
            before = used.get(known.name, 0.0)
            allowed = _allowed(known, timeframe, turns(1 + len(market.fallbacks))[0])
            used[known.name] = before + ceil(len(market.instruments) / known.batch) / allowed
            if used[known.name] > 1 + _ROUNDING:
                yield ("markets", index, "instruments"), _too_many(known, market, timeframe, before, allowed)


def _allowed(known: ProviderFacts, timeframe: Timeframe, seconds: float) -> float:
    """Return how many requests fit between two bars, and into the time that a fetch has for the provider."""
    return known.requests * SHARE * min(timeframe.ms / 1000, seconds) / known.seconds


def _too_many(known: ProviderFacts, market: MarketTable, timeframe: Timeframe, before: float, allowed: float) -> str:
    fits = int((1 - min(1.0, before)) * allowed + _ROUNDING) * known.batch
    return (
        f"{len(market.instruments)} instruments of {timeframe} are more than {known.title} allows "
        f"({known.requests:,} requests in {known.seconds} s) in the time of one fetch: at most {fits} fit"
    )

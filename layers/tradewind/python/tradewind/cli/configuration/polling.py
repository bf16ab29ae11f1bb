"""Whether providers have what is asked of them, and allow it as often as it is asked."""

from collections.abc import Iterator
from math import ceil

from tradewind.adapters.market.registry import CCXT, facts
from tradewind.application.ports_market import ProviderFacts
from tradewind.cli.configuration.models import EnvironmentFile, MarketTable
from tradewind.domain.rate import SHARE
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
            used[known.name] = before + _share(known, timeframe, len(market.instruments))
            if used[known.name] > 1 + _ROUNDING:
                yield ("markets", index, "instruments"), _too_many(known, market, timeframe, before)


def _share(known: ProviderFacts, timeframe: Timeframe, instruments: int) -> float:
    """Return which part of what a provider allows is used by fetching so many instruments."""
    return ceil(instruments / known.batch) / _allowed(known, timeframe)


def _allowed(known: ProviderFacts, timeframe: Timeframe) -> float:
    """Return how many requests fit between two bars."""
    return known.requests * SHARE * timeframe.ms / (known.seconds * 1000)


def _too_many(known: ProviderFacts, market: MarketTable, timeframe: Timeframe, before: float) -> str:
    fits = int((1 - min(1.0, before)) * _allowed(known, timeframe) + _ROUNDING) * known.batch
    return (
        f"{len(market.instruments)} instruments of {timeframe} are more than {known.title} allows "
        f"({known.requests:,} requests in {known.seconds} s): at most {fits} fit"
    )

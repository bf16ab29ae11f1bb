"""Every provider by name; a module is imported only when its provider is built."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from tradewind.application.ports_market import MarketDataProvider, ProviderFacts
from tradewind.domain.errors import BadInputError

_CLASSES = {
    "kraken": "KrakenProvider",
    "binance": "BinanceProvider",
    "bybit": "BybitProvider",
    "coinbase": "CoinbaseProvider",
    "alpaca": "AlpacaProvider",
    "polygon": "PolygonProvider",
    "finnhub": "FinnhubProvider",
    "alpha_vantage": "AlphaVantageProvider",
    "coingecko": "CoinGeckoProvider",
}

NAMES = (*_CLASSES, "replay")
"""Every provider that needs nothing beyond the layers of every deployment."""

CCXT = "ccxt:"
"""Prefix of any other exchange, as ccxt names it: `ccxt:bitstamp`. Needs the layer `ccxt`."""


def facts(name: str) -> ProviderFacts:
    """Return what is known of a provider without building it; of ccxt's exchanges only what holds for all of them.

    Raises
    ------
    BadInputError
        If there is none of that name.
    """
    found: ProviderFacts = _module(_CCXT if name.startswith(CCXT) else name).FACTS
    return found


def build(name: str, environ: Mapping[str, str], **options: Any) -> MarketDataProvider:
    """Build a provider over HTTP.

    Parameters
    ----------
    environ : mapping
        Environment variables, in which its credentials are looked for.
    **options
        Fields of its line: `base_url`, `budget`, `concurrency`, `limiter`, …

    Raises
    ------
    BadInputError
        If there is none of that name, or a credential that it cannot do without is missing.
    """
    if name.startswith(CCXT):
        return _ccxt(name.removeprefix(CCXT), options)
    module = _module(name)
    if name not in _CLASSES:
        raise BadInputError(f"{name} has no network to ask: it serves what was recorded")
    keys = keys_of(module.FACTS, environ)
    if name in _TWO_HOSTS and "base_url" in options:
        options.setdefault("trading_url", options["base_url"])
    provider: MarketDataProvider = getattr(module, _CLASSES[name])(keys=keys, **options)
    return provider


def _ccxt(exchange: str, options: Mapping[str, Any]) -> MarketDataProvider:
    """Build an exchange of ccxt, which has a line of its own: only the limit is ours.

    Raises
    ------
    BadInputError
        If it is to be asked at another address: it would be asked at its own.
    """
    if "base_url" in options:
        raise BadInputError(f"{CCXT}{exchange} is asked where ccxt knows it, and at no other address")
    from tradewind.adapters.market.ccxt_exchange import CcxtProvider  # noqa: PLC0415 - heavy, and seldom there

    return CcxtProvider(exchange, **{name: options[name] for name in ("limiter", "budget") if name in options})


def keys_of(known: ProviderFacts, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a provider's credentials.

    Raises
    ------
    BadInputError
        If one is missing, with the variables to set.
    """
    missing = [key for key in known.keys if not environ.get(key)]
    if missing and known.name not in _KEYS_ARE_OPTIONAL:
        raise BadInputError(f"{known.title} needs credentials: set {' and '.join(missing)} in the environment")
    return {key: environ[key] for key in known.keys if environ.get(key)}


def needs_keys(name: str) -> bool:
    """Tell whether a provider answers nobody without credentials."""
    return bool(facts(name).keys) and name not in _KEYS_ARE_OPTIONAL


_KEYS_ARE_OPTIONAL = frozenset({"coingecko"})
_TWO_HOSTS = frozenset({"alpaca"})
_CCXT = "ccxt_exchange"


def _module(name: str) -> Any:
    if name not in (*NAMES, _CCXT):
        raise BadInputError(f"unknown market data provider {name!r}: use {', '.join(NAMES)} or {CCXT}EXCHANGE")
    return import_module(f"tradewind.adapters.market.{name}")

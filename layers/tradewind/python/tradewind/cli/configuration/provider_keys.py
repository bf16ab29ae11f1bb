"""Where the credentials of market data providers lie: `[providers.NAME]`."""

from collections.abc import Iterator

from tradewind.adapters.market import registry
from tradewind.cli.configuration.models import EnvironmentFile

type Fault = tuple[tuple[str | int, ...], str]


def unfit(file: EnvironmentFile) -> Iterator[Fault]:
    """Yield each provider whose credentials are nowhere, and each that has none to read."""
    for where, name in _asked(file):
        if "@" not in name and name not in file.providers and registry.needs_keys(name):
            keys = " and ".join(registry.facts(name).keys)
            place = f'[providers.{name}] credentials = "ssm:/PATH"'
            yield where, f"{name} asks for credentials: put {keys} somewhere and name the place: {place}"
    for name in file.providers:
        if name not in registry.NAMES or not registry.facts(name).keys:
            yield ("providers", name), f"{name} asks for no credentials: remove its table"


def places(file: EnvironmentFile) -> dict[str, str]:
    """Return where each credential lies, by the variable that a person would set."""
    return {key: one.credentials for name, one in file.providers.items() for key in registry.facts(name).keys}


def _asked(file: EnvironmentFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, market in enumerate(file.markets):
        yield ("markets", index, "provider"), market.provider
        for at, name in enumerate(market.fallbacks):
            yield ("markets", index, "fallbacks", at), name
    for name, universe in file.universes.items():
        yield ("universes", name, "provider"), universe.provider

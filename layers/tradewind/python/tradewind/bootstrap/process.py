"""What every builder shares within one process: clients, the meter, the configuration, the tables and the clock."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import content_hash
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.adapters.metering import Meter
    from tradewind.application.ports import Clock


@cache
def client(service: str, seconds: float = 5, attempts: int = 4) -> Any:
    """Return the low-level client of a service; botocore alone, since boto3 adds import time and nothing we use.

    Parameters
    ----------
    seconds : float
        How long an answer is waited for.
    attempts : int
        How often a request is made in all.
    """
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        connect_timeout=2,
        read_timeout=seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
        # Its own it puts together anew for each request, which is a quarter of what a request costs before it is sent.
        user_agent="tradewind",
        # The service checks every request; to do so here as well takes a fifth of its time.
        parameter_validation=False,
    )
    made = _session(get_session).create_client(service, config=config)
    meter().recorder.listen(made)
    return made


def with_keys(settings: RuntimeSettings) -> RuntimeSettings:
    """Return settings in which the credentials of providers are found, wherever they lie."""
    places = settings.provider_keys
    if not places:
        return settings
    from tradewind.adapters.market.keyed import SecretVariables
    from tradewind.adapters.secrets import Secrets

    return RuntimeSettings(SecretVariables(settings.variables, places, Secrets(client)))


@cache
def meter() -> "Meter":
    """Return what counts the calls of this process; AWS's own bill names neither strategies nor signals."""
    from tradewind.adapters.metering import Meter

    return Meter()


@cache
def _session(make: Callable[[], Any]) -> Any:
    from tradewind.adapters.dynamodb.answers import AnswerParsers

    session = make()
    session.register_component("response_parser_factory", AnswerParsers())
    return session


def forget_clients() -> None:
    """Make clients anew from here on: a session keeps the credentials that it first saw."""
    client.cache_clear()
    _session.cache_clear()


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


def market_table(settings: RuntimeSettings, ahead: "ItemsAhead | None" = None) -> "Table":
    """Return the market table; what was read ahead is taken from `ahead`."""
    from tradewind.adapters.dynamodb.table import Table

    return Table(client("dynamodb"), settings.market_table, ahead)


def ledger_table(settings: RuntimeSettings, ahead: "ItemsAhead | None" = None) -> "Table":
    """Return the ledger table; what was read ahead is taken from `ahead`."""
    from tradewind.adapters.dynamodb.table import Table

    return Table(client("dynamodb"), settings.ledger_table, ahead)


def clock_of(configuration: Configuration) -> "Clock":
    """Return the clock that the environment goes by."""
    from tradewind.adapters.clock import ReplayClock, SystemClock

    clocks: Mapping[str, Callable[[], Clock]] = {"replay": ReplayClock, "system": SystemClock}
    return clocks[configuration.clock]()

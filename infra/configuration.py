"""The few words of an environment's configuration that decide what is deployed.

The file is written by `tradewind config build ENV` from `config/ENV.toml`. The product reads all of it at run time;
the infrastructure reads only shards, schedules and the addresses of alerts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.settings import SettingsError

# A shard is fetched as its bars close (UTC). A day's bar closes at midnight whatever the exchange's hours.
FETCH_SCHEDULES: Mapping[str, str] = {
    "1m": "rate(1 minute)",
    "5m": "cron(0/5 * * * ? *)",
    "15m": "cron(0/15 * * * ? *)",
    "1h": "cron(0 * * * ? *)",
    "4h": "cron(0 0/4 * * ? *)",
    "1d": "cron(0 0 * * ? *)",
}


@dataclass(frozen=True, slots=True)
class ShardSchedule:
    """One shard and when its bars close."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class DeployedConfiguration:
    """What the configuration asks of the infrastructure.

    Attributes
    ----------
    live : bool
        Whether time is the system's; in replay nothing may fire by itself, for the run must be repeatable.
    webhooks : bool
        Whether any webhook is configured; its address stays in the file that the function reads.
    ccxt : bool
        Whether any market is reached through the library ccxt.
    secrets : tuple of str
        Where the channels' secrets lie: `ssm:/path` or `secretsmanager:name`.
    door_secrets : tuple of str
        Where those lie that prove a signal from outside, or the chat.
    provider_keys : mapping
        Where the credentials of market data providers lie, by the names of their variables.
    credentials, ccxt_venue : tuple of str, bool
        Where the keys of accounts at venues lie, and whether any venue is reached through the library ccxt.
    zone, reports : str, tuple of str
        At which times of the day, by the clock of which zone, a report is due.
    """

    live: bool
    shards: tuple[ShardSchedule, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    webhooks: bool
    watch: str
    compact: str
    path: Path
    ccxt: bool = False
    secrets: tuple[str, ...] = ()
    door_secrets: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    ccxt_venue: bool = False
    provider_keys: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    reports: tuple[str, ...] = ("09:00", "17:00")


def load(path: Path, environment: str) -> DeployedConfiguration:
    """Read one environment's built configuration.

    Raises
    ------
    SettingsError
        If it is missing, not JSON, another environment's, or names an unknown timeframe.
    """
    data = _read(path, environment)
    try:
        return _deployed(data, path)
    except (KeyError, TypeError) as error:
        raise SettingsError(
            f"{path}: the built configuration lacks or misuses {error}: build it again with "
            f"`tradewind config build {environment}`"
        ) from None


def _read(path: Path, environment: str) -> Mapping[str, Any]:
    remedy = f"run `tradewind config build {environment}` (or `make build ENV={environment}`) first"
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: {remedy}") from None
    except ValueError:
        raise SettingsError(f"{path} is not JSON: {remedy}") from None
    if not isinstance(data, dict) or data.get("environment") != environment:
        raise SettingsError(f"{path} is not the configuration of {environment!r}: {remedy}")
    return data


def _deployed(data: Mapping[str, Any], path: Path) -> DeployedConfiguration:
    alerts, schedules = data.get("alerts", {}), data.get("schedules", {})
    bots = [alerts["bot"]] if alerts.get("bot") else []
    reports, channels, accounts = data.get("reports", {}), alerts.get("channels", ()), data.get("accounts", ())
    return DeployedConfiguration(
        live=data["clock"] == "system",
        shards=tuple(ShardSchedule(row["name"], _expression(row["timeframe"])) for row in data["shards"]),
        emails=tuple(alerts.get("emails", ())),
        phones=tuple(alerts.get("phones", ())),
        webhooks=bool(alerts.get("webhooks", ())),
        watch=schedules.get("watch") or "rate(1 minute)",
        compact=schedules.get("compact") or "cron(7 * * * ? *)",
        path=path,
        secrets=tuple(sorted({row["secret"] for row in channels if row.get("secret")})),
        door_secrets=tuple(sorted({row["secret"] for row in (*data.get("sources", ()), *bots)})),
        credentials=tuple(sorted({row["credentials"] for row in accounts if row.get("credentials")})),
        ccxt_venue=any(row.get("venue", "").startswith("CCXT:") for row in accounts),
        provider_keys=data.get("provider_keys", {}),
        zone=reports.get("zone", "UTC"),
        reports=tuple(reports.get("at", ("09:00", "17:00"))),
        ccxt=any(name.startswith("ccxt:") for row in data["shards"] for name in _providers(row)),
    )


def _providers(row: Mapping[str, Any]) -> list[str]:
    return [row.get("provider", ""), *row.get("fallbacks", ())]


def _expression(timeframe: str) -> str:
    if timeframe not in FETCH_SCHEDULES:
        known = ", ".join(FETCH_SCHEDULES)
        raise SettingsError(f"no schedule for timeframe {timeframe!r}: choose one of {known}")
    return FETCH_SCHEDULES[timeframe]

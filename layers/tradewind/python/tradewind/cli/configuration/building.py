"""From the checked file to the JSON that the functions read without pydantic."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.cli.configuration.coherence import members
from tradewind.cli.configuration.fees import Costs, costs_at
from tradewind.cli.configuration.models import (
    AccountTable,
    EnvironmentFile,
    InstrumentTable,
    MarketTable,
    StrategyTable,
    WebhookTable,
)
from tradewind.cli.configuration.provider_keys import places
from tradewind.cli.configuration.trading_places import venue_name
from tradewind.cli.configuration.universes import rules_of
from tradewind.domain.calendar import calendar_of
from tradewind.domain.configuration import Configuration
from tradewind.domain.identifiers import content_hash
from tradewind.domain.instrument import instrument_id
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS

type Json = dict[str, Any]


def build(file: EnvironmentFile) -> Json:
    """Return the configuration as JSON values; decimals are text."""
    universes = {"universes": list(_universes(file))} if file.universes else {}
    return universes | {
        "environment": file.environment.name,
        "clock": file.environment.clock,
        "trade_from": 0,
        "shards": list(_shards(file)),
        "instruments": dict(_instruments(file)),
        "accounts": [_account(account, costs_of(file, account)) for account in file.accounts],
        "strategies": [_strategy(strategy) for strategy in file.strategies],
        "alerts": _alerts(file),
        "schedules": file.schedules.model_dump(),
        **({"provider_keys": places(file)} if file.providers else {}),
        **({"sources": [_source(one) for one in file.webhooks]} if file.webhooks else {}),
        **({"reports": file.reports.model_dump()} if "reports" in file.model_fields_set else {}),
    }


def _alerts(file: EnvironmentFile) -> Json:
    channels = {"channels": [one.built() for one in file.alerts.channels]} if file.alerts.channels else {}
    bot = {"bot": file.alerts.bot.model_dump()} if file.alerts.bot else {}
    return file.alerts.model_dump(exclude={"channels", "bot"}) | channels | bot


def _source(webhook: WebhookTable) -> Json:
    return {**webhook.model_dump(), "largest": decimal_text(webhook.largest)}


def _universes(file: EnvironmentFile) -> Iterator[Json]:
    for name, table in file.universes.items():
        followed = {one for market in file.markets if market.universe == name for one in members(market)}
        yield {
            "name": name,
            "venue": table.venue,
            "provider": table.provider,
            "rules": asdict(rules_of(table)),
            "followed": sorted(followed),
        }


def canonical(data: Mapping[str, Any]) -> str:
    """Return the one text of a configuration; its hash is what every decision carries."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write(data: Mapping[str, Any], path: Path) -> Configuration:
    """Write the canonical text and return the configuration as the functions will read it."""
    text = canonical(data).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return Configuration.from_json(data, content_hash(text))


def decimal_text(value: Decimal) -> str:
    """Write a decimal in full and without trailing zeros: `0.00000001`, `100000`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shards(file: EnvironmentFile) -> Iterator[Json]:
    for (venue, timeframe, provider, fallbacks, calendar), names in _groups(file).items():
        for number, shard in enumerate(names, start=1):
            if not shard:  # all its instruments have gone: its number stays, so that the others keep theirs
                continue
            yield {
                "name": f"{venue}-{timeframe}-{number}".lower(),
                "timeframe": timeframe,
                "provider": provider,
                "fallbacks": list(fallbacks),
                "calendar": calendar,
                "instruments": shard,
            }


type _Group = tuple[str, str, str, tuple[str, ...], str]
"""Venue, timeframe, provider, fallbacks and calendar."""


def _groups(file: EnvironmentFile) -> dict[_Group, list[list[str]]]:
    """Gather instruments by venue and timeframe, in the file's order, so that two markets of one venue share shards."""
    groups: dict[_Group, list[list[str]]] = {}
    loose: dict[_Group, list[str]] = {}
    for market in file.markets:
        calendar = str(market.calendar or calendar_of(market.venue))
        for timeframe in market.timeframes:
            group = (market.venue, str(timeframe), market.provider, tuple(market.fallbacks), calendar)
            shards = groups.setdefault(group, [])
            if market.shards:
                shards += [[instrument_id(symbol, market.venue) for symbol in shard] for shard in market.shards]
            else:
                loose.setdefault(group, []).extend(members(market))
    for group, names in loose.items():
        groups[group] += [names[at : at + MAXIMUM_INSTRUMENTS] for at in range(0, len(names), MAXIMUM_INSTRUMENTS)]
    return groups


def _instruments(file: EnvironmentFile) -> Iterator[tuple[str, Json]]:
    for market in file.markets:
        for name in members(market):
            rules = file.instruments.get(name, market)
            yield name, _rules(rules)


def _rules(rules: InstrumentTable | MarketTable) -> Json:
    """Return an instrument's rules; one without a smallest quantity reads as it did before there was any."""
    least = {"minimum_quantity": decimal_text(rules.minimum_quantity)} if rules.minimum_quantity else {}
    return {
        "tick": decimal_text(rules.tick or Decimal(0)),
        "lot": decimal_text(rules.lot or Decimal(0)),
        "minimum_notional": decimal_text(rules.minimum_notional),
        **least,
    }


def costs_of(file: EnvironmentFile, account: AccountTable) -> Costs:
    """Return what an account pays: what its table says, else what its venues ask."""
    frames = {one.timeframe for one in file.strategies if one.account == account.name}
    default = costs_at(market.venue for market in file.markets if _trades(market, frames))
    fee, slippage = account.fee_bps, account.slippage_bps
    return Costs(default.fee_bps if fee is None else fee, default.slippage_bps if slippage is None else slippage)


def _trades(market: MarketTable, timeframes: set[Any]) -> bool:
    return not timeframes.isdisjoint(market.timeframes)


def _account(account: AccountTable, costs: Costs) -> Json:
    limits = account.limits.told(account.mode)
    venue, _, address = account.venue.partition("@")
    elsewhere = {"mode": account.mode, "credentials": account.credentials, "address": address} if venue else {}
    return elsewhere | {
        "name": account.name,
        "venue": venue_name(venue) or "PAPER",
        "cash": decimal_text(account.cash),
        "fee_bps": costs.fee_bps,
        "slippage_bps": costs.slippage_bps,
        "limits": {key: decimal_text(value) if isinstance(value, Decimal) else value for key, value in limits.items()},
    }


def _strategy(strategy: StrategyTable) -> Json:
    return {
        "name": strategy.name,
        "account": strategy.account,
        "timeframe": str(strategy.timeframe),
        "parameters": dict(strategy.parameters),
        "gates": strategy.gates.model_dump(),
        "protections": {
            key: decimal_text(value) if isinstance(value, Decimal) else value
            for key, value in strategy.protections.model_dump().items()
        },
        **({"sizing": strategy.sizing.built()} if strategy.sizing.built() else {}),
        **({"budget": strategy.budget} if strategy.budget else {}),
    }

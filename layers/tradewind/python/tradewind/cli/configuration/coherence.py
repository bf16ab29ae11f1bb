"""What no single key can say: whether the parts of a configuration fit together."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tradewind.cli.configuration.models import EnvironmentFile, MarketTable
from tradewind.cli.configuration.parameters import refusals
from tradewind.cli.configuration.polling import asked_of_providers
from tradewind.cli.configuration.provider_keys import unfit as unfit_keys
from tradewind.cli.configuration.sizes import unfit as unfit_sizes
from tradewind.cli.configuration.trading_places import unreachable
from tradewind.cli.configuration.universes import unfit
from tradewind.cli.paths import user_strategies
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.order import AT_ONCE
from tradewind.strategies.registry import build

type Fault = tuple[tuple[str | int, ...], str]
"""Where, and what is wrong there."""


def contradictions(file: EnvironmentFile, environment: str) -> list[Fault]:
    """Return everything that does not fit, each with its place."""
    return [
        *_name(file, environment),
        *_clock(file),
        *_fallbacks(file),
        *unfit_keys(file),
        *unfit(file),
        *_rules(file),
        *_repeated_markets(file),
        *asked_of_providers(file),
        *_accounts(file, environment),
        *_webhooks(file),
        *_strategies(file),
        *_parameters(file),
        *_channels(file),
    ]


def members(market: MarketTable) -> list[InstrumentId]:
    """Return the ids of a market's instruments."""
    return [instrument_id(symbol, market.venue) for symbol in market.instruments]


def _channels(file: EnvironmentFile) -> Iterator[Fault]:
    seen = {f"webhook-{number}" for number in range(1, len(file.alerts.webhooks) + 1)}
    people = {"email": ("emails", file.alerts.emails), "sms": ("phones", file.alerts.phones)}
    for index, one in enumerate(file.alerts.channels):
        if one.name in seen:
            yield ("alerts", "channels", index, "name"), f"{one.name} is the name of another channel"
        where, addresses = people.get(one.kind, ("", ["none is needed"]))
        if not addresses:
            yield ("alerts", "channels", index, "kind"), f"nobody is reached: write {where} in [alerts] too"
        seen.add(one.name)


def _name(file: EnvironmentFile, environment: str) -> Iterator[Fault]:
    if file.environment.name != environment:
        yield ("environment", "name"), f'the file is {environment}.toml: write name = "{environment}"'


def _clock(file: EnvironmentFile) -> Iterator[Fault]:
    replayed = [market.provider == "replay" for market in file.markets]
    clock = file.environment.clock
    for index, is_replay in enumerate(replayed):
        if is_replay != (clock == "replay"):
            yield ("markets", index, "provider"), f"clock = {clock!r} does not go with this provider"


def _fallbacks(file: EnvironmentFile) -> Iterator[Fault]:
    for index, market in enumerate(file.markets):
        for at, name in enumerate(market.fallbacks):
            if "replay" in {name, market.provider}:
                yield ("markets", index, "fallbacks", at), "recorded bars have no fallback, and are none"
            elif name in {market.provider, *market.fallbacks[:at]}:
                yield ("markets", index, "fallbacks", at), f"{name} is asked already: name each provider once"


def _rules(file: EnvironmentFile) -> Iterator[Fault]:
    known = {name for market in file.markets for name in members(market)}
    unpinned = {market.venue for market in file.markets if market.universe and not market.instruments}
    for name in file.instruments:
        if name not in known and name.rpartition(".")[2] not in unpinned:  # who belongs is about to be chosen
            yield ("instruments", name), "no market lists this instrument: add its symbol there, or remove it here"
    for index, market in enumerate(file.markets):
        bare = [(at, name) for at, name in enumerate(members(market)) if name not in file.instruments]
        if bare and (market.tick is None or market.lot is None):
            at, name = bare[0]
            others = f" (nor have {len(bare) - 1} more)" if len(bare) > 1 else ""
            what = f'{name} has no tick and lot{others}: add [instruments."{name}"], or tick and lot to the market'
            yield ("markets", index, "instruments", at), what


def _repeated_markets(file: EnvironmentFile) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, market in enumerate(file.markets):
        for timeframe in market.timeframes:
            for at, name in enumerate(members(market)):
                if (name, timeframe) in seen:
                    yield ("markets", index, "instruments", at), f"{name} at {timeframe} is listed twice"
                seen.add((name, timeframe))


def _accounts(file: EnvironmentFile, environment: str) -> Iterator[Fault]:
    counts = Counter(account.name for account in file.accounts)
    for index, account in enumerate(file.accounts):
        if counts[account.name] > 1:
            yield ("accounts", index, "name"), f"{account.name!r} is there twice: account names are unique"
        if account.name == "system":
            yield ("accounts", index, "name"), "'system' is the name of a journal: choose another"
        for field, what in unreachable(account, file.environment.clock, environment):
            yield ("accounts", index, field), what


def _webhooks(file: EnvironmentFile) -> Iterator[Fault]:
    accounts, traded = (
        {account.name for account in file.accounts},
        {one for table in file.markets for one in members(table)},
    )
    seen: set[str] = set()
    for index, one in enumerate(file.webhooks):
        if one.account not in accounts:
            text = f"unknown account {one.account!r}: there are {', '.join(sorted(accounts))}"
            yield ("webhooks", index, "account"), text
        for name in one.instruments:
            if name not in traded:
                yield ("webhooks", index, "instruments"), f"{name} is in no market of this file"
        if one.name in seen:
            yield ("webhooks", index, "name"), f"{one.name!r} is there twice: sources are told apart by their names"
        seen.add(one.name)


def _strategies(file: EnvironmentFile) -> Iterator[Fault]:
    accounts = {account.name for account in file.accounts}
    frames = {timeframe for market in file.markets for timeframe in market.timeframes}
    seen: set[tuple[str, str]] = set()
    chosen: dict[str, str] = {}
    for index, one in enumerate(file.strategies):
        place = ("strategies", index)
        if one.account not in accounts:
            yield (*place, "account"), f"unknown account {one.account!r}: there are {', '.join(sorted(accounts))}"
        if one.timeframe not in frames:
            yield (*place, "timeframe"), f"no market is fetched at {one.timeframe}: add it to a market's timeframes"
        if one.name in AT_ONCE:
            yield (*place, "name"), f"{one.name!r} is the name of what people trade by themselves: choose another"
        if (one.account, one.name) in seen:
            yield (*place, "name"), f"{one.name!r} is already at work for {one.account}: an account has it once"
        seen.add((one.account, one.name))
        if chosen.setdefault(one.account, one.timeframe) != one.timeframe:
            what = f"account {one.account} already trades {chosen[one.account]} bars: use an account for each timeframe"
            yield (*place, "timeframe"), what
        for inner, what in unfit_sizes(one.sizing, one.gates.size_multiplier):
            yield (*place, "sizing", *inner), what


def _parameters(file: EnvironmentFile) -> Iterator[Fault]:
    for index, one in enumerate(file.strategies):
        place = ("strategies", index)
        unknown = _refusal(one.name, {})
        if unknown:
            yield (*place, "name"), unknown
            continue
        wrong = list(refusals(build(one.name, {}, user_strategies()), one.parameters))
        yield from (((*place, "parameters", name), what) for name, what in wrong)
        together = "" if wrong else _refusal(one.name, one.parameters)
        if together:
            single = ((name, _refusal(one.name, {name: value})) for name, value in one.parameters.items())
            alone: list[Fault] = [((*place, "parameters", name), what) for name, what in single if what]
            yield from alone or [((*place, "parameters"), together)]


def _refusal(name: str, parameters: Mapping[str, float]) -> str:
    """Return why a strategy cannot be built; an empty string if it can."""
    try:
        build(name, parameters, user_strategies())
    except BadInputError as error:
        return str(error)
    return ""

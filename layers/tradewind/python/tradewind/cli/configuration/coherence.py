"""What no single key can say: whether the parts of a configuration fit together."""

from collections import Counter
from collections.abc import Iterator

from tradewind.cli.configuration.models import EnvironmentFile, MarketTable
from tradewind.domain.instrument import InstrumentId, instrument_id

type Fault = tuple[tuple[str | int, ...], str]
"""Where, and what is wrong there."""


def contradictions(file: EnvironmentFile, environment: str) -> list[Fault]:
    """Return everything that does not fit, each with its place."""
    return [
        *_name(file, environment),
        *_clock(file),
        *_rules(file),
        *_repeated_markets(file),
        *_accounts(file),
        *_strategies(file),
    ]


def members(market: MarketTable) -> list[InstrumentId]:
    """Return the ids of a market's instruments."""
    return [instrument_id(symbol, market.venue) for symbol in market.instruments]


def _name(file: EnvironmentFile, environment: str) -> Iterator[Fault]:
    if file.environment.name != environment:
        yield ("environment", "name"), f'the file is {environment}.toml: write name = "{environment}"'


def _clock(file: EnvironmentFile) -> Iterator[Fault]:
    replayed = [market.provider == "replay" for market in file.markets]
    clock = file.environment.clock
    for index, is_replay in enumerate(replayed):
        if is_replay != (clock == "replay"):
            yield ("markets", index, "provider"), f"clock = {clock!r} does not go with this provider"


def _rules(file: EnvironmentFile) -> Iterator[Fault]:
    known = {name for market in file.markets for name in members(market)}
    for name in file.instruments:
        if name not in known:
            yield ("instruments", name), "no market lists this instrument: add its symbol there, or remove it here"
    for index, market in enumerate(file.markets):
        for at, name in enumerate(members(market)):
            if name not in file.instruments and (market.tick is None or market.lot is None):
                what = f'{name} has no tick and lot: add [instruments."{name}"], or tick and lot to the market'
                yield ("markets", index, "instruments", at), what


def _repeated_markets(file: EnvironmentFile) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, market in enumerate(file.markets):
        for timeframe in market.timeframes:
            for at, name in enumerate(members(market)):
                if (name, timeframe) in seen:
                    yield ("markets", index, "instruments", at), f"{name} at {timeframe} is listed twice"
                seen.add((name, timeframe))


def _accounts(file: EnvironmentFile) -> Iterator[Fault]:
    counts = Counter(account.name for account in file.accounts)
    for index, account in enumerate(file.accounts):
        if counts[account.name] > 1:
            yield ("accounts", index, "name"), f"{account.name!r} is there twice: account names are unique"
        if account.name == "system":
            yield ("accounts", index, "name"), "'system' is the name of a journal: choose another"


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
        if (one.account, one.name) in seen:
            yield (*place, "name"), f"{one.name!r} is already at work for {one.account}: an account has it once"
        seen.add((one.account, one.name))
        if chosen.setdefault(one.account, one.timeframe) != one.timeframe:
            what = f"account {one.account} already trades {chosen[one.account]} bars: use an account for each timeframe"
            yield (*place, "timeframe"), what

"""What a backtest runs: an environment's account, limits and gates over the bars and strategies asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tradewind.backtest.bars import bars_of
from tradewind.backtest.setup import Extras, Setup, prepare
from tradewind.bootstrap import strategies_at_work
from tradewind.cli.configuration.building import build, canonical, costs_of
from tradewind.cli.configuration.models import EnvironmentFile, StrategyTable
from tradewind.cli.paths import user_strategies
from tradewind.cli.run.plan import for_run
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.membership import Belonging
from tradewind.domain.series import Series


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes
    ----------
    strategies : sequence of str
        Names; empty for the environment's own.
    parameters : mapping
        `name` or `strategy.name` to value.
    start : int or None
        UTC ms: bars that open earlier only warm strategies up.
    universe : Belonging or None
        Who does not belong to it on a bar takes no new risk there.
    """

    strategies: Sequence[str] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    start: int | None = None
    cash: Decimal | None = None
    fee_bps: int | None = None
    slippage_bps: int | None = None
    spread_bps: int = 0
    minimum_notional: Decimal | None = None
    extras: Extras = field(default_factory=Extras)
    universe: Belonging | None = None


def setup_of(request: Request, file: EnvironmentFile, series: Sequence[Series]) -> Setup:
    """Put a backtest together.

    Raises
    ------
    BadInputError
        If a strategy or a parameter is unknown or out of range, or the bars cannot warm anything up.
    """
    configuration = configuration_of(request, file, series)
    at_work, _ = strategies_at_work(configuration, user_strategies())
    (account,) = configuration.accounts
    setup = prepare(configuration, at_work[account.name], bars_of(series), request.extras, request.universe)
    _check_length(setup)
    return setup


def configuration_of(request: Request, file: EnvironmentFile, series: Sequence[Series]) -> Configuration:
    """Return the configuration that `tradewind run` would deploy for these bars, with what was asked for in it."""
    asked = for_run(file, series, request.cash)
    account = asked.accounts[0].model_copy(
        update={
            name: value
            for name, value in (("fee_bps", request.fee_bps), ("slippage_bps", request.slippage_bps))
            if value is not None
        }
    )
    if request.spread_bps:
        slippage = costs_of(asked, account).slippage_bps + -(-request.spread_bps // 2)
        account = account.model_copy(update={"slippage_bps": slippage})
    asked = asked.model_copy(update={"accounts": [account], "strategies": _strategies(request, file, asked)})
    if request.minimum_notional is not None:
        least = {"minimum_notional": request.minimum_notional}
        rules = {name: one.model_copy(update=least) for name, one in asked.instruments.items()}
        asked = asked.model_copy(update={"instruments": rules})
    data = build(asked) | {"trade_from": request.start or 0}
    return Configuration.from_json(data, content_hash(canonical(data).encode()))


def _strategies(request: Request, file: EnvironmentFile, asked: EnvironmentFile) -> list[StrategyTable]:
    account, timeframe = asked.accounts[0].name, asked.strategies[0].timeframe
    known = {one.name: one for one in file.strategies}
    names = request.strategies or [one.name for one in file.strategies if one.account == account]
    if len(set(names)) != len(names):
        raise BadInputError(f"strategies {', '.join(names)}: each can be named once")
    # One that the file has not trades as the first one does, but for its rule's own numbers.
    like_the_first = file.strategies[0].model_copy(update={"parameters": {}})
    tables = []
    for name in names:
        own = known.get(name, like_the_first)
        changed = {"name": name, "account": account, "timeframe": timeframe}
        given = {**own.parameters, **_parameters(request, name, names)}
        tables.append(own.model_copy(update={**changed, "parameters": given}))
    return tables


def _parameters(request: Request, name: str, names: Sequence[str]) -> dict[str, float]:
    """Return the parameters that are meant for a strategy: plain ones too where it is the only one."""
    mine: dict[str, float] = {}
    for key, value in request.parameters.items():
        owner, _, parameter = key.rpartition(".")
        if not owner and len(names) > 1:
            raise BadInputError(f"--param {key}: there are several strategies, say whose: --param {names[0]}.{key}=…")
        if owner and owner not in names:
            raise BadInputError(f"--param {key}: {owner} is none of {', '.join(names)}")
        if owner in {"", name}:
            mine[parameter] = value
    return mine


def _check_length(setup: Setup) -> None:
    """Refuse bars none of which any strategy can decide on."""
    longest = max(setup.bars.columns, key=lambda one: len(one.ts), default=None)
    shortest = min(one.strategy.warmup for one in setup.at_work)
    if longest is None or len(longest.ts) < shortest:
        names = ", ".join(f"{one.rules.name} {one.strategy.warmup}" for one in setup.at_work)
        have = f"{longest.instrument.id} has the most, {len(longest.ts)}" if longest else "there are none"
        refused = sum(one.refused for one in setup.bars.columns)
        bad = f"{refused:,} rows are no possible bars: `tradewind data verify` names them"
        cure = bad if refused else "Give more bars"
        raise BadInputError(f"too few bars to decide on any: {have}; needed to warm up: {names}. {cure}")

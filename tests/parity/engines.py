"""One run of the whole pipeline, and both backtests of each of its accounts, compared to the last digit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.fakes.pipeline import Result, run_in_process
from tradewind.backtest.bars import bars_of
from tradewind.backtest.digest import digest_of
from tradewind.backtest.engine import Run, run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import Setup, prepare
from tradewind.bootstrap import strategies_at_work
from tradewind.cli.report.performance import round_trips
from tradewind.domain.configuration import AccountRules, Configuration, Gates, Limits, Shard, StrategyRules
from tradewind.domain.decision import Action
from tradewind.domain.order import OrderStatus
from tradewind.domain.series import Series

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "user_strategies"

LOOSE = Gates(0.0, 0)
"""Every setup that its required gates let through is entered: there are more round trips to compare."""

QUICK: Mapping[str, Mapping[str, float]] = {
    "rsi_pullback_pro": {"ema_fast": 10, "ema_slow": 30, "rsi_period": 5, "maximum_bars": 9},
    "ema_cross": {"fast": 5, "slow": 20},
    "dca_ladder": {"trend": 50, "start_level": 50, "stop_atr": 4, "maximum_bars": 20},
    "ict_setups": {"sweep_within": 100, "gap_within": 60, "most_risk": 10, "target_risk": 1, "maximum_bars": 10},
    "price_breakout": {"entry_bars": 10, "exit_bars": 5, "trend": 30, "stop_atr": 1.5, "momentum_bars": 20},
    "quantum_oscillator": {"period": 5, "trend": 50, "sold_out": -0.1, "turn": 0.05, "coherence": 0.3},
    "stratus_core": {"score_level": 0.5, "exit_level": 0.45, "maximum_bars": 8},
}
"""Parameters that trade often on short samples."""

ENOUGH = 20
"""So many round trips of a strategy make a sample count."""

EXITS = frozenset({"STOP", "TARGET", "TRAILING", "SIGNAL", "ROI", "TIME"})
"""Every kind of exit."""

_CASH = Decimal(100_000)

type Desks = Mapping[str, Sequence[str]]
"""Accounts, and the names of the strategies on each."""


@dataclass(frozen=True)
class Compared:
    """What one account did in the pipeline, and where a backtest differs from it.

    Attributes
    ----------
    exits, denied : Counter
        Round trips by what closed them; refused entries by their code.
    differences : list of str
        Empty where all three engines agree.
    """

    account: str
    decisions: int
    orders: int
    fills: int
    trips: int
    exits: Counter[str]
    denied: Counter[str]
    differences: list[str]


def alone(names: Sequence[str]) -> Desks:
    """Return desks on which each strategy has an account of its own, named as it is."""
    return {name: (name,) for name in names}


def configuration(
    series: Sequence[Series], desks: Desks, parameters: Mapping[str, Mapping[str, float]] = QUICK, **changes: Any
) -> Configuration:
    """Return a configuration of these bars, one shard a venue, with some of its fields changed."""

    def venue(one: Series) -> str:
        return one.instrument.id.rpartition(".")[2]

    frame = series[0].timeframe
    shards = tuple(
        Shard(f"{name}-{frame}", frame, "replay", tuple(one.instrument.id for one in members))
        for name, members in groupby(sorted(series, key=venue), key=venue)
    )
    accounts = tuple(AccountRules(name, "PAPER", _CASH, fee_bps=26, slippage_bps=5, limits=Limits()) for name in desks)
    rules = tuple(
        StrategyRules(name, account, frame, parameters.get(name, {}), LOOSE)
        for account, names in desks.items()
        for name in names
    )
    instruments = {one.instrument.id: one.instrument for one in series}
    made = Configuration("test", "replay", 0, shards, instruments, accounts, rules, (), "c0ffee")
    return replace(made, **changes)


def in_process(made: Configuration, series: Sequence[Series], end: int | None = None) -> Result:
    """Run the whole pipeline in this process, with the example strategies beside the built-in ones."""
    return run_in_process(made, series, end=end, folder=EXAMPLES)


def setup_of(made: Configuration, series: Sequence[Series], account: str) -> Setup:
    """Put one account's backtest together."""
    rules = tuple(one for one in made.strategies if one.account == account)
    own = replace(made, accounts=(made.account(account),), strategies=rules)
    at_work, _ = strategies_at_work(own, EXAMPLES)
    return prepare(own, at_work[account], bars_of(series))


def compared(
    made: Configuration, series: Sequence[Series], expected: Result, *, compiled: bool = True
) -> Iterator[Compared]:
    """Yield what each account did, and where its backtests, or only the interpreted one, differ from it."""
    for account in made.accounts:
        setup, mine = setup_of(made, series, account.name), _of(account.name, expected)
        engines = {"interpreted": run(setup, window=500)}
        if compiled:
            engines["compiled"] = run(setup, compiled=True, window=700)
        trips, digest = round_trips(mine.fills), _digest(mine)
        yield Compared(
            account.name,
            sum(len(record.decisions) for record in mine.decisions),
            len(mine.orders),
            len(mine.fills),
            len(trips),
            Counter(trip.reason for trip in trips),
            _denied(mine),
            [f"{name}: {words}" for name, found in engines.items() for words in _differences(found, mine, digest)],
        )


def _differences(found: Run, expected: Result, digest: str) -> Iterator[str]:
    """Yield in words where a backtest is not what the pipeline did."""
    outcome = Outcome(found)
    yield from _unlike("fill", sorted(outcome.fills, key=lambda one: one.trade_id), expected.fills)
    yield from _unlike("order", sorted(outcome.orders, key=lambda one: one.id), expected.orders)
    if found.digest != digest:
        yield f"decisions: digest {found.digest} for {digest}"
    cash, theirs = found.account[0] + found.account[1], float(_cash(expected))
    if abs(cash - theirs) > 1e-9 * theirs:
        yield f"cash: {cash!r} for {theirs!r}"


def _unlike(what: str, ours: Sequence[Any], theirs: Sequence[Any]) -> Iterator[str]:
    if len(ours) != len(theirs):
        yield f"{len(ours)} {what}s for {len(theirs)}"
    first = next(((one, other) for one, other in zip(ours, theirs, strict=False) if one != other), None)
    if first:
        yield f"{what}: {first[0]} for {first[1]}"


def _of(account: str, result: Result) -> Result:
    """Return one account's part of what a run led to."""
    return Result(
        [replace(one, decisions=tuple(d for d in one.decisions if d.account == account)) for one in result.decisions],
        [one for one in result.orders if one.account == account],
        [one for one in result.fills if one.account == account],
        {name: one for name, one in result.accounts.items() if name == account},
        {},
        [],
    )


def _digest(result: Result) -> str:
    return digest_of((record.ts, one) for record in result.decisions for one in record.decisions)


def _cash(result: Result) -> Decimal:
    return next((one.cash for one in result.accounts.values()), _CASH)


def _denied(result: Result) -> Counter[str]:
    early = Counter(one.reason for record in result.decisions for one in record.decisions if one.action is Action.DENY)
    late = Counter(one.reason.partition(":")[0] for one in result.orders if one.status is OrderStatus.DENIED)
    return early + late

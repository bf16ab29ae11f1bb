"""From a configuration to the flat arrays of a backtest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import gcd
from typing import Any, ClassVar, Protocol

import numpy as np

from tradewind.application.allotment import terms_of
from tradewind.application.desk import AtWork
from tradewind.backtest import layout
from tradewind.backtest.bars import Bars
from tradewind.backtest.verdict import CONFIRMING, OTHER, REQUIRED
from tradewind.domain.configuration import AccountRules, Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.strategies.base import GateKind, StopPolicy, Strategy

_KINDS = {
    GateKind.REQUIRED: REQUIRED,
    GateKind.CONFIRMING: CONFIRMING,
}
_FEE_STEPS = 10**8 // 10**4
_MOST = 2**62
_DAY = 86_400_000
_POINTS = 5_000
"""A curve of so many steps is kept whole; a longer one keeps the last step of each day."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What a backtest can do that the pipeline does not.

    Attributes
    ----------
    fixed_quantity : float
        Size every entry at this many shares or coins; 0 to size by risk.
    volume_share : float
        Most of a bar's volume that one order may take; 0 for any. What an entry does not get is canceled; an exit goes
        on at the next bar.
    close_delisted : bool
        Close what is held of an instrument at the close of its last bar, where others go on.
    """

    fixed_quantity: float = 0.0
    volume_share: float = 0.0
    close_delisted: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """One account's backtest: who trades what, under which rules.

    Attributes
    ----------
    at_work : sequence of AtWork
        The account's strategies, in the configuration's order.
    bars : Bars
        In the order of the configuration's shards.
    """

    configuration: Configuration
    account: AccountRules
    at_work: Sequence[AtWork]
    bars: Bars
    extras: Extras = field(default_factory=Extras)

    @property
    def strategies(self) -> list[Strategy]:
        """Return the strategies."""
        return [one.strategy for one in self.at_work]

    @property
    def instruments(self) -> list[Instrument]:
        """Return the instruments."""
        return [self.configuration.instrument(name) for name in self.bars.names]

    @property
    def rules(self) -> layout.Rules:
        """Return the account's rules as numbers."""
        limits, extras = self.account.limits, self.extras
        return layout.Rules(
            float(limits.exposure),
            float(limits.instrument_exposure),
            float(limits.daily_loss),
            limits.open_positions,
            limits.collar_bps,
            self.account.fee_bps,
            self.account.slippage_bps,
            extras.volume_share,
            extras.fixed_quantity,
            self.configuration.trade_from,
            self.bars.timeframe.ms,
            self.account.remembers,
        )

    def kinds(self, strategy: Strategy) -> tuple[int, ...]:
        """Return the kind of each gate as a number."""
        return tuple(_KINDS.get(gate.kind, OTHER) for gate in strategy.gates)


def prepare(configuration: Configuration, at_work: Sequence[AtWork], bars: Bars, extras: Extras | None = None) -> Setup:
    """Put a backtest of the configuration's only account together.

    Raises
    ------
    BadInputError
        If there are several accounts, or a strategy has more gates or exits than there is room for.
    """
    if len(configuration.accounts) != 1:
        raise BadInputError("a backtest takes one account: accounts share nothing, so run one after the other")
    names = [name for shard in configuration.shards for name in shard.instruments]
    for one in at_work:
        _check(one.strategy)
    return Setup(configuration, configuration.accounts[0], at_work, bars.ordered(names), extras or Extras())


def _check(strategy: Strategy) -> None:
    gates, exits = layout.FIRST_EXIT - layout.FIRST_GATE, layout.CODES - layout.FIRST_EXIT
    if len(strategy.gates) > gates or len(strategy.exit_reasons) > exits:
        raise BadInputError(f"strategy {strategy.name}: at most {gates} gates and {exits} exits can be backtested")


def coarse(instrument: Instrument, cash: Decimal) -> int:
    """Return how many lots of an instrument are one lot of the backtest.

    Lots × ticks must fit into 64 bits for a hundred times the cash. Sizes have eight significant digits at the most
    (`risk.position_size`), so the lots that are joined here are joined there already.
    """
    most, lots = 100 * cash / (instrument.tick * instrument.lot), 1
    while most > _MOST * lots:
        lots *= 10
    return lots


class Maker(Protocol):
    """Makes an engine's arrays: `kind` is `d` for float64, `i` for int64, `u` for uint64."""

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros."""

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return an array of values."""


class Lists:
    """The interpreted engine's arrays: lists, which Python reads fastest."""

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros."""
        return [0.0 if kind == "d" else 0] * count

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return a list of values."""
        del kind
        return list(values)


class Arrays:
    """The compiled engine's arrays: NumPy's."""

    _KINDS: ClassVar = {"d": np.float64, "i": np.int64, "u": np.uint64}

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros, which take memory only once they are touched."""
        return np.zeros(count, self._KINDS[kind])

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return an array of values."""
        return np.array(values, self._KINDS[kind])


def stage(setup: Setup, make: Maker, market: layout.Market, places: int) -> layout.Stage:
    """Lay a backtest out before its first bar.

    Parameters
    ----------
    places : int
        Places that a window's signals have for each strategy.
    """
    k, m = len(setup.at_work), len(setup.instruments)
    books = ([0] * layout.PARENT + [layout.NONE] * 2 + [0] * 4 + [layout.NONE]) * (k * m)
    return layout.Stage(
        market=market,
        window=layout.Window(make.zeros(m, "i"), make.zeros(m, "i"), make.zeros(m, "i"), places),
        signals=layout.Signals(*(make.zeros(k * places, kind) for kind in "dddiu")),
        rules=setup.rules,
        strategies=k,
        instruments=m,
        shard_count=len(setup.configuration.shards),
        books=make.of(books, "i"),
        spots=make.zeros(m * layout.SPOT, "i"),
        stakes=make.zeros(m * layout.STAKE, "d"),
        account=make.of(_account(float(setup.account.cash)), "d"),
        counts=make.of(_counts(setup), "i"),
        events=make.zeros(layout.EVENT * (5 * k * places + 64), "i"),
        curve=make.zeros(layout.POINT * _points(setup), "d"),
        views=make.zeros(k * m * layout.VIEW, "d"),
        scratch=make.zeros(2 * k * m, "i"),
        answer=make.zeros(layout.ANSWER, "d"),
        grid=make.of([number for one in setup.instruments for number in _grid(one, setup.account.cash)], "d"),
        exact=make.of([number for i in range(m) for number in _exact(setup, i)], "i"),
        shards=make.of(_shards(setup), "i"),
        ranks=make.of(_ranks(setup), "i"),
        terms=make.of([number for one in setup.at_work for number in _terms(setup, one)], "d"),
        protections=make.of([number for one in setup.at_work for number in _protections(one)], "d"),
        closed=make.zeros(layout.CLOSED * (setup.account.remembers + k * m), "i"),
        results=make.zeros(layout.RESULT * (setup.account.remembers + k * m), "d"),
        tables=make.zeros(0, "i"),
        numbers=make.zeros(0, "d"),
        states=make.zeros(0, "d"),
        values=make.zeros(0, "d"),
        rule=0,
    )


def _account(cash: float) -> list[float]:
    account = [0.0] * layout.ACCOUNT
    account[layout.NEXT_POINT] = -1.0
    account[layout.CASH] = account[layout.OPENING] = account[layout.PEAK] = cash
    return account


def _counts(setup: Setup) -> list[int]:
    counts = [0] * layout.COUNTS
    counts[layout.POINT_EVERY] = point_every(setup)
    return counts


def point_every(setup: Setup) -> int:
    """Return the time that one point of the curve stands for, ms."""
    longest = max((len(one.ts) for one in setup.bars.columns), default=0)
    return setup.bars.timeframe.ms if longest <= _POINTS else max(_DAY, setup.bars.timeframe.ms)


def _points(setup: Setup) -> int:
    filled = [one.ts for one in setup.bars.columns if len(one.ts)]
    span = max(int(ts[-1]) for ts in filled) - min(int(ts[0]) for ts in filled) if filled else 0
    return span // point_every(setup) + 3


def _grid(instrument: Instrument, cash: Decimal) -> tuple[float, ...]:
    tick, lot = instrument.tick, instrument.lot
    return float(tick), float(lot), float(tick * lot * coarse(instrument, cash)), float(instrument.minimum_notional)


def _exact(setup: Setup, i: int) -> tuple[int, ...]:
    instrument, account = setup.instruments[i], setup.account
    joined = coarse(instrument, account.cash)
    lot = instrument.lot * joined
    up, down = (instrument.tick * lot).as_integer_ratio()
    up *= account.fee_bps * _FEE_STEPS
    shared = gcd(up, down)
    ticks, lots = instrument.tick.as_integer_ratio(), lot.as_integer_ratio()
    return (*ticks, *lots, up // shared, down // shared, _last_ts(setup, i), joined)


def _last_ts(setup: Setup, i: int) -> int:
    """Return when an instrument is closed because it is traded no longer; 0 for never."""
    ends = [int(one.ts[-1]) if len(one.ts) else 0 for one in setup.bars.columns]
    return ends[i] if setup.extras.close_delisted and ends[i] < max(ends) else 0


def _shards(setup: Setup) -> list[int]:
    starts = [0]
    for shard in setup.configuration.shards:
        starts.append(starts[-1] + len(shard.instruments))
    return starts


def _ranks(setup: Setup) -> list[int]:
    """Return each strategy and instrument's place among entries of equal strength: by instrument, then by strategy."""
    keys: list[tuple[InstrumentId, str]] = [(name, one.key) for one in setup.at_work for name in setup.bars.names]
    places = {key: place for place, key in enumerate(sorted(keys))}
    return [places[key] for key in keys]


def _terms(setup: Setup, one: AtWork) -> tuple[float, ...]:
    strategy, gates = one.strategy, one.rules.gates
    terms = terms_of(setup.account, gates.size_multiplier, strategy.entries)
    return (
        terms.risk_fraction,
        terms.exposure_fraction,
        float(strategy.entries),
        float(strategy.stop_policy is not StopPolicy.FIXED),
        float(len(strategy.exit_reasons)),
        float(strategy.warmup),
        float(setup.configuration.trade_from),
        float(gates.confirmations),
        gates.minimum_strength,
    )


def _protections(one: AtWork) -> tuple[float, ...]:
    rules = one.rules.protections
    return (
        float(rules.cooldown_bars),
        float(rules.window_bars),
        float(rules.pause_bars),
        float(rules.stops),
        float(rules.drawdown),
        float(rules.low_profit_trips),
        float(rules.low_profit),
    )

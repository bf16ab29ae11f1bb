"""Laying a backtest out in flat arrays: lists for the interpreted engine, NumPy's for the compiled one."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import gcd
from typing import Any, ClassVar, Protocol

import numpy as np

from tradewind.application.desk import AtWork
from tradewind.application.entry_size import place_of, plan_of, terms_of
from tradewind.backtest import layout
from tradewind.backtest.belonging import turns
from tradewind.backtest.setup import Setup, coarse
from tradewind.backtest.sizing import numbers_of
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.strategies.base import StopPolicy
from tradewind.strategies.standing import SPAN

_FEE_STEPS = 10**8 // 10**4
_DAY = 86_400_000
_POINTS = 5_000
"""A curve of so many steps is kept whole; a longer one keeps the last step of each day."""


class Maker(Protocol):
    """Makes an engine's arrays: `kind` is `d` for float64, `i` for int64, `u` for uint64."""

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros."""

    def room(self, count: int, kind: str) -> Any:
        """Return room for so many numbers, of which none is read before it is written."""

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return an array of values."""


class Lists:
    """The interpreted engine's arrays: lists, which Python reads fastest."""

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros."""
        return [0.0 if kind == "d" else 0] * count

    room = zeros

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return a list of values."""
        del kind
        return list(values)


class Arrays:
    """The compiled engine's arrays: NumPy's."""

    _KINDS: ClassVar = {"d": np.float64, "i": np.int64, "u": np.uint64}

    def zeros(self, count: int, kind: str) -> Any:
        """Return so many zeros."""
        return np.zeros(count, self._KINDS[kind])

    def room(self, count: int, kind: str) -> Any:
        """Return memory as it is: what is never written is never touched."""
        return np.empty(count, self._KINDS[kind])

    def of(self, values: Sequence[Any], kind: str) -> Any:
        """Return an array of values."""
        return np.array(values, self._KINDS[kind])


def stage(setup: Setup, make: Maker, market: layout.Market, places: int, *, brief: bool = False) -> layout.Stage:
    """Lay a backtest out before its first bar.

    Parameters
    ----------
    places : int
        Places that a window's signals have for each strategy.
    brief : bool
        Whether nobody wants the digest.
    """
    k, m, cash = len(setup.at_work), len(setup.instruments), setup.account.cash
    sizes = {
        "stakes": (m * layout.STAKE, "d"), "shares": (k * layout.SHARE, "d"), "spots": (m * layout.SPOT, "i"),
        "views": (k * m * layout.VIEW, "d"), "scratch": (2 * k * m, "i"), "answer": (layout.ANSWER, "d"),
        "closed": (layout.CLOSED * (setup.account.remembers + k * m), "i"),
        "results": (layout.RESULT * (setup.account.remembers + k * m), "d"),
        **dict.fromkeys(("numbers", "told"), (0, "d")), **dict.fromkeys(("tables", "columns"), (0, "i")),
    }  # fmt: skip
    rooms = {"curve": (layout.POINT * _points(setup), "d"), "events": (layout.EVENT * (5 * k * places + 64), "i")}
    values: dict[str, tuple[Iterable[Any], str]] = {
        "books": (([0] * layout.PARENT + [layout.NONE] * 2 + [0] * 4 + [layout.NONE]) * (k * m), "i"),
        "account": (_account(float(cash)), "d"),
        "counts": (_counts(setup), "i"),
        "grid": ((number for one in setup.instruments for number in _grid(one, cash)), "d"),
        "exact": ((number for i in range(m) for number in _exact(setup, i)), "i"),
        "shards": (_shards(setup), "i"),
        "turns": (turns(setup), "i"),
        "ranks": (_ranks(setup), "i"),
        "terms": ((number for one in setup.at_work for number in _terms(setup, one)), "d"),
        "protections": ((number for one in setup.at_work for number in _protections(one)), "d"),
        "plans": ((number for one in setup.at_work for number in _plan(setup, one)), "d"),
    }
    return layout.Stage(
        market=market, window=_window(setup, make, places), rules=setup.rules, rule=0, brief=int(brief),
        signals=layout.Signals(*(make.room(k * places, kind) for kind in "dddiudd")),
        strategies=k, instruments=m, shard_count=len(setup.configuration.shards),
        **{name: make.zeros(*size) for name, size in sizes.items()},
        **{name: make.room(*size) for name, size in rooms.items()},
        **{name: make.of(list(found), kind) for name, (found, kind) in values.items()},
    )  # fmt: skip


def _window(setup: Setup, make: Maker, places: int) -> layout.Window:
    begins = np.cumsum([0, *(len(one.ts) for one in setup.bars.columns)])[:-1].tolist()
    first, last, place = (make.zeros(len(begins), "i") for _ in range(3))
    return layout.Window(make.of(begins, "i"), first, last, place, places)


def _account(cash: float) -> list[float]:
    account = [0.0] * layout.ACCOUNT
    account[layout.NEXT_POINT] = -1.0
    for slot in (layout.CASH, layout.OPENING, layout.PEAK, layout.BOOKED_PEAK):
        account[slot] = cash
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
    terms = terms_of(setup.account, plan_of(setup.account, gates).risk, strategy.entries)
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


def _plan(setup: Setup, one: AtWork) -> Iterable[float]:
    spans = place_of(SPAN.name, one.strategy.gates) >= 0
    return numbers_of(setup.account, one.rules.gates, one.strategy.entries, spans=spans)


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

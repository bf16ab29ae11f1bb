"""A small, lively market: random bars, a strategy that trades often, and limits that bite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import nan
from random import Random
from typing import Any, NamedTuple

from tradewind.application.desk import AtWork
from tradewind.application.ports_market import Answer, BarSource, Failure
from tradewind.domain.configuration import Configuration
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar
from tradewind.indicators.averages import ema
from tradewind.strategies.base import Gate, GateKind, StopPolicy, Strategy

SHARDS: Mapping[str, tuple[InstrumentId, ...]] = {
    "north": (InstrumentId("AA-USD.SIM"), InstrumentId("BB-USD.SIM"), InstrumentId("CC-USD.SIM")),
    "south": (InstrumentId("DD-USD.SIM"), InstrumentId("EE-USD.SIM"), InstrumentId("FF-USD.SIM")),
}
INSTRUMENTS = tuple(name for names in SHARDS.values() for name in names)
ACCOUNT = "paper"

LOUD = 5000.0
"""Volume of a bar on which the spaced strategy may enter."""

START = 20_000 * DAY - 8 * MINUTE
"""Eight minutes before a midnight, so that a day ends in the middle."""


class _Values(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: float
    ema: float


class _Parameters(NamedTuple):
    hold: float
    stop: float
    target: float
    volume: float


def _decide(now: _Values, before: _Values, position: PositionView, p: _Parameters) -> Signal:
    """Buy what rises above its average, leave what falls below it, and leave after some bars anyway."""
    held = position.quantity > 0.0
    fallen, tired = held and now.close < now.ema, held and position.bars_held >= p.hold
    risen = now.close > now.ema and now.volume >= p.volume
    strength = 0.5 + 0.5 * (now.close - now.low) / (now.high - now.low) if risen and now.high > now.low else 0.0
    reason = 1 if fallen else 2 if tired else 0
    gates = (
        GateReading(now.close, now.ema, risen),
        GateReading(now.close, now.ema, fallen),
        GateReading(position.bars_held, p.hold, tired),
    )
    return Signal(-1.0 if reason else strength, now.close * (1.0 - p.stop), now.close * (1.0 + p.target), reason, gates)


def strategy(hold: float, *, volume: float = 0.0) -> Strategy:
    """Build the strategy: it holds `hold` bars at most, and enters only on bars of some volume."""
    return Strategy(
        name="pulse",
        version="1",
        idea="Trade as often as possible.",
        parameters=_Parameters(hold, 0.01, 0.012, volume),
        declared=(),
        indicators=(ema(3.0),),
        values=_Values,
        gates=(
            Gate("risen", ">", GateKind.REQUIRED),
            Gate("fallen", "<", GateKind.EXIT),
            Gate("tired", ">=", GateKind.EXIT),
        ),
        exit_reasons=("SIGNAL", "TIME"),
        decide=_decide,
        stop_policy=StopPolicy.TRAILING,
    )


CASH = 10_000


def configuration(limits: Mapping[str, Any], clock: str, cash: int = CASH, *, exchange: bool = False) -> Configuration:
    """Build the configuration: two shards, one account, one strategy."""
    place = {"venue": "SIM", "mode": "sandbox"} if exchange else {"venue": "PAPER"}
    data = {
        "environment": "simulation",
        "clock": clock,
        "shards": [
            {"name": name, "timeframe": "1m", "provider": "sim", "instruments": list(names)}
            for name, names in SHARDS.items()
        ],
        "instruments": {name: {"tick": "0.01", "lot": "0.001"} for name in INSTRUMENTS},
        "accounts": [{"name": ACCOUNT, **place, "cash": cash, "fee_bps": 5, "slippage_bps": 3, "limits": limits}],
        "strategies": [
            {
                "name": "pulse",
                "account": ACCOUNT,
                "timeframe": "1m",
                "gates": {"minimum_strength": 0.6, "confirmations": 0},
            }
        ],
    }
    return Configuration.from_json(data, "simulation")


def at_work(configuration: Configuration, built: Strategy) -> tuple[dict[str, Sequence[AtWork]], dict[str, str]]:
    """Return what `EvaluateBars` takes: the strategy at work by account, and its code hash."""
    rules = configuration.strategies[0]
    key = f"{ACCOUNT}/{rules.name}/{rules.timeframe}"
    return {ACCOUNT: [AtWork(key, rules, built)]}, {key: "of the simulation"}


@dataclass
class Tape(BarSource):
    """Recorded bars, some of which become known late.

    Attributes
    ----------
    rows : mapping
        Raw bars by instrument, oldest first, one a minute.
    known_at : mapping
        When a row (instrument, `ts_close`) that came late became known; all others at their close.
    fails : frozenset
        Times of asking at which an instrument cannot be served.
    """

    rows: Mapping[InstrumentId, Sequence[RawBar]]
    known_at: dict[tuple[InstrumentId, int], int] = field(default_factory=dict)
    fails: frozenset[tuple[InstrumentId, int]] = frozenset()

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        failures = {
            name: Failure("RATE_LIMITED", "simulated")
            for name in instruments
            if (name, until - until % timeframe.ms) in self.fails
        }
        rows = {name: self._due(name, since_close, until) for name in instruments if name not in failures}
        return Answer(rows, failures)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return START

    def _due(self, name: InstrumentId, since_close: int, until: int) -> list[RawBar]:
        first = max(0, (since_close - START) // MINUTE)
        last = max(0, (until - START) // MINUTE)
        return [row for row in self.rows[name][first:last] if self._is_known(name, row, until)]

    def _is_known(self, name: InstrumentId, row: RawBar, until: int) -> bool:
        close = close_of(row)
        return self.known_at.get((name, close), close) <= until


def close_of(row: RawBar) -> int:
    """Return when a row closes, UTC ms."""
    assert isinstance(row.ts_open, int)
    return row.ts_open + MINUTE


def record(rng: Random, bars: int, *, volatility: float = 0.008) -> dict[InstrumentId, list[RawBar]]:
    """Return random walks on the tick, as long as asked for."""
    return {name: _walk(rng, bars, volatility) for name in INSTRUMENTS}


def _walk(rng: Random, bars: int, volatility: float) -> list[RawBar]:
    price, rows = 20.0 + 200.0 * rng.random(), []
    for i in range(bars):
        open_ = price * (1.0 + rng.uniform(-0.2, 0.2) * volatility)
        price = open_ * (1.0 + rng.gauss(0.0, volatility))
        high = max(open_, price) * (1.0 + rng.random() * volatility)
        low = min(open_, price) * (1.0 - rng.random() * volatility)
        o, h, lo, c = (round(value, 2) for value in (open_, high, low, price))
        rows.append(RawBar(START + i * MINUTE, o, h, lo, c, float(rng.randrange(1, 1000))))
    return rows


def space_signals(rng: Random, tape: dict[InstrumentId, list[RawBar]], apart: int) -> None:
    """Leave volume enough for an entry only on bars so far apart that no entry is in another's way."""
    for rows in tape.values():
        first = rng.randrange(apart)
        for i, row in enumerate(rows):
            rows[i] = row._replace(volume=LOUD if i % apart == first else 1.0)


def damage(rng: Random, tape: dict[InstrumentId, list[RawBar]], rate: float) -> None:
    """Make some rows unusable, as providers do."""
    for rows in tape.values():
        for i, row in enumerate(rows):
            if rng.random() < rate:
                rows[i] = row._replace(close=rng.choice((-1.0, nan, "n/a")))


def steps(bars: int) -> list[int]:
    """Return the `ts_close` of every bar."""
    return [START + (i + 1) * MINUTE for i in range(bars)]


def aggressive(rng: Random) -> dict[str, Any]:
    """Return limits that are reached often."""
    return {
        "open_positions": rng.choice((1, 2, 3, 4)),
        "exposure": rng.choice(("0.5", "0.7", "1.0")),
        "instrument_exposure": rng.choice(("0.15", "0.25", "0.4")),
        "daily_loss": rng.choice(("0.004", "0.02", "0.2", "0.2")),
        "risk_per_trade": rng.choice(("0.002", "0.01")),
        "collar_bps": rng.choice((10, 50, 500)),
        "drawdown": rng.choice(("0", "0", "0.005", "0.02")),
        "orders_per_minute": rng.choice((1, 2, 60, 60)),
        "strategy_exposure": rng.choice(("0", "0", "0.4")),
    }


def generous() -> dict[str, Any]:
    """Return limits that nothing reaches."""
    return {
        "open_positions": len(INSTRUMENTS),
        "exposure": Decimal(1),
        "instrument_exposure": Decimal("0.15"),
        "daily_loss": Decimal(1),
        "risk_per_trade": Decimal("0.0005"),
    }

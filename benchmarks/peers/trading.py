# /// script
# requires-python = ">=3.13,<3.14"
# dependencies = [
#     "backtesting>=0.6.6",
#     "nautilus-trader>=1.220",
#     "numpy>=2.2",
#     "pandas>=2.3,<3",
#     "plotly>=5,<6",
#     "ta-lib>=0.6.7",
#     "vectorbt>=0.28",
# ]
# ///
"""What a bar costs in vectorbt, backtesting.py and NautilusTrader: RSI(14) crosses 30, one unit, out above 70.

Run as a script in an environment of its own (`uv run --script`), so that no peer is a dependency of the product. Bars
come as a .npz file; printed is `{peer: {seconds, bars, trades, pnl}}`, CPU seconds of the best of its turns; `pnl` is
null for one that does not fill at the open. A peer that does not run here has an `error` instead.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import talib

FEE = 0.0026
CASH = 100_000_000.0
LOW, HIGH, PERIOD = 30.0, 70.0, 14

type Bars = Mapping[str, Any]
type Outcome = tuple[int, float | None]
"""Trades that were closed, and what they earned after fees."""


def frame(bars: Bars) -> Any:
    """Return the bars as a pandas frame with the names that backtesting.py reads."""
    index: Any = pd.to_datetime(bars["ts"], unit="ms")
    columns = {name.title(): bars[name] for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(columns, index=index)


def vectorbt(bars: Bars) -> Outcome:
    """Run as its documentation shows: signals a bar late at the open, then value, drawdown and trades."""
    import vectorbt as vbt

    data = frame(bars)
    rsi = vbt.talib("RSI").run(data["Close"], timeperiod=PERIOD).real
    entries = (rsi.shift(1) < LOW) & (rsi >= LOW)
    late = [one.vbt.signals.fshift(1) for one in (entries, rsi > HIGH)]
    portfolio = vbt.Portfolio.from_signals(
        data["Close"], *late, price=data["Open"], size=1.0, fees=FEE, init_cash=CASH, freq="1min"
    )
    portfolio.value()
    portfolio.max_drawdown()
    closed = portfolio.trades.records
    closed = closed[closed["status"] == 1]
    return len(closed), float(closed["pnl"].sum())


def backtesting(bars: Bars) -> Outcome:
    """Run event by event on pandas' columns."""
    from backtesting import Backtest, Strategy

    class Cross(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.rsi = self.I(talib.RSI, self.data.Close, PERIOD)

        def next(self) -> None:
            if self.position:
                if self.rsi[-1] > HIGH:
                    self.position.close()
            elif self.rsi[-2] < LOW <= self.rsi[-1]:
                self.buy(size=1)

    run = Backtest(frame(bars), Cross, cash=CASH, commission=FEE, finalize_trades=False).run()
    trades = run["_trades"]
    return len(trades), float(trades["PnL"].sum())


class Strength:
    """Wilder's index of closes, bar by bar: NautilusTrader's own index averages otherwise."""

    def __init__(self) -> None:
        self.gain = self.loss = 0.0
        self.count, self.close = 0, float("nan")

    def next(self, close: float) -> float:
        """Take one close in and return its index, NaN until there were enough."""
        change, self.close = close - self.close, close
        self.count += 1
        if self.count == 1:
            return float("nan")
        keep = 1.0 if self.count <= PERIOD + 1 else (PERIOD - 1) / PERIOD
        self.gain = self.gain * keep + max(change, 0.0)
        self.loss = self.loss * keep + max(-change, 0.0)
        if self.count <= PERIOD:
            return float("nan")
        return 100.0 * self.gain / (self.gain + self.loss)


def _cross(instrument: Any, kind: Any) -> Any:
    """Return NautilusTrader's strategy."""
    from nautilus_trader.model.enums import OrderSide
    from nautilus_trader.trading.strategy import Strategy

    class Cross(Strategy):  # type: ignore[misc]
        def on_start(self) -> None:
            self.strength, self.before = Strength(), float("nan")
            self.subscribe_bars(kind)

        def on_bar(self, bar: Any) -> None:
            rsi = self.strength.next(float(bar.close))
            held = self.portfolio.is_net_long(instrument.id)
            if held and rsi > HIGH:
                self.close_all_positions(instrument.id)
            elif not held and self.before < LOW <= rsi:
                quantity = instrument.make_qty(1)
                self.submit_order(self.order_factory.market(instrument.id, OrderSide.BUY, quantity))
            self.before = rsi

    return Cross()


def nautilus(bars: Bars) -> Outcome:
    """Run NautilusTrader's engine; market orders fill where its matching engine finds them, at the bar's close."""
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType
    from nautilus_trader.model.identifiers import Venue
    from nautilus_trader.model.objects import Money
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider

    instrument = TestInstrumentProvider.equity(symbol="WALK", venue="SIM")
    kind = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(Venue("SIM"), OmsType.NETTING, AccountType.MARGIN, starting_balances=[Money(CASH, USD)])
    engine.add_instrument(instrument)
    data = frame(bars).rename(columns=str.lower)
    data.index = data.index.tz_localize("UTC")
    engine.add_data(BarDataWrangler(kind, instrument).process(data))
    engine.add_strategy(_cross(instrument, kind))
    engine.run()
    positions = engine.trader.generate_positions_report()
    engine.dispose()
    return len(positions), None


PEERS: dict[str, tuple[Callable[[Bars], Outcome], int, int]] = {
    "vectorbt": (vectorbt, 1_000_000, 3),
    "backtesting.py": (backtesting, 200_000, 1),
    "NautilusTrader": (nautilus, 50_000, 1),
}
"""What to call, on how many bars at the most, how often: a bar costs the same in a short run."""


def measured(name: str, bars: Bars) -> dict[str, Any]:
    """Return what a peer takes."""
    call, most, turns = PEERS[name]
    own = {key: value[:most] for key, value in bars.items()}
    try:
        call({key: value[:2_000] for key, value in bars.items()})  # the first call compiles and imports
        best = float("inf")
        for _ in range(turns):
            begun = time.process_time()
            trades, pnl = call(own)
            best = min(best, time.process_time() - begun)
    except Exception as error:  # whatever a peer raises here is told in its place; the others are still measured
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": best, "bars": len(own["ts"]), "trades": trades, "pnl": pnl}


def main() -> None:
    """Measure every peer on the bars of a file."""
    bars = dict(np.load(sys.argv[1]))
    print(json.dumps({name: measured(name, bars) for name in (sys.argv[2:] or PEERS)}))


if __name__ == "__main__":
    main()

"""Bars to compare engines on: five recorded instruments of each interval where they are, invented ones everywhere."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tradewind.cli.bars import load_folder
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "bars"
"""The folder of recorded bars beside this checkout, where there is one."""

_COINS = tuple(f"binance:{coin}USDT" for coin in ("BTC", "ETH", "SOL", "XRP", "DOGE"))
_STOCKS = tuple(f"us:{share}" for share in ("AAPL", "BAC", "GOOG", "QQQ", "SPY"))

FIVE = {Timeframe.M5: _COINS, Timeframe.H1: _COINS, Timeframe.D1: _STOCKS}
"""Five instruments of each interval of which there are two thousand bars; of the stocks prices are unadjusted."""

_START = 1_704_067_200_000  # 2024-01-01T00:00Z
_PLACES = ((40_000.0, 2), (2_200.0, 2), (100.0, 3), (0.62, 5), (15.0, 3))
_LATE, _HOLED, _ELSEWHERE = 4, 2, 3
"""Of the invented ones: which is listed late, which has holes, and from which on they are traded at another venue."""


def recorded(frame: Timeframe, count: int) -> list[Series]:
    """Return the latest bars of five instruments that all of them have been recorded until."""
    every = load_folder(RECORDED, FIVE[frame], str(frame))
    end = min(one.bars[-1].ts_close for one in every)
    return [replace(one, bars=[bar for bar in one.bars if bar.ts_close <= end][-count:]) for one in every]


def invented(frame: Timeframe, count: int) -> list[Series]:
    """Return bars of five markets that never were, the same every time.

    They rise for long, fall sharply and rest, so that every kind of strategy enters and leaves in every way. One is
    listed late, one has holes, and two make a shard of their own.
    """
    return [_market(place, frame, count) for place in range(len(_PLACES))]


def _market(place: int, frame: Timeframe, count: int) -> Series:
    venue = "DREAMT" if place >= _ELSEWHERE else "INVENTED"
    name = InstrumentId(f"{chr(ord('A') + place) * 3}-USD.{venue}")
    instrument = Instrument(name, Decimal(1).scaleb(-_PLACES[place][1]), Decimal("0.00000001"))
    late = count // 5 if place == _LATE else 0
    bars = [
        bar
        for number, bar in enumerate(_walk(place, frame, count))
        if number >= late and not (place == _HOLED and number % 97 in {50, 51})
    ]
    return Series(instrument, frame, bars)


def _walk(place: int, frame: Timeframe, count: int) -> Iterator[Bar]:
    (price, decimals), chance = _PLACES[place], random.Random(f"{frame}{place}")  # noqa: S311 - the same every time
    for number in range(count):
        if number % 40 == 0:
            drift = chance.choice((0.004, 0.004, 0.001, 0.0, -0.006))
        start, price = price, price * (1.0 + chance.gauss(drift, 0.009))
        high = max(start, price) * (1.0 + abs(chance.gauss(0.0, 0.004)))
        low = min(start, price) * (1.0 - abs(chance.gauss(0.0, 0.004)))
        open_, top, bottom, close = (round(value, decimals) for value in (start, high, low, price))
        ts = _START + number * frame.ms
        yield Bar(ts, ts + frame.ms, open_, top, bottom, close, round(chance.lognormvariate(5.0, 0.6), 3))

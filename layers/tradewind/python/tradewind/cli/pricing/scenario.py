"""Made-up markets: bars on ticks from a seeded walk, trades by the clock, and the configuration that trades them."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from tradewind.cli.pricing.strategies.clockwork import ENTER, LEAVE
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS
from tradewind.domain.timeframe import MINUTE, Timeframe

BEGIN = 1_767_225_600_000
"""2026-01-01T00:00Z in ms: when every made-up market opens."""

ACCOUNT = "paper"
STRATEGY = "clockwork"
STRATEGIES = Path(__file__).with_name("strategies")
RULES = {"tick": "0.01", "lot": "0.00000001", "minimum_notional": "0.5"}
_CENTS = 100
SHORT = {"ema_slow": 34, "ema_fast": 10, "volume_bars": 10}
"""Settings that are warm after 52 bars; longer ones cost the same."""
WARM = 52

type Orders = Mapping[tuple[int, int], float]
"""Volume that tells the strategy what to do, by (instrument's number, step)."""


def closes(step: int) -> int:
    """Return `ts_close` of the minute bar number `step`, from 1 on, UTC ms."""
    return BEGIN + step * MINUTE


def rotation(held: int, first: int, last: int, every: int, count: int) -> Orders:
    """Return orders that open `held` positions at `first` and then exchange the oldest for a new one, again and again.

    Parameters
    ----------
    every : int
        Steps between two exchanges; the new one is entered two steps after the old one is left.
    count : int
        Instruments; they take turns.
    """
    orders = {(i % count, first): ENTER for i in range(held)}
    for turn, step in enumerate(range(first + every, last - 1, every)):
        orders[turn % count, step] = LEAVE
        orders[(turn + held) % count, step + 2] = ENTER
    return orders


@dataclass(frozen=True)
class Scenario:
    """A market and what is done in it.

    Attributes
    ----------
    count : int
        Instruments at one-minute bars, ninety a shard.
    steps : int
        Bars of each.
    """

    count: int
    steps: int
    orders: Orders = field(default_factory=dict)
    provider: str = "replay"
    venue: str = "KRAKEN"
    clock: str = "replay"

    @cached_property
    def instruments(self) -> tuple[InstrumentId, ...]:
        """Names as irregular as real ones, since their letters are most of what does not compress."""
        chance = random.Random(self.count)  # noqa: S311 - made up, the same every time
        names = dict.fromkeys(
            "".join(chance.choices(ascii_uppercase, k=chance.choice((3, 3, 4, 5)))) for _ in range(4 * self.count)
        )
        return tuple(InstrumentId(f"{name}-USD.{self.venue}") for name in islice(names, self.count))

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Bars of a random walk for each instrument; prices are whole cents."""
        return tuple(self._series(i, name) for i, name in enumerate(self.instruments))

    @property
    def shards(self) -> tuple[str, ...]:
        """Names of the shards."""
        return tuple(name for name, _ in self._shards())

    def _shards(self) -> Iterator[tuple[str, tuple[InstrumentId, ...]]]:
        for number, at in enumerate(range(0, self.count, MAXIMUM_INSTRUMENTS), start=1):
            yield f"{self.venue.lower()}-1m-{number}", self.instruments[at : at + MAXIMUM_INSTRUMENTS]

    def _series(self, number: int, name: InstrumentId) -> Series:
        chance = random.Random(name)  # noqa: S311 - a made-up market, the same every time
        bars, close = [], chance.randrange(2_000, 30_000)
        for step in range(1, self.steps + 1):
            bar = _bar(step, close, chance)
            told = self.orders.get((number, step))
            bars.append(bar if told is None else bar._replace(volume=told))
            close = round(bar.close * _CENTS)
        return Series(Instrument(name, Decimal(RULES["tick"]), Decimal(RULES["lot"])), Timeframe.M1, tuple(bars))

    def configuration(self) -> dict[str, Any]:
        """Return the configuration as the functions read it: one strategy on one paper account."""
        return {
            "environment": "local",
            "clock": self.clock,
            "trade_from": 0,
            "shards": [
                {"name": name, "timeframe": "1m", "provider": self.provider, "instruments": list(members)}
                for name, members in self._shards()
            ],
            "instruments": dict.fromkeys(self.instruments, RULES),
            "accounts": [_account()],
            "strategies": [_strategy()],
            "alerts": {"emails": [], "phones": [], "webhooks": []},
            "schedules": {"watch": "rate(1 minute)", "compact": "cron(7 * * * ? *)"},
            "universes": [_universe(self.venue)] if self.provider != "replay" else [],
        }


def _bar(step: int, start: int, chance: random.Random) -> Bar:
    close = max(500, start + round(start * chance.gauss(0, 0.0012)))
    high = max(start, close) + round(start * abs(chance.gauss(0, 0.0006)))
    low = min(start, close) - round(start * abs(chance.gauss(0, 0.0006)))
    prices = [one / _CENTS for one in (start, high, low, close)]
    return Bar._make((closes(step - 1), closes(step), *prices, round(chance.lognormvariate(2, 1), 8)))


def _universe(venue: str) -> dict[str, Any]:
    """Return the universe that is refreshed each day: everything that the venue lists."""
    rules = {"without": ["fiat"], "top": 10_000}
    return {"name": "all", "venue": venue, "provider": "kraken", "rules": rules, "followed": []}


def _account() -> dict[str, Any]:
    limits = {"open_positions": 5, "exposure": "1", "instrument_exposure": "0.25"}
    return {"name": ACCOUNT, "venue": "PAPER", "cash": "100000", "fee_bps": 26, "slippage_bps": 1, "limits": limits}


def _strategy() -> dict[str, Any]:
    gates = {"minimum_strength": 0.5, "confirmations": 0}
    return {"name": STRATEGY, "account": ACCOUNT, "timeframe": "1m", "parameters": dict(SHORT), "gates": gates}

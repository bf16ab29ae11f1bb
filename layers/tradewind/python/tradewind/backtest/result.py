"""A backtest's result as people and programs read it: round trips, equity, metrics, tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from tradewind.backtest import layout, metrics
from tradewind.backtest.bars import Floats, Integers
from tradewind.backtest.engine import Run, reasons_of
from tradewind.backtest.metrics import Track
from tradewind.backtest.outcome import Outcome
from tradewind.domain.fill import Fill
from tradewind.domain.order import Leg, Order, Side

type Row = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Entry to exit of one position, in floats.

    Attributes
    ----------
    opened, closed : int
        Times of its first and its last fill, UTC ms.
    pnl : float
        After the fees of both sides.
    exit : str
        What closed it: STOP, TARGET, TRAILING, or the strategy's own reason.
    regime : str
        The market's, on the bar that the entry was decided on.
    """

    strategy: str
    instrument: str
    opened: int
    closed: int
    quantity: float
    entry_price: float
    exit_price: float
    fees: float
    pnl: float
    exit: str
    regime: str

    @property
    def change(self) -> float:
        """Return profit or loss as a share of what was paid."""
        return self.pnl / (self.quantity * self.entry_price)


class Result:
    """Everything that a report tells of a run."""

    def __init__(self, run: Run) -> None:
        self.run, self.setup, self.outcome = run, run.setup, Outcome(run)

    @property
    def orders(self) -> list[Order]:
        """Return every order."""
        return self.outcome.orders

    @property
    def fills(self) -> list[Fill]:
        """Return every fill."""
        return self.outcome.fills

    @cached_property
    def round_trips(self) -> list[RoundTrip]:
        """Return every closed position, in the order in which they were closed."""
        groups: dict[str, list[Fill]] = defaultdict(list)
        for fill in self.fills:
            groups[fill.parent].append(fill)
        trips = [trip for fills in groups.values() if (trip := self._trip(fills))]
        return sorted(trips, key=lambda trip: (trip.closed, trip.instrument, trip.opened))

    def _trip(self, fills: Sequence[Fill]) -> RoundTrip | None:
        bought = [fill for fill in fills if fill.side is Side.BUY]
        sold = [fill for fill in fills if fill.side is Side.SELL]
        quantity = sum(fill.quantity for fill in bought)
        if not sold or quantity != sum(fill.quantity for fill in sold):
            return None
        last = sold[-1]
        return RoundTrip(
            last.strategy,
            last.instrument,
            bought[0].ts,
            last.ts,
            float(quantity),
            float(sum(fill.quantity * fill.price for fill in bought) / quantity),
            float(sum(fill.quantity * fill.price for fill in sold) / quantity),
            float(sum(fill.fee for fill in fills)),
            float(sum(fill.realised for fill in fills)),
            last.reason,
            self.outcome.regimes.get(last.parent, "UNKNOWN"),
        )

    @cached_property
    def track(self) -> Track:
        """Return the curve, beginning with the opening cash where the first bar opened."""
        if not len(self.run.curve):
            return Track([], [])
        times = [int(ts) for ts in self.run.curve[:, 0]]
        begun = max(self.setup.configuration.trade_from, times[0] - self.setup.bars.timeframe.ms)
        return Track([begun, *times], [self._opening, *self.run.curve[:, 1].tolist()])

    @property
    def _opening(self) -> float:
        return float(self.setup.account.cash)

    @cached_property
    def metrics(self) -> dict[str, float | None]:
        """Return every figure; `metrics.DEFINITIONS` says what each is."""
        account, counts, track = self.run.account, self.run.counts, self.track
        found = metrics.of_track(track) if track.times else {"return": None, "cagr": None}
        steps = float(counts[layout.STEPS])
        deepest = float(account[layout.DEEPEST])
        equity = metrics.mean(track.equity)
        yearly = metrics.ratio(float(account[layout.TURNOVER]), track.years) if track.times else None
        return found | {
            "calmar": metrics.ratio(found["cagr"], deepest),
            "max_drawdown": deepest,
            "max_drawdown_days": self._longest() / metrics.DAY,
            **metrics.of_trips([trip.pnl for trip in self.round_trips]),
            "time_in_market": metrics.ratio(float(counts[layout.HELD_STEPS]), steps),
            "exposure": metrics.ratio(float(account[layout.EXPOSURE]), steps),
            "turnover": metrics.ratio(yearly, equity),
            "fees": float(account[layout.FEES] + account[layout.FEES + 1]),
            "equity_start": self._opening,
            "equity_end": track.equity[-1] if track.equity else self._opening,
            "buy_and_hold": self._hold(),
        }

    def _longest(self) -> int:
        counts = self.run.counts
        since = self.track.times[-1] - int(counts[layout.PEAK_TS]) if counts[layout.UNDER] else 0
        return max(int(counts[layout.LONGEST]), since)

    def _hold(self) -> float | None:
        return metrics.mean([float(mine[-1] / mine[0] - 1.0) for _, mine in self._bought()])

    def holding(self) -> list[float]:
        """Return beside each point of the track what an equal share of each instrument, bought and kept, was worth."""
        times = np.array(self.track.times)
        shares = [
            closes[np.maximum(np.searchsorted(ts, times, "right") - 1, 0)] / closes[0] for ts, closes in self._bought()
        ]
        return [self._opening * float(share) for share in np.mean(shares, axis=0)] if shares else []

    def _bought(self) -> Iterator[tuple[Integers, Floats]]:
        """Yield times and closes of all that is traded; of a universe of those that belong when trading begins."""
        begun, universe = self.setup.configuration.trade_from, self.setup.universe
        traded = [(one, one.ts > begun) for one in self.setup.bars.columns if (one.ts > begun).any()]
        first = min((int(one.ts[rows][0]) for one, rows in traded), default=0)
        for one, rows in traded:
            if universe is None or universe.belongs(one.instrument.id, max(first, universe.history.begins)):
                yield one.ts[rows], one.values[3][rows]

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────

    def by(self, name: str) -> dict[str, Row]:
        """Return what round trips are judged by, for each strategy, instrument, regime or exit."""
        groups: dict[str, list[float]] = defaultdict(list)
        for trip in self.round_trips:
            groups[getattr(trip, name)].append(trip.pnl)
        return {key: {**metrics.of_trips(groups[key]), "pnl": sum(groups[key])} for key in sorted(groups)}

    def monthly(self) -> dict[str, float]:
        """Return the return of each month, as `2024-05`."""
        return metrics.monthly(self.track, [_month(ts - 1) for ts in self.track.times]) if self.track.times else {}

    def reasons(self) -> dict[str, dict[str, int]]:
        """Return how often each strategy gave each action and reason, the most frequent first."""
        return {
            one.rules.name: dict(_counted(reasons_of(one.strategy), counts).most_common())
            for one, counts in zip(self.setup.at_work, self.run.reasons, strict=True)
        }

    def unclosed(self) -> list[Order]:
        """Return the entries whose positions are still held at the end."""
        closed = {fill.parent for fill in self.fills if fill.side is Side.SELL}
        return [
            one for one in self.orders if one.leg is Leg.ENTRY and one.status == "FILLED" and one.parent not in closed
        ]


def _counted(reasons: Iterable[tuple[str, str]], counts: Sequence[int]) -> Counter[str]:
    """Count decisions by action and reason; several gates may have one reason."""
    found = Counter[str]()
    for (action, reason), count in zip(reasons, counts, strict=True):
        found[f"{action} {reason}".strip()] += int(count)
    return +found


def _month(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m}"

"""What an environment recorded, run again by the backtest: the same bars, the same configuration, or another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tradewind.application.desk import AtWork
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.paths import user_strategies
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.slice import Slice

if TYPE_CHECKING:
    from tradewind.backtest.setup import Setup

type Key = tuple[int, str, InstrumentId]
"""A decision's bar, strategy and instrument."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What one account's shards recorded.

    Attributes
    ----------
    slices : mapping
        The latest revision of every slice by shard and time.
    corrected : tuple of (str, int)
        Shard and time of slices that were corrected after they had been decided on.
    """

    configuration: Configuration
    records: tuple[DecisionRecord, ...]
    slices: Mapping[tuple[str, int], Slice]
    corrected: tuple[tuple[str, int], ...]

    @property
    def decisions(self) -> dict[Key, tuple[DecisionRecord, Decision]]:
        """Every decision that a bar led to when it came, by bar, strategy and instrument."""
        return {
            (record.ts, decision.strategy, decision.instrument): (record, decision)
            for record in self.records
            if not record.late
            for decision in record.decisions
            if not decision.reason.startswith("NO_BAR")
        }

    def bar(self, key: Key) -> tuple[float, ...] | None:
        """Return the stored bar of a decision."""
        ts, _, instrument = key
        for shard in self.configuration.shards:
            slice_ = self.slices.get((shard.name, ts))
            if slice_ and instrument in slice_.bars:
                return tuple(slice_.bars[instrument][2:])
        return None


def read(deployed: Deployed) -> Stored:
    """Read an environment.

    Raises
    ------
    CommandError
        If nothing has been decided there, or it has several accounts, which share nothing.
    """
    from tradewind.adapters.dynamodb import queries

    configuration = deployed.configuration
    if len(configuration.accounts) != 1:
        raise CommandError(f"{deployed.environment} has several accounts; a backtest takes one")
    shards = [shard.name for shard in configuration.shards]
    records = tuple(record for name in shards for record in queries.decisions(deployed.market, name))
    if not records:
        raise CommandError(f"nothing has been decided in {deployed.environment} yet: run something first")
    every = [one for name in shards for one in queries.editions(deployed.market, name)]
    latest = {(one.shard, one.ts_close): one for one in every}
    corrected = tuple((one.shard, one.ts_close) for one in every if one.rev > 1)
    return Stored(configuration, records, latest, corrected)


def series_of(stored: Stored) -> list[Series]:
    """Return the recorded slices as series."""
    bars: dict[InstrumentId, list[tuple[int, Slice]]] = {}
    for (_, ts), slice_ in sorted(stored.slices.items(), key=lambda pair: pair[0][1]):
        for name in slice_.bars:
            bars.setdefault(name, []).append((ts, slice_))
    return [
        Series(stored.configuration.instrument(name), found[0][1].timeframe, tuple(one.bars[name] for _, one in found))
        for name, found in bars.items()
    ]


def rehearsal(configuration: Configuration, series: Sequence[Series]) -> "Setup":
    """Return a backtest of a configuration over series; instruments without bars are left out.

    Raises
    ------
    BadInputError
        If the series have several timeframes, or a strategy cannot be backtested.
    """
    from tradewind.backtest.bars import bars_of
    from tradewind.backtest.setup import prepare
    from tradewind.bootstrap import strategies_at_work

    known = {one.instrument.id for one in series}
    shards = tuple(
        replace(shard, instruments=tuple(name for name in shard.instruments if name in known))
        for shard in configuration.shards
    )
    at_work, _ = strategies_at_work(configuration, user_strategies())
    every: list[AtWork] = [one for desk in at_work.values() for one in desk]
    return prepare(replace(configuration, shards=shards), every, bars_of(series))


def cut(series: Iterable[Series], first: int, last: int) -> list[Series]:
    """Return the bars that close between two times, both included."""
    found = [replace(one, bars=tuple(bar for bar in one.bars if first <= bar.ts_close <= last)) for one in series]
    return [one for one in found if one.bars]

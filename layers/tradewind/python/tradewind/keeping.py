"""How the cold tier is put together: what archives, and what reads bars and decisions over all tiers."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.errors import BadInputError, TradewindError

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.application.archive_bars import ArchiveBars
    from tradewind.application.archive_evidence import ArchiveEvidence
    from tradewind.application.bar_repository import TieredBars
    from tradewind.application.ports_bars import BarArchive
    from tradewind.application.ports_evidence import EvidenceVault


@dataclass(frozen=True, slots=True)
class Archiver:
    """Archives every shard's bars and evidence; one shard's fault keeps no other from it."""

    shards: Sequence[Shard]
    bars: "ArchiveBars"
    evidence: "ArchiveEvidence"

    def __call__(self, day: int | None = None, only: str = "") -> Mapping[str, str]:
        """Archive what is due, or one day again; return what was done by shard.

        Parameters
        ----------
        day : int, optional
            Its start, UTC ms.
        only : str
            A shard; all without one.

        Raises
        ------
        TradewindError
            The first fault, once everything else is done.
        """
        done: dict[str, str] = {}
        faults: list[TradewindError] = []
        for shard in self.shards:
            if only in {"", shard.name}:
                for what, archive in self._both(shard, day).items():
                    try:
                        done[f"{shard.name} {what}"] = str(archive())
                    except TradewindError as fault:
                        faults.append(fault)
        if faults:
            raise faults[0]
        return done

    def _both(self, shard: Shard, day: int | None) -> Mapping[str, Callable[[], object]]:
        if day is None:
            return {"bars": lambda: self.bars(shard), "evidence": lambda: self.evidence(shard.name)}
        return {
            "bars": lambda: self.bars.day(shard, day),
            "evidence": lambda: self.evidence.day(shard.name, day),
        }


def archiver(configuration: Configuration, market: "Table", s3: Any, bucket: str) -> Archiver:
    """Build what archives."""
    from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
    from tradewind.adapters.dynamodb.evidence import DynamoEvidence
    from tradewind.adapters.dynamodb.progress import DynamoProgress
    from tradewind.adapters.s3.objects import S3Store
    from tradewind.adapters.s3.parquet import ParquetBars
    from tradewind.application.archive_bars import ArchiveBars
    from tradewind.application.archive_evidence import ArchiveEvidence

    bars = ArchiveBars(DynamoArchivedSeries(market, time.time), ParquetBars(S3Store(s3, bucket)), now)
    log, progress = DynamoEvidence(market, time.time), DynamoProgress(market, time.time)
    return Archiver(configuration.shards, bars, ArchiveEvidence(log, vault(s3, bucket), progress, now))


def day_named(text: str) -> int:
    """Return the start of a day written as 2026-11-20, UTC ms.

    Raises
    ------
    BadInputError
        If it is none.
    """
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        raise BadInputError(f"{text!r} is no day: write it as 2026-11-20") from None


def vault(s3: Any, bucket: str) -> "EvidenceVault":
    """Build where evidence is kept."""
    from tradewind.adapters.s3.objects import S3Store
    from tradewind.adapters.s3.vault import ParquetVault

    return ParquetVault(S3Store(s3, bucket))


def repository(configuration: Configuration, market: "Table", s3: Any = None, bucket: str = "") -> "TieredBars":
    """Build the reader of bars over all tiers.

    Parameters
    ----------
    s3, bucket
        Where the cold tier lies. Without them, to ask for bars that may have left the warm tier is an error: a function
        that carries no Parquet must not take a part of the past for the whole.
    """
    from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
    from tradewind.adapters.dynamodb.near_tiers import DynamoNearTiers
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.application.bar_repository import Cold, TieredBars
    from tradewind.application.out_of_reach import OutOfReach

    series, slices = DynamoArchivedSeries(market, time.time), DynamoSlices(market, time.time)
    cold = Cold(series, cold_tier(s3, bucket) if s3 else OutOfReach(), now)
    return TieredBars(
        configuration.shards, slices, series, DynamoSplits(market), cold=cold, near=DynamoNearTiers(slices, series)
    )


def cold_tier(s3: Any, bucket: str) -> "BarArchive":
    """Build where months of bars are kept."""
    from tradewind.adapters.s3.objects import S3Store
    from tradewind.adapters.s3.parquet import ParquetBars

    return ParquetBars(S3Store(s3, bucket))


def now() -> int:
    """Return the time, UTC ms."""
    return time.time_ns() // 1_000_000

"""What of an environment's past has left its tables and lies in the vault, byte by byte."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tradewind.adapters.dynamodb.evidence import DynamoEvidence
from tradewind.application.ports_evidence import Record, RecordKind
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.output import progress
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.slice import Slice
from tradewind.keeping import vault

_AT_ONCE = 8
"""Days that are read side by side."""


def kept(deployed: Deployed, shard: str, until: int) -> tuple[list[DecisionRecord], list[Slice]]:
    """Return every revision of a shard's decisions and slices that the vault keeps of the days up to a time."""
    records = list(_records(deployed, shard, until))
    return (
        [DecisionRecord.from_bytes(shard, *one[1:]) for one in records if one.kind is RecordKind.DECISIONS],
        [Slice.from_bytes(shard, *one[1:]) for one in records if one.kind is RecordKind.SLICE],
    )


def configuration(deployed: Deployed, name: str) -> Configuration:
    """Return the configuration of this hash: the deployed one, or an earlier one that was kept.

    Raises
    ------
    CommandError
        If nobody kept it.
    """
    if deployed.configuration.hash == name:
        return deployed.configuration
    text = DynamoEvidence(deployed.market, lambda: 0.0).configurations().get(name)
    text = text or vault(deployed.client("s3"), deployed.output("DataBucket")).configuration(name)
    if text is None:
        raise CommandError(f"the configuration {name} that it was decided under is kept neither in table nor vault")
    return Configuration.from_json(json.loads(text), name)


def _records(deployed: Deployed, shard: str, until: int) -> Iterator[Record]:
    store = vault(deployed.client("s3"), deployed.output("DataBucket"))
    days = [day for day in store.days(shard) if day < until]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda day: store.read(shard, day), days)
        for one, _ in zip(found, progress(days, "reading the vault"), strict=True):
            yield from one.records if one else ()

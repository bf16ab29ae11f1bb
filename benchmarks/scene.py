"""First events for cold starts: a market in full swing, one event for each function, and all as it was afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tradewind.cli.pricing.company import Company, at_work, slice_event
from tradewind.cli.pricing.scenario import Scenario, closes, rotation
from tradewind.cli.pricing.stage import LEDGER, MARKET, Stage, stage
from tradewind.cli.pricing.strategies.clockwork import ENTER

INSTRUMENTS = 5
LAST = 96
"""The step before the event: half-way from one checkpoint to the next, so an average number of slices is replayed."""

type Item = dict[str, Any]
type Items = dict[tuple[str, str, str], Item]
"""By table, partition key and sort key."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One function's first event.

    Attributes
    ----------
    leads_to : str
        Kind of the item that it must write.
    given : dict
        Items that are there when it comes.
    """

    function: str
    event: dict[str, Any]
    leads_to: str
    given: Items = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Theatre:
    """A stage, and the scenes that may be played on it."""

    stage: Stage
    scenes: tuple[Scene, ...]

    @contextmanager
    def playing(self, scene: Scene) -> Iterator[None]:
        """Prepare a scene; afterwards see that it did what it should, and undo it.

        Raises
        ------
        RuntimeError
            If the event led to nothing.
        """
        before = items(self.stage)
        _put(self.stage, scene.given)
        yield
        after = items(self.stage)
        _restore(self.stage, before, after)
        fresh = {pk.partition("#")[0] for _, pk, _ in after.keys() - before.keys() - scene.given.keys()}
        if scene.leads_to not in fresh:
            raise RuntimeError(f"the first event of {scene.function} wrote {fresh or 'nothing'}, not {scene.leads_to}")


@contextmanager
def theatre() -> Iterator[Theatre]:
    """Set the stage up: positions held, and a step yet to come in which another is entered."""
    orders = {**rotation(3, LAST - 6, LAST, LAST, INSTRUMENTS), (4, LAST + 1): ENTER}
    with stage(Scenario(INSTRUMENTS, LAST + 2, orders, provider="kraken")) as made:
        with at_work(made) as company:
            scenes = _scenes(company)
        yield Theatre(made, scenes)


def _scenes(company: Company) -> tuple[Scene, ...]:
    for step in range(LAST - 8, LAST + 1):
        company.step(step)
    made, (shard,) = company.stage, company.stage.scenario.shards
    before = items(made)
    company.fetch(LAST + 1)
    written = {where: item for where, item in items(made).items() if where not in before}
    wake = slice_event(shard, [LAST + 1])
    company.run("evaluate_bars", wake)
    (intent,) = [one for batch in made.received() for one in batch if '"kind":"intent"' in one["body"]]
    _restore(made, before, items(made))
    return (
        Scene("evaluate_bars", wake, "DECISIONS", written),
        Scene("execute_orders", {"Records": [intent]}, "ORDERS"),
        Scene("fetch_bars", {"shard": shard, "now": closes(LAST + 1)}, "SLICE"),
    )


def items(made: Stage) -> Items:
    """Return everything in both tables."""
    found: Items = {}
    for table in (MARKET, LEDGER):
        for page in made.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            found.update({(table, one["pk"]["S"], one["sk"]["S"]): one for one in page["Items"]})
    return found


def _put(made: Stage, wanted: Items) -> None:
    for (table, _, _), item in wanted.items():
        made.client("dynamodb").put_item(TableName=table, Item=item)


def _restore(made: Stage, before: Items, after: Items) -> None:
    for table, pk, sk in after.keys() - before.keys():
        made.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    _put(made, {where: item for where, item in before.items() if after.get(where) != item})

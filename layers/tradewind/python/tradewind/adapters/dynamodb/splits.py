"""Jumps that look like splits: `SPLITS` / `{instrument}#{ts:013d}`; they do not expire, for series are told by them."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.table import Item, Table, key, key_of
from tradewind.application.ports_repair import SplitStore
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.splits import Split, SplitState, agreed


@dataclass(frozen=True, slots=True)
class DynamoSplits(SplitStore):
    """Splits in the market table."""

    table: Table

    def every(self) -> list[Split]:
        """Return every jump, by instrument and time, each with what was said of those that were told with it."""
        return agreed(_split(item) for item in self.table.query("SPLITS"))

    def put(self, split: Split) -> None:
        """Keep a jump, or what somebody has said of it."""
        row = {"factor": split.factor, "state": split.state, "before": split.before, "after": split.after}
        self.table.put({**key("SPLITS", f"{split.instrument}#{split.ts:013d}"), **codec.seal(row)})


def _split(item: Item) -> Split:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        name, _, ts = key_of(item)[1].rpartition("#")
        return Split(InstrumentId(name), int(ts), row["factor"], SplitState(row["state"]), row["before"], row["after"])

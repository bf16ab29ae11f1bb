"""What is at work, as the watch announced it last (`DEPLOYED` | `LAST` in the market table)."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb.table import Table, key, text
from tradewind.application.announce_deployment import Deployments


@dataclass(frozen=True, slots=True)
class DynamoDeployments(Deployments):
    """One item."""

    table: Table

    def last(self) -> str:
        """Return what was at work when somebody last looked; empty before the first."""
        item = self.table.get("DEPLOYED", "LAST")
        return str(item["name"]["S"]) if item else ""

    def note(self, name: str) -> None:
        """Remember it."""
        self.table.put({**key("DEPLOYED", "LAST"), "name": text(name)})

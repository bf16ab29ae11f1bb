"""What a person asks of the executor besides orders: one message a command, through the same queue as everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId


class Command(StrEnum):
    """What is asked."""

    RESUME = "RESUME"
    CANCEL = "CANCEL"
    PROTECT = "PROTECT"
    """Place or mend the stop of the position that `order_id` opened."""
    RECONCILE = "RECONCILE"
    """Ask the venue about `order_id` whatever it is here; without one, book what moved the account's balances."""
    ACCEPT = "ACCEPT"
    """Take the venue's balances for right, on somebody's word."""
    SETTLE = "SETTLE"
    """End `order_id`, which its venue neither shows nor proves absent, on somebody's word."""
    HALT = "HALT"
    """Let the instrument take no new risk."""


@dataclass(frozen=True, slots=True)
class CommandMessage:
    """A command on its way to the executor, with who and why.

    Attributes
    ----------
    version : int
        Of the book that the person had looked at. A resume lifts the halt of that version and of no other, so that a
        copy that comes late cannot lift the next one; a halt stops that version, and no book that has moved on since it
        was judged. Of a reconciliation: UTC ms since which the venue is asked.
    order_id : IntentId or None
        What is to be cancelled or settled, or the entry of what is to be protected.
    key : str
        The person's idempotency key: one command, however often it is sent.
    """

    command: Command
    account: str
    instrument: InstrumentId
    ts: int
    reason: str
    by: str
    key: str
    version: int = 0
    order_id: IntentId | None = None

    @property
    def trace(self) -> str:
        """Correlation id of what follows."""
        return f"manual@{self.key}"

    @property
    def deduplication_id(self) -> str:
        """Same for every copy."""
        return f"{self.command}#{self.instrument}#{self.key}".lower()

    def to_row(self) -> dict[str, Any]:
        """Return it as JSON has it, account and instrument apart."""
        told = {"ts": self.ts, "reason": self.reason, "by": self.by, "key": self.key, "version": self.version}
        return {"kind": "command", "command": str(self.command), **told, "order_id": self.order_id or ""}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "CommandMessage":
        """Read what `to_row` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If a field is missing or none.
        """
        texts = [row[name] for name in ("account", "instrument", "reason", "by", "key", "order_id")]
        numbers = [row[name] for name in ("ts", "version")]
        if any(not isinstance(one, str) for one in texts) or any(type(one) is not int for one in numbers):
            raise TypeError(f"a command's fields are {texts} and {numbers}")
        account, instrument, reason, by, key, order_id = texts
        wanted = IntentId(order_id) if order_id else None
        return cls(
            Command(row["command"]), account, InstrumentId(instrument), numbers[0], reason, by, key, numbers[1], wanted
        )

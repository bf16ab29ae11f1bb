"""An account's part of the ledger table as another table has it: a restore into the table that the stack knows.

Point-in-time recovery makes a new table, which no function knows of and no stream reads. So what it has of an account
is put back into the environment's own. Whether the account may trade stays as it is now: it was HALTED before.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.table import Item, Key, Table, key_of
from tradewind.application.publish_events import SYSTEM
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import TradingState

_PARTS = ("ACCOUNT", "ORDERS", "FILLS", "FLOWS", "JOURNAL", "PUBLISHED", "RECONCILED", "VIEW", "VIEW#TRIPS")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done to an account.

    Attributes
    ----------
    written, removed : int
        Items that were put as they had been, and items that had not been there.
    entries : int
        Where its journal ends now.
    """

    account: str
    written: int
    removed: int
    entries: int


def restore(deployed: Deployed, source: str, account: str, by: str, reason: str) -> Restored:
    """Make an account what another table says that it was; a repeat goes on where one was broken off.

    Raises
    ------
    CommandError
        If the account may trade, or the table has no such account.
    """
    _may_not_trade(deployed, account)
    there = Table(deployed.client("dynamodb"), source)
    found = there.get(*items.account_key(account))
    if source == deployed.ledger.name or found is None:
        raise CommandError(f"{source} is no restored ledger table with an account {account}")
    was = {key_of(item): item for item in _of(there, account)}
    now = {key_of(item): item for item in _of(deployed.ledger, account)}
    changed = [item for where, item in was.items() if now.get(where) != item]
    later = sorted(now.keys() - was.keys())
    deployed.ledger.write_many(changed)
    for where in later:
        deployed.ledger.delete(*where)
    restored = Restored(account, len(changed), len(later), items.account_of(found).seq)
    _tell(DynamoJournal(deployed.ledger), restored, source, by, reason)
    return restored


def _may_not_trade(deployed: Deployed, account: str) -> None:
    control = DynamoControls(deployed.ledger).get(account)
    if control.state is not TradingState.HALTED or control.arming:
        raise CommandError(
            f"{account} is {control.state}{' and armed' if control.arming else ''}: first "
            f"`tradewind kill-switch on --halt --account {account}`, and `tradewind live disarm` where it is armed"
        )


def _of(table: Table, account: str) -> Iterator[Item]:
    control: Key = items.control_key(account)
    for part in _PARTS:
        yield from (item for item in table.query(f"{part}#{account}") if key_of(item) != control)


def _tell(journal: DynamoJournal, one: Restored, source: str, by: str, reason: str) -> None:
    facts = {"account": one.account, "by": by, "reason": reason, "table": source}
    text = (
        f"{one.account} restored from {source} to entry {one.entries} by {by}: {reason}; "
        f"{one.written} items put back, {one.removed} later ones removed"
    )
    seq, head = journal.head(SYSTEM)
    event = Event("ACCOUNT_RESTORED", Severity.CRITICAL, text, "", facts)
    journal.append(JournalEntry(SYSTEM, seq + 1, time.time_ns() // 1_000_000, (event,), head))

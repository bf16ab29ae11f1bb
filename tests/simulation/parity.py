"""What is compared to the last digit between a run full of mishaps and one without any."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from tests.simulation.checks import loud
from tests.simulation.world import Violation
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account
from tradewind.domain.messages import BarMessage, IntentMessage, Message
from tradewind.domain.order import Leg, Order


class Entry(NamedTuple):
    """An entry that filled: what its decision knew (the state's digest), when and at which price."""

    knew: str
    ts: int
    price: Decimal


@dataclass(frozen=True)
class Outcome:
    """Decisions, orders, fills, accounts and alerts.

    Left out are the numbers that count transactions: the order of the journal is free, and an order that was proven
    absent from its venue is put on record a second time.
    """

    decisions: Mapping[tuple[str, int, int], str]
    orders: Mapping[tuple[str, IntentId], Order]
    fills: Mapping[tuple[str, str], Fill]
    accounts: Mapping[str, Any]
    alerts: Mapping[tuple[str, str], int]
    state: Mapping[str, str]
    knew: Mapping[tuple[str, int], str]

    def differences(self, other: "Outcome") -> Iterator[str]:
        """Say where this outcome differs from another."""
        for part in ("decisions", "orders", "fills", "accounts", "alerts", "state"):
            mine, others = getattr(self, part), getattr(other, part)
            for key in sorted(mine.keys() | others.keys(), key=str):
                if mine.get(key) != others.get(key):
                    yield f"{part} {key}:\n  here      {mine.get(key)}\n  reference {others.get(key)}"

    def entries(self) -> dict[tuple[str, int], Entry]:
        """Return every entry that filled, by instrument and bar of its decision."""
        fills = [fill for fill in self.fills.values() if fill.leg is Leg.ENTRY]
        return dict(self._entry(fill, self.orders[fill.account, fill.order_id]) for fill in fills)

    def _entry(self, fill: Fill, order: Order) -> tuple[tuple[str, int], Entry]:
        entry = Entry(self.knew[order.trace.partition("@")[0], order.created], fill.ts, fill.price)
        return (fill.instrument, order.created), entry


def outcome_of(stores: Any) -> Outcome:
    """Return what a run led to; `stores` is a world or a pipeline's stores."""
    items = stores.items if hasattr(stores, "items") else stores.ledger
    return Outcome(
        {key: repr(_uncounted(record)) for key, record in stores.decisions.items.items()},
        dict(items.orders),
        dict(items.fills),
        {name: _balances(account) for name, account in items.accounts.items()},
        Counter((event.kind, event.text) for event in _events(items.journals, items.accounts)),
        {shard: progress.digest for shard, progress in stores.progress.items.items()},
        {(shard, ts): one.state_digest for (shard, ts, rev), one in stores.decisions.items.items() if rev == 1},
    )


def insist_on_parity(here: Outcome, reference: Outcome) -> None:
    """Raise a violation where two outcomes differ."""
    differences = list(here.differences(reference))
    if differences:
        raise Violation(f"{len(differences)} differences to the reference; the first: {differences[0]}")


def insist_on_fewer(here: Outcome, reference: Outcome, *, slices_were_late: bool) -> None:
    """Raise a violation where there are entries that the reference has not, or at another price or time.

    Where a whole slice was not known yet when the next one was decided, that decision stands on fewer bars and may
    be another one, and an order fills on the next bar that there is. Lateness of messages only takes entries away.
    """
    known, expected = set(reference.knew.values()), reference.entries()
    for where, entry in here.entries().items():
        excused = slices_were_late and (where in expected or entry.knew not in known)
        if expected.get(where) != entry and not excused:
            raise Violation(f"lateness has added or changed a trade: {where} is {entry}, not {expected.get(where)}")


def _events(journals: Mapping[str, list[JournalEntry]], accounts: Iterable[str]) -> Iterator[Any]:
    for name in accounts:
        yield from (event for _, (event, _) in loud(journals.get(name, [])))


def _balances(account: Account) -> Any:
    stakes = {name: (stake.exposure, stake.reserved) for name, stake in account.stakes.items()}
    return replace(account, seq=0, stakes={}, journal_hash=""), stakes


def _uncounted(record: DecisionRecord) -> DecisionRecord:
    return replace(record, versions={}, owed=tuple(map(_unnumbered, record.owed)))


def _unnumbered(message: Message) -> Message:
    match message:
        case BarMessage():
            return replace(message, assumed_version=min(0, message.assumed_version))
        case IntentMessage(intent):
            return IntentMessage(replace(intent, assumed_version=min(0, intent.assumed_version)))
        case _:
            return message

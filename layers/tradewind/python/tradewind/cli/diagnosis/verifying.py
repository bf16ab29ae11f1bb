"""The ledger verified to its first entry, and what its fills earned."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Any, NamedTuple

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.application.applied_splits import rescaled, scales
from tradewind.application.fill_days import booked_at, day_of_fill
from tradewind.application.once import AUDIT
from tradewind.application.publish_events import SYSTEM
from tradewind.application.verify_ledger import Chain, unlike, verify_chain
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.ledger_checks import arithmetic, changed_apart, differences, misstated, set_apart
from tradewind.cli.errors import CommandError
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import START, Account, Book
from tradewind.domain.moments import iso
from tradewind.domain.order import BY_STRATEGY, NOTHING, Leg
from tradewind.domain.timeframe import DAY
from tradewind.domain.venue import VenueFlow

_ONE = Decimal(1)
_READS = 5
UNOWNED = (SYSTEM, AUDIT)
"""Journals that belong to no account."""
_TOLD = 1_000
"""After so many entries the person sees how far it has come."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How one journal, and the account that it belongs to, was found."""

    journal: str
    entries: int
    fills: int
    head: str
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told = {"journal": self.journal, "entries": self.entries, "fills": self.fills, "head": self.head}
        return {**told, "whole": not self.faults, "faults": list(self.faults)}


def journals(deployed: Deployed, account: str | None) -> list[str]:
    """Return the journals that are meant: without an account all of them, the system's and the audit trail too.

    Raises
    ------
    InputError
        If there is no such account.
    """
    from tradewind.cli.commands.ledger import accounts

    return accounts(deployed, account) + (list(UNOWNED) if account is None else [])


def verified(deployed: Deployed, name: str) -> Verified:
    """Verify one journal, and the sums of the account that it belongs to."""
    if name in UNOWNED:
        return _unowned(deployed, name)
    account, fills, flows, books = _at_rest(deployed, name)
    if account is None:
        account = Account(name, NOTHING, NOTHING)
    chain, fault = _walked(deployed, name, account.seq)
    sums = list(arithmetic(account, fills, flows))
    if fault:  # what follows the first broken entry is not told by anybody, and explains no position
        return _found(chain, len(fills), (fault, *sums))
    ends = (*_end(chain, account), *_behind(deployed, name, account.seq))
    return _found(chain, len(fills), (*ends, *unlike(chain, fills), *sums, *_differences(deployed, name, books, fills)))


def _unowned(deployed: Deployed, name: str) -> Verified:
    """Verify a journal that no account owns: its end is known only by how far it was announced."""
    announced = DynamoJournal(deployed.ledger).published(name)
    chain, fault = _walked(deployed, name, 0)
    if not fault and announced > chain.entries:
        fault = f"entry {chain.entries + 1} is missing: the journal ends there, and {announced} were announced"
    return _found(chain, 0, (fault,) if fault else ())


def _differences(deployed: Deployed, name: str, books: Sequence[Book], fills: Sequence[Fill]) -> list[str]:
    """Say where a position is not what its fills make of it, and what else the journal tells of it: splits, dust."""
    found = [*differences(books, fills), *misstated(books, fills, lambda _: _ONE)]
    if not found:  # few accounts ever see either: only then is the journal read for them
        return found
    entries = list(queries.journal(deployed.ledger, name))
    known = scales(entries)
    sums = differences(books, rescaled(fills, known), set_apart(entries))
    return [*sums, *misstated(books, fills, known.of, changed_apart(entries))]


class Charge(NamedTuple):
    """What was earned or lost without a trade: charges, interest, coins that were given up.

    Attributes
    ----------
    strategy, instrument, parent : str
        Whose position it was of; `account` and empty where it was cash.
    """

    strategy: str
    instrument: str
    parent: str
    ts: int
    fee: Decimal
    realised: Decimal


def charges(flows: Sequence[VenueFlow], fills: Sequence[Fill]) -> list[Charge]:
    """Return what movements earned or lost, each with the strategy whose position it was of."""
    owners = {str(fill.parent): fill.strategy for fill in fills}
    return [
        Charge(owners.get(one.parent, "account"), one.instrument, one.parent, one.ts, one.fee, one.realised)
        for one in flows
        if one.realised
    ]


def earnings(deployed: Deployed, account: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what was realised after fees by `names` (of `GROUPS`), what is open at its mark, and the sum of it all."""
    groups: dict[tuple[str, ...], list[Fill | Charge]] = {}
    fills, books = queries.fills(deployed.ledger, account), queries.books(deployed.ledger, account)
    by_hand = {one.id for one in queries.orders(deployed.ledger, account) if one.source != BY_STRATEGY}
    booked = booked_at(queries.journal(deployed.ledger, account)) if "day" in names else {}
    keys = _KEYS | {"who": who_decided(fills, by_hand), "day": lambda one: iso(_day_of(one, booked) * DAY)}
    earned: list[Fill | Charge] = [*fills, *charges(queries.flows(deployed.ledger, account), fills)]
    for one in earned:
        groups.setdefault(tuple(keys[name](one) for name in names), []).append(one)
    open_ = unrealised(books)
    rows = [_earned(account, dict(zip(names, key, strict=True)), groups[key], open_) for key in sorted(groups)]
    return [*rows, _earned(account, dict.fromkeys(names, "all"), earned, open_)] if len(rows) > 1 else rows


GROUPS = ("strategy", "instrument", "day", "who")
_KEYS: dict[str, Callable[[Fill | Charge], str]] = {
    "strategy": lambda one: one.strategy,
    "instrument": lambda one: str(one.instrument),
}


def _day_of(one: Fill | Charge, booked: Mapping[str, int]) -> int:
    return day_of_fill(one, booked) if isinstance(one, Fill) else one.ts // DAY


def who_decided(fills: Sequence[Fill], by_hand: Collection[IntentId]) -> Callable[[Fill | Charge], str]:
    """Return what tells whose a fill's or charge's position was: a person's, a strategy's, or one cut short by hand.

    Parameters
    ----------
    by_hand : collection of IntentId
        Orders that no strategy decided on.
    """
    opened = {fill.parent for fill in fills if fill.order_id in by_hand and fill.order_id == fill.parent}
    touched = {fill.parent for fill in fills if fill.order_id in by_hand}

    def who(one: Fill | Charge) -> str:
        if one.parent in opened:
            return "manual"
        return "overridden" if one.parent in touched else "automatic"

    return who


def unrealised(books: Sequence[Book]) -> dict[IntentId, Decimal]:
    """Return what each open position would bring at its book's mark, before fees, by its first entry."""
    return {one.parent: one.quantity * book.mark - one.cost for book in books for one in book.positions}


def _earned(
    account: str, group: dict[str, str], earned: Sequence[Fill | Charge], open_: Mapping[IntentId, Decimal]
) -> dict[str, Any]:
    fills = [one for one in earned if isinstance(one, Fill)]
    exits = [fill for fill in fills if fill.leg is not Leg.ENTRY]
    # A position belongs to the group of its first entry: a later day's addition or part sold has it no second time.
    held = (open_.get(fill.parent, NOTHING) for fill in fills if fill.order_id == fill.parent)
    return {
        "account": account,
        **group,
        "entries": len(fills) - len(exits),
        "exits": len(exits),
        "won": sum(fill.realised > 0 for fill in exits),
        "fees": f"{sum((one.fee for one in earned), NOTHING):.2f}",
        "realised": f"{sum((one.realised for one in earned), NOTHING):+.2f}",
        "unrealised": f"{sum(held, NOTHING):+.2f}",
    }


def _at_rest(deployed: Deployed, name: str) -> tuple[Account | None, list[Fill], list[VenueFlow], list[Book]]:
    """Read account, fills, movements and books between two transactions."""
    for _ in range(_READS):
        before = queries.account(deployed.ledger, name)
        fills, flows = queries.fills(deployed.ledger, name), queries.flows(deployed.ledger, name)
        books = queries.books(deployed.ledger, name)
        after = queries.account(deployed.ledger, name)
        if (before and before.seq) == (after and after.seq):
            return after, fills, flows, books
    raise CommandError(f"account {name} was written during every one of {_READS} reads; try again in a quiet moment")


def _walked(deployed: Deployed, name: str, last: int) -> tuple[Chain, str]:
    links = queries.links(deployed.ledger, name)
    with _progress(name, last) as seen:
        return verify_chain(name, takewhile(lambda link: not last or link.number <= last, links), seen)


def _end(chain: Chain, account: Account) -> Iterator[str]:
    if chain.entries != account.seq:
        yield f"entry {chain.entries + 1} is missing: the journal ends there, and the account says {account.seq}"
    elif chain.head != account.journal_hash:
        yield f"entry {chain.entries} is not the one that the account names: the journal was rewritten"


def _behind(deployed: Deployed, name: str, seq: int) -> Iterator[str]:
    """Say what lies behind the end that the account names, also after it was read once more."""
    last = max((link.number for link in queries.links(deployed.ledger, name, seq)), default=0) if seq else 0
    account = queries.account(deployed.ledger, name) if last else None
    if last and (account is None or account.seq < last):
        yield f"entry {last} lies behind the end that the account names: nobody booked it"


def _found(chain: Chain, fills: int, faults: tuple[str, ...]) -> Verified:
    head = chain.head if chain.head != START else ""
    return Verified(chain.journal, chain.entries, fills, head, faults)


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far it has come, on stderr and only to a person."""
    import sys

    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"journal {name}", total=total or None)
        yield lambda number: None if number % _TOLD else bar.update(task, completed=number)

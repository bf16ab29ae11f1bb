"""Whether a journal is what was written: each entry hashed again, chained to the one before, and beside the fills."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import content_hash
from tradewind.domain.ledger import START

FILLED = "ORDER_FILLED"


class Link(NamedTuple):
    """A journal entry as it is stored: nothing of it is believed.

    Attributes
    ----------
    number : int
        Where it lies.
    text : str
        What it says; the hash is over the previous hash and this.
    """

    number: int
    text: str
    previous_hash: str
    hash: str


_FACTS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("quantity", "price", "fee", "realised"), Decimal),
    **dict.fromkeys(("order_id", "parent", "instrument", "strategy", "leg", "side", "reason"), str),
    "ts": int,
}
"""What a journal tells of a fill, and how it is read; entries of older versions tell less."""


@dataclass(slots=True)
class Chain:
    """A journal's entries one after the other.

    Attributes
    ----------
    entries, head : int, str
        How many were found whole, and the last one's hash.
    fills : dict
        What they say of fills, by trade id.
    """

    journal: str
    entries: int = 0
    head: str = START
    fills: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, link: Link) -> str:
        """Take the next entry; return what is wrong with it, or an empty string."""
        due = self.entries + 1
        if link.number != due:
            return f"entry {due} is missing"
        if content_hash(f"{link.previous_hash}{link.text}".encode()) != link.hash:
            return f"entry {due} was altered: it does not hash to what it says"
        if link.previous_hash != self.head:
            return f"entry {due} does not follow from the one before: that one, or this one, was replaced"
        if not link.text.startswith(f"[{json.dumps(self.journal)},{due},"):
            return f"entry {due} says that it is another one: it was moved"
        if FILLED in link.text:  # reading every entry would take three times as long
            self._take(json.loads(link.text)[-1])
        self.entries, self.head = due, link.hash
        return ""

    def _take(self, events: Sequence[Mapping[str, Any]]) -> None:
        for event in events:
            if event["kind"] == FILLED:
                told = {**event["data"], "instrument": event["instrument"]}
                facts = {name: read(told[name]) for name, read in _FACTS.items() if name in told}
                self.fills[told["trade_id"]] = facts


def verify_chain(
    journal: str,
    links: Iterable[Link],
    seen: Callable[[int], None] = lambda _: None,
    after: tuple[int, str] = (0, START),
) -> tuple[Chain, str]:
    """Walk a journal to its end or to the first entry that is not what was written.

    Parameters
    ----------
    seen : callable
        Told the number of each entry that is whole.
    after : tuple of int and str
        Number and hash of the entry before the first of these.

    Returns
    -------
    Chain, str
        How far it is whole, and what is wrong with the first entry after that.
    """
    chain = Chain(journal, *after)
    for link in links:
        fault = chain.add(link)
        if fault:
            return chain, fault
        seen(chain.entries)
    return chain, ""


def unlike(chain: Chain, fills: Sequence[Fill]) -> Iterator[str]:
    """Say which fills are not as the journal tells them: altered, lost, or never told."""
    told = dict(chain.fills)
    for fill in fills:
        booked = told.pop(fill.trade_id, None)
        if booked is None:
            yield f"fill {fill.trade_id} is in no journal entry"
            continue
        altered = [name for name, value in booked.items() if getattr(fill, name) != value]
        if altered:
            yield f"fill {fill.trade_id} is not as the journal tells it: {', '.join(altered)}"
    yield from (f"fill {trade_id} of the journal is lost" for trade_id in told)

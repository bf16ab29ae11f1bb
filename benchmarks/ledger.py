"""The ledger: a million made-up journal entries verified, beside the bare hashing of the same bytes.

The entries are items as the table returns them, so that reading them from it is not in the figure. What is counted is
the time of the one process, so that a busy machine does not count.
"""

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.figures import Figure
from tradewind.adapters.dynamodb.ledger_items import entry_item
from tradewind.adapters.dynamodb.queries import link_of
from tradewind.application.verify_ledger import verify_chain
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.identifiers import content_hash
from tradewind.domain.ledger import START

ENTRIES = 1_000_000
TARGET = 30.0
_AT_ONCE = 50_000
_FILLED_EACH = 3


def measure() -> list[Figure]:
    """Verify a chain page by page, so that memory stays small; the making is not timed."""
    verifying = hashing = 0.0
    chain, made = START, 0
    whole = True
    for page in _pages():
        begun = time.process_time()
        for item in page:
            content_hash(f"{item['previous_hash']['S']}{item['data']['S']}".encode())
        hashing += time.process_time() - begun
        begun = time.process_time()
        found, fault = verify_chain("paper", map(link_of, page), after=(made, chain))
        verifying += time.process_time() - begun
        whole, chain, made = whole and not fault, found.head, found.entries
    if not whole or made != ENTRIES:
        raise RuntimeError(f"the chain broke after {made} of {ENTRIES} entries, and nobody had touched it")
    return [
        Figure(f"{ENTRIES:,} journal entries verified, CPU", verifying, "s", TARGET),
        Figure("one entry", verifying / ENTRIES * 1e6, "us"),
        Figure("over the bare hashing of the same bytes", verifying / hashing, "times"),
    ]


def _pages() -> Iterator[list[dict[str, Any]]]:
    head = START
    for start in range(0, ENTRIES, _AT_ONCE):
        page = []
        for seq in range(start + 1, start + _AT_ONCE + 1):
            entry = JournalEntry("paper", seq, seq * 60_000, (_event(seq),), head)
            head = entry.hash
            page.append(dict(entry_item(entry)))
        yield page


def _event(seq: int) -> Event:
    """Return what one entry tells: every third one a fill, the others an order accepted."""
    order = content_hash(str(seq // _FILLED_EACH).encode())
    if seq % _FILLED_EACH:
        text = f"ENTRY BUY {seq % 90} ACME.TEST ACCEPTED: ENTRY"
        data = {"order_id": order, "strategy": "dipper", "trace": f"daily@{seq * 60_000}.1"}
        return Event("ORDER_ACCEPTED", Severity.INFO, text, "ACME.TEST", data)
    amounts = {"quantity": str(seq % 90 + 1), "price": "101.25", "fee": "0.10", "realised": "-0.10"}
    facts = {"order_id": order, "trade_id": f"{order}-1", "strategy": "dipper", **amounts}
    return Event("ORDER_FILLED", Severity.INFO, "ENTRY BUY 10 ACME.TEST filled at 101.25", "ACME.TEST", facts)

"""What an accountant and an auditor ask: what each sale had cost, and what people did by hand."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.adapters.dynamodb import queries
from tradewind.application.applied_splits import applied_splits
from tradewind.application.fill_days import booked_at, within_days
from tradewind.application.postings import of_fill, of_flow
from tradewind.application.tax_lots import Method, gone, tax_lots
from tradewind.cli.configuration.building import decimal_text
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import InputError
from tradewind.domain.events import Event
from tradewind.domain.moments import iso
from tradewind.domain.order import AT_ONCE

_BY_PEOPLE = frozenset(
    {"FILLED_BY_HAND", "INSTRUMENT_RESUMED", "TRADING_STATE_CHANGED", "LIVE_ARMED", "LIVE_DISARMED", "SPLIT_APPLIED"}
    | {"DEAD_LETTER_REDRIVEN", "DEAD_LETTER_DISCARDED", "ORDER_SETTLED", "ACCOUNT_RESTORED"}
)
_SAID_OF_PEOPLE = ("cancelled by ", "changed by ", "(asked by ", "balances were accepted by ")
"""What tells of people where a kind of event does not."""
POSTINGS = ("account", "at", "entry", "ledger", "currency", "amount")
HEAD = ("account", "instrument", "acquired", "sold", "days", "quantity", "proceeds", "cost", "gain", "trade")


def disposals(deployed: Deployed, account: str, method: str, year: int | None) -> list[dict[str, Any]]:
    """Return an account's sales with what each had cost, oldest first.

    Raises
    ------
    InputError
        If there is no such method.
    """
    if method not in set(Method):
        raise InputError(f"unknown method {method!r}: use {', '.join(Method)}")
    entries = list(queries.journal(deployed.ledger, account))
    fills = within_days(queries.fills(deployed.ledger, account), booked_at(entries))
    splits = applied_splits(entries)
    lost = gone(account, queries.flows(deployed.ledger, account))
    sold = tax_lots([*fills, *lost], Method(method), splits).disposals
    return [
        {
            "account": one.account,
            "instrument": one.instrument,
            "acquired": iso(one.acquired),
            "sold": iso(one.sold),
            "days": (one.sold - one.acquired) // 86_400_000,
            "quantity": decimal_text(one.quantity),
            "proceeds": decimal_text(one.proceeds),
            "cost": decimal_text(one.cost),
            "gain": decimal_text(one.gain),
            "trade": one.trade_id,
        }
        for one in sold
        if year is None or datetime.fromtimestamp(one.sold / 1000, UTC).year == year
    ]


def postings(deployed: Deployed, account: str) -> list[dict[str, Any]]:
    """Return the double entry of an account's fills and movements, oldest first."""
    fills = (one for fill in queries.fills(deployed.ledger, account) for one in of_fill(fill))
    moved = (one for flow in queries.flows(deployed.ledger, account) for one in of_flow(flow))
    return [
        {"account": account, "at": iso(one.ts), "entry": one.entry, "ledger": one.ledger, "currency": one.currency,
         "amount": decimal_text(one.amount)}
        for one in sorted((*fills, *moved), key=lambda one: (one.ts, one.entry))
    ]  # fmt: skip


def balances(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what stands in each ledger of each account after rows of `postings`."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["account"], row["ledger"], row["currency"]] += Decimal(row["amount"])
    return [
        {"account": account, "ledger": ledger, "currency": currency, "balance": decimal_text(amount)}
        for (account, ledger, currency), amount in sorted(sums.items())
    ]


def write_csv(path: Path, rows: Sequence[dict[str, Any]], head: Sequence[str] = HEAD) -> None:
    """Write rows under their head, also where there are none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(rows)


def by_people(deployed: Deployed, journals: Sequence[str], by: str, instrument: str) -> list[dict[str, Any]]:
    """Return what people did, by the journals' own words, in the order of time."""
    entries = sorted(
        (entry for name in journals for entry in queries.journal(deployed.ledger, name)), key=lambda one: one.ts
    )
    return [
        {"time": iso(entry.ts), "journal": entry.journal, "entry": entry.seq, "what": event.kind, "text": event.text}
        for entry in entries
        for event in entry.events
        if is_by_hand(event) and instrument in {"", event.instrument} and is_of(event, by)
    ]


def is_by_hand(event: Event) -> bool:
    """Tell whether an event is what somebody did by hand."""
    source = str((event.data or {}).get("trace", "")).partition("@")[0]
    return event.kind in _BY_PEOPLE or source in AT_ONCE or any(word in event.text for word in _SAID_OF_PEOPLE)


def is_of(event: Event, by: str) -> bool:
    """Tell whether an event is of one person; of anybody where none is named."""
    return not by or (event.data or {}).get("by") == by or f"by {by})" in event.text or f"by {by}:" in event.text

"""Journals: chained, in order, and announced up to a mark that never goes back."""

from dataclasses import replace

import pytest

from tests.builders import day
from tests.contract.backends import Backend, Ports
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START


def chain(length: int) -> list[JournalEntry]:
    entries: list[JournalEntry] = []
    for seq in range(1, length + 1):
        event = Event("NOTE", Severity.INFO, f"entry {seq} – überall", "ACME.TEST", {"price": "1.50", "bars": [1, 2]})
        entries.append(JournalEntry("system", seq, day(seq), (event,), entries[-1].hash if entries else START))
    return entries


def test_an_empty_journal_begins_at_the_start(ports: Ports) -> None:
    assert ports.journal.head("system") == (0, START)
    assert ports.journal.after("system", 0, 10) == []


def test_entries_come_back_in_order_with_their_hashes(ports: Ports) -> None:
    entries = chain(12)
    for one in entries:
        ports.journal.append(one)

    found = ports.journal.after("system", 3, 100)

    assert found == entries[3:]
    assert [one.hash for one in found] == [one.hash for one in entries[3:]]
    assert ports.journal.head("system") == (12, entries[-1].hash)


def test_a_page_is_no_longer_than_asked_for(ports: Ports) -> None:
    entries = chain(5)
    for one in entries:
        ports.journal.append(one)

    assert ports.journal.after("system", 1, 2) == entries[1:3]


def test_a_number_is_taken_once(ports: Ports) -> None:
    first = chain(1)[0]
    ports.journal.append(first)

    with pytest.raises(ConflictError):
        ports.journal.append(replace(first, ts=day(9)))

    assert ports.journal.after("system", 0, 10) == [first]


def test_journals_are_apart(ports: Ports) -> None:
    ports.journal.append(chain(1)[0])

    assert ports.journal.head("paper") == (0, START)


def test_what_was_announced_never_goes_back(ports: Ports) -> None:
    assert ports.journal.published("system") == 0

    ports.journal.mark_published("system", 7)
    ports.journal.mark_published("system", 5)

    assert ports.journal.published("system") == 7
    assert ports.journal.published("paper") == 0


def test_what_was_not_announced_is_read_in_order_whoever_announced_the_rest(backend: Backend) -> None:
    ports, entries = backend.process(), chain(25)
    for one in entries[:3]:
        ports.journal.append(one)
    assert ports.journal.unpublished("system", 100) == entries[:3]
    assert ports.journal.unpublished("system", 2) == entries[:2]

    ports.journal.mark_published("system", 3)
    assert ports.journal.unpublished("system", 100) == []

    for one in entries[3:]:
        ports.journal.append(one)
    assert ports.journal.unpublished("system", 100) == entries[3:]
    assert ports.journal.unpublished("system", 15) == entries[3:18]
    backend.process().journal.mark_published("system", 20)

    assert ports.journal.unpublished("system", 100) == entries[20:]
    assert ports.journal.unpublished("paper", 100) == []

"""A notice is posted once, waits until it is settled, and is not announced again."""

from tests.contract.backends import Backend, Ports
from tradewind.application.ports import Notice
from tradewind.domain.events import Event, Severity


def notice(name: str, text: str = "it has changed") -> Notice:
    return Notice(name, Event("BAR_CHANGED", Severity.CRITICAL, text, "ACME.TEST", {"trace": "daily@1.1"}))


def test_a_notice_waits_until_it_is_settled(backend: Backend) -> None:
    for name in ("b", "a", "c"):
        backend.process().notices.post(notice(name))

    assert backend.process().notices.pending(2) == [notice("a"), notice("b")]
    backend.process().notices.settle(notice("a"))
    assert backend.process().notices.pending(9) == [notice("b"), notice("c")]


def test_a_repeat_changes_nothing_not_even_after_it_was_announced(ports: Ports) -> None:
    ports.notices.post(notice("a"))
    ports.notices.post(notice("a", "in other words"))
    assert ports.notices.pending(9) == [notice("a")]

    ports.notices.settle(notice("a"))
    ports.notices.settle(notice("a"))
    ports.notices.post(notice("a"))

    assert ports.notices.pending(9) == []

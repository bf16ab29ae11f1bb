from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START

EVENT = Event("ORDER_FILLED", Severity.INFO, "filled", "ACME.TEST", {"price": "1.00"})
ENTRY = JournalEntry("paper", 7, 1_000, (EVENT,), START)

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
events = st.builds(
    Event,
    st.text(max_size=9),
    st.sampled_from(Severity),
    st.text(max_size=9),
    st.text(max_size=9),
    st.dictionaries(st.text(max_size=5), scalars, max_size=4),
)


@given(events)
def test_an_event_comes_back_as_it_was_written(event: Event) -> None:
    assert Event.from_dict(event.to_dict()) == event


def test_every_fact_of_an_entry_is_in_its_hash() -> None:
    others = (
        replace(ENTRY, journal="other"),
        replace(ENTRY, seq=8),
        replace(ENTRY, ts=1_001),
        replace(ENTRY, previous_hash="1" * 32),
        replace(ENTRY, events=()),
        replace(ENTRY, events=(EVENT, EVENT)),
        replace(ENTRY, events=(replace(EVENT, kind="ORDER_DENIED"),)),
        replace(ENTRY, events=(replace(EVENT, severity=Severity.WARNING),)),
        replace(ENTRY, events=(replace(EVENT, text="x"),)),
        replace(ENTRY, events=(replace(EVENT, instrument="x"),)),
        replace(ENTRY, events=(replace(EVENT, data={"price": "1.01"}),)),
    )

    assert len({one.hash for one in (ENTRY, *others)}) == len(others) + 1


def test_the_hash_does_not_depend_on_the_order_of_an_event_s_facts() -> None:
    first, second = ({"a": 1, "b": 2}, {"b": 2, "a": 1})

    assert replace(ENTRY, events=(replace(EVENT, data=first),)).hash == (
        replace(ENTRY, events=(replace(EVENT, data=second),)).hash
    )


def test_an_alert_s_id_is_its_place_in_the_journal() -> None:
    assert ENTRY.alert_id == "paper-7"

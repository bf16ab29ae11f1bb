import re

from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import ACME, order_id
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.identifiers import content_hash, intent_id, uuid_form
from tradewind.domain.instrument import instrument_id
from tradewind.domain.ledger import START
from tradewind.domain.order import Leg
from tradewind.domain.timeframe import Timeframe

PARTS = ("paper", "strategy", "rsi_pullback_pro", "1", "1d", "AAPL.SAMPLE", 951_868_800_000, "ENTRY", "ENTRY", 0)


def test_an_intent_has_the_same_id_today_as_when_the_ledger_was_written() -> None:
    """These values are pinned: were they to change, every repeat of an old message would be a new order."""
    assert intent_id(*PARTS) == "77bc5af7-8e00-5894-6eaf-e0e324d4e373"
    assert intent_id("a") == "f53b3155-b302-982e-196b-7645b7b614b1"
    assert content_hash(b"") == "cae66941d9efbd404e4d88758ea67670"


def test_a_journal_entry_has_the_same_hash_today_as_when_it_was_chained() -> None:
    event = Event("ORDER_FILLED", Severity.INFO, "filled – at 1", "ACME.TEST", {"price": "1.00"})

    assert JournalEntry("paper", 1, 5, (event,), START).hash == "b09736d014ba9e34b391a268557f7852"


def test_each_part_makes_another_id() -> None:
    changed = {intent_id(*PARTS[:i], f"{PARTS[i]}x", *PARTS[i + 1 :]) for i in range(len(PARTS))}

    assert len(changed | {intent_id(*PARTS)}) == len(PARTS) + 1


def test_an_enumeration_names_the_same_thing_as_its_text() -> None:
    assert order_id(Leg.ENTRY, 86_400_000) == intent_id(
        "paper", "strategy", "dipper", "1", Timeframe.D1, ACME, 86_400_000, "ENTRY", "ENTRY", 0
    )


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6))
def test_an_id_has_the_form_of_a_uuid(parts: list[str]) -> None:
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", intent_id(*parts))


separators = st.text(alphabet='a|,"\\ #', max_size=4)


@given(st.lists(separators, min_size=1, max_size=4), st.lists(separators, min_size=1, max_size=4))
@example(["a|b"], ["a", "b"])
@example(['a","b'], ["a", "b"])
def test_no_part_can_pose_as_two(first: list[str], second: list[str]) -> None:
    assert (intent_id(*first) == intent_id(*second)) == (first == second)


def test_the_uuid_form_keeps_every_digit() -> None:
    digest = "0123456789abcdef" * 2

    assert uuid_form(digest).replace("-", "") == digest


def test_an_instrument_is_named_by_symbol_and_venue_in_capitals() -> None:
    assert instrument_id("btc-usd", "kraken") == "BTC-USD.KRAKEN"

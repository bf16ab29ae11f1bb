import json
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import ACME, PAPER, bar, day, intent, order_id
from tradewind.domain.bar import Bar
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import (
    BarMessage,
    IntentMessage,
    Levels,
    Message,
    ResolveMessage,
    from_json,
    group_id,
    to_json,
)
from tradewind.domain.order import Leg
from tradewind.domain.timeframe import Timeframe

BAR = BarMessage(PAPER, ACME, Timeframe.D1, 1, bar(2, 100.1, 101.7, 99.3, 100.9, 12345.678), 4, "d1ce", "daily@2.1")
INTENT = IntentMessage(intent())
RESOLVE = ResolveMessage(PAPER, ACME, order_id(), 123_456_789, "daily@2.1")
MOVING = replace(BAR, rev=7, levels=(Levels(order_id(), Decimal("97.50"), Decimal(0)),))
ADDING = IntentMessage(intent(ts=day(9), adds_to=str(order_id())))
RESUME = CommandMessage(Command.RESUME, PAPER, ACME, 123_456_789, "looked at it", "ana", "a key", 7)
CANCEL = CommandMessage(Command.CANCEL, PAPER, ACME, 123_456_789, "no more", "ana", "a key", order_id=order_id())
EXAMPLES: tuple[Message, ...] = (BAR, INTENT, RESOLVE, MOVING, ADDING, RESUME, CANCEL)

texts = st.text(max_size=12)
whole = st.integers(0, 2**53)
amounts = st.decimals(0, 10**12, allow_nan=False, allow_infinity=False)
positive = amounts.filter(lambda value: value > 0)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    ts = draw(whole)
    low, *between, high = sorted(draw(st.floats(1e-12, 1e18)) for _ in range(4))
    return Bar(ts, ts + 60_000, between[0], high, low, between[1], draw(st.floats(0, 1e18)))


messages = st.one_of(
    st.builds(
        BarMessage, texts, texts.map(InstrumentId), st.sampled_from(Timeframe), whole, bars(), whole, texts, texts
    ),
    st.builds(
        IntentMessage,
        st.builds(
            replace,
            st.just(intent()),
            account=texts,
            timeframe=st.sampled_from(Timeframe),
            leg=st.sampled_from(Leg),
            quantity=positive,
            reference_price=positive,
            stop=amounts,
            target=amounts,
            reason=texts,
            ts=whole,
        ),
    ),
    st.builds(ResolveMessage, texts, texts.map(InstrumentId), texts, whole, texts),
    st.builds(
        CommandMessage,
        st.sampled_from(Command),
        texts,
        texts.map(InstrumentId),
        whole,
        texts,
        texts,
        texts,
        whole,
        st.none() | texts.filter(bool),
    ),
)


@given(messages)
def test_a_message_comes_back_as_it_was_sent_to_the_last_digit(message: Message) -> None:
    back = from_json(to_json(message))

    assert back == message
    assert to_json(back) == to_json(message)


def test_an_exit_that_sells_all_by_then_comes_back_as_such() -> None:
    sent = IntentMessage(intent(Leg.EXIT, whole=True))

    assert from_json(to_json(sent)) == sent


def test_decimals_keep_their_trailing_zeros() -> None:
    sent = IntentMessage(intent(quantity=Decimal("10.500")))

    received = from_json(to_json(sent))

    assert isinstance(received, IntentMessage)
    assert str(received.intent.quantity) == "10.500"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [(message, name) for message in EXAMPLES for name in json.loads(to_json(message))]


@given(st.sampled_from(FIELDS), anything)
@example((INTENT, "quantity"), "NaN")
@example((INTENT, "quantity"), "-5")
@example((INTENT, "quantity"), "0")
@example((INTENT, "reference_price"), "Infinity")
@example((INTENT, "ts"), "soon")
@example((BAR, "bar"), [0, 1, float("nan"), 1, 1, 1, 1])
@example((BAR, "bar"), [0, 1, 2, 1, 1, 1, 1])
@example((BAR, "version"), True)
@example((BAR, "levels"), {})
@example((BAR, "levels"), "")
def test_a_field_of_any_other_kind_is_refused_or_read_as_what_it_says(field: tuple[Message, str], value: Any) -> None:
    message, name = field
    row = {**json.loads(to_json(message)), name: value}

    try:
        read = from_json(json.dumps(row))
    except PermanentError:
        return
    assert json.loads(to_json(read)) == row


@pytest.mark.parametrize("name", ["quantity", "reference_price", "stop", "target"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "-0.01", 5, 5.0])
def test_an_amount_is_a_finite_decimal_as_text_and_not_negative(name: str, value: Any) -> None:
    row = {**json.loads(to_json(INTENT)), name: value}

    with pytest.raises(PermanentError, match="message cannot be read"):
        from_json(json.dumps(row))


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_damaged_character_is_refused_or_harmless(message: Message, data: st.DataObject) -> None:
    text = to_json(message)
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.characters()) + text[place + 1 :]

    with suppress(PermanentError):  # and with nothing else
        from_json(damaged)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{type(field[0]).__name__}-{field[1]}")
def test_no_field_may_be_absent(field: tuple[Message, str]) -> None:
    message, name = field
    row = json.loads(to_json(message))
    del row[name]

    with pytest.raises(PermanentError, match=f"cannot be read: KeyError '{name}'"):
        from_json(json.dumps(row))


@pytest.mark.parametrize("text", ["", "[]", "null", "7", "{", '"schema"', '{"schema":1}', '{"schema":1,"kind":"coup"}'])
def test_what_is_no_message_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(PermanentError, match="message cannot be read"):
        from_json(text)


def test_another_schema_is_refused_by_its_number() -> None:
    with pytest.raises(PermanentError, match="message schema 2 is unknown here"):
        from_json(json.dumps({**json.loads(to_json(BAR)), "schema": 2}))


def test_everything_about_one_instrument_of_one_account_is_in_one_group() -> None:
    assert {group_id(message) for message in EXAMPLES} == {"paper#ACME.TEST"}


def test_every_copy_has_the_same_deduplication_id_and_no_other_message_has() -> None:
    others = (
        replace(BAR, rev=2),
        replace(BAR, bar=bar(3, 1, 1, 1, 1)),
        replace(BAR, account="other"),
        replace(BAR, timeframe=Timeframe.H1),
        IntentMessage(intent(Leg.EXIT)),
        replace(RESOLVE, ts=RESOLVE.ts + 60_000),
    )
    every = (*EXAMPLES, *others)

    assert len({message.deduplication_id for message in every}) == len(every)
    assert [from_json(to_json(one)).deduplication_id for one in every] == [one.deduplication_id for one in every]


def test_the_resolver_asks_about_an_order_at_most_once_a_minute() -> None:
    start = 60_000 * 7

    assert replace(RESOLVE, ts=start).deduplication_id == replace(RESOLVE, ts=start + 59_999).deduplication_id


def test_a_bar_s_time_is_its_close() -> None:
    assert BAR.ts == day(2)

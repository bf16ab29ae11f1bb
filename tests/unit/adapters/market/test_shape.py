"""Strict reading: what is not as promised names its field; what is keeps every digit."""

from decimal import Decimal

import pytest

from tests.venues.stage import staged
from tradewind.adapters.market import kraken
from tradewind.adapters.market.provider import Span, parted, session_day, windows
from tradewind.adapters.market.reply import RefusedError
from tradewind.adapters.market.shape import ShapeError, decimal_or_none, parse
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

HOUR = 60 * MINUTE


@pytest.mark.parametrize("text", ["0.1", "-7", "12345678901234567890.123456789", "1e-8", "100"])
def test_a_number_keeps_its_digits_bare_or_quoted(text: str) -> None:
    assert parse(f'{{"n": {text}}}'.encode())["n"].decimal() == Decimal(text)
    assert parse(f'{{"n": "{text}"}}'.encode())["n"].decimal() == Decimal(text)


@pytest.mark.parametrize("text", ["true", "null", "[]", "{}", '""', '"x"', '"NaN"', '"Infinity"', '"1_000"', '" 1"'])
def test_what_is_no_number_is_named_with_its_path(text: str) -> None:
    with pytest.raises(ShapeError, match=r"^a\.b\[1\] must be a number") as caught:
        parse(f'{{"a": {{"b": [1, {text}]}}}}'.encode())["a"]["b"].at(1).decimal()

    assert caught.value.field == "a.b[1]"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "result must be there, not null"),
        (b'{"result": []}', "result must be an object, not an array"),
        (b'{"result": {"x": 7}}', "result.x must be an array, not 7"),
        (b'{"result": {"x": [], "y": []}}', "result must be of one pair, not an array"),
    ],
)
def test_an_answer_of_another_shape_says_what_was_expected_where(body: bytes, said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        kraken.read_bars(parse(body)["result"])

    assert str(caught.value) == said


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ShapeError, match="the answer must be JSON"):
        parse(body)


def test_whole_positive_and_absent_numbers_are_told_apart() -> None:
    node = parse(b'{"half": 0.5, "zero": "0.00", "empty": "", "word": "x", "flag": false}')

    with pytest.raises(ShapeError, match="half must be a whole number"):
        node["half"].whole()
    with pytest.raises(ShapeError, match="zero must be above 0"):
        node["zero"].positive()
    with pytest.raises(ShapeError, match="flag must be text"):
        node["flag"].text()
    with pytest.raises(ShapeError, match="word must be true or false"):
        node["word"].truth()
    assert [decimal_or_none(node.get(name)) for name in ("zero", "empty", "absent")] == [None, None, None]
    assert node["flag"].truth() is False


def test_a_session_is_kept_under_its_own_date_in_winter_and_in_summer() -> None:
    assert [session_day(100 * DAY + hours * HOUR) for hours in (4, 5)] == [100 * DAY] * 2
    assert session_day(100 * DAY + 6 * HOUR) == 100 * DAY + 6 * HOUR
    assert session_day("soon") == "soon"


def test_a_span_asks_for_the_first_bar_after_the_watermark() -> None:
    span = Span(Timeframe.M1, since=10 * MINUTE, until=12 * MINUTE + 1)

    assert (span.first_open, span.last_open) == (9 * MINUTE + 1, 11 * MINUTE + 1)
    assert list(windows(span.first_open, span.last_open, MINUTE)) == [
        (9 * MINUTE + 1, 10 * MINUTE),
        (10 * MINUTE + 1, 11 * MINUTE),
        (11 * MINUTE + 1, 11 * MINUTE + 1),
    ]


@pytest.mark.parametrize("name", ["AAPL.US", "-USD.X", "BTC-.X", "BTC"])
def test_what_is_no_pair_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="is no pair"):
        parted(InstrumentId(name))


def test_days_that_begin_in_chicago_are_not_offered_and_take_no_stock_with_them() -> None:
    with staged("alpaca") as at:
        btc, apple = at.name("BTC-USD"), at.name("AAPL")

        answer = at.bars(apple, btc, frame=Timeframe.D1)

    assert list(answer.rows) == [apple]
    assert (answer.failures[btc].reason, answer.failures[btc].lasting) == ("INTERVAL_NOT_OFFERED", True)

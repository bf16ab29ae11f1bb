"""Doors for others: what is not proven, not of now, or beyond a source's limits trades nothing; the rest once."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.functions.asking import Answer, ask
from tests.functions.environment import ACME, write_configuration
from tests.functions.stage import Stage, sqs_event

DAY = 86_400_000
KEY, TOKEN = "0123456789abcdef", "token-of-the-bot"
SOURCE = {
    "name": "tv", "account": "paper", "secret": "ssm:/tv", "instruments": [ACME], "per_minute": 4, "largest": "5000",
}  # fmt: skip
NARROW = {**SOURCE, "name": "narrow", "instruments": ["BOLT.TEST"]}
BUY = {"source": "tv", "id": "signal-0001", "action": "buy", "instrument": "ACME", "quantity": "10", "stop": "90"}
BOT = {"secret": "ssm:/bot", "chats": [42]}


@pytest.fixture
def door(stage: Stage, tmp_path: Path) -> Stage:
    """Return the stage with a source of signals, a chat, and six days of bars."""
    equip(stage, tmp_path)
    stage.call("fetch_bars", {"shard": "daily", "now": 7 * DAY})
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
    stage.queued("orders.fifo")
    return stage


def equip(stage: Stage, place: Path) -> None:
    write_configuration(place, sources=[SOURCE, NARROW], alerts={"bot": BOT})
    for name, value in (("/tv", KEY), ("/bot", TOKEN)):
        stage.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")


def signed(stage: Stage, body: dict[str, Any], *, late: int = 0, key: str = KEY) -> Answer:
    text, stamp = json.dumps(body), f"{int(time.time()) - late}"
    proof = hmac.new(key.encode(), f"{stamp}.{text}".encode(), hashlib.sha256).hexdigest()
    headers = {"x-tradewind-signature": f"t={stamp},v1={proof}"}
    return ask(stage, "POST", "/api/webhook", None, body=text, headers=headers)


def sent(stage: Stage) -> list[str]:
    return [one["Body"] for one in stage.queued("orders.fifo")]


def trail(stage: Stage) -> str:
    found = stage.client("dynamodb").query(
        TableName="ledger", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "JOURNAL#audit"}}
    )
    return json.dumps(found["Items"])


def test_a_signed_signal_becomes_an_order_like_any_other_and_its_repeat_none(door: Stage) -> None:
    first, again = signed(door, BUY), signed(door, BUY)
    bodies = sent(door)
    door.call("execute_orders", sqs_event(bodies))

    assert (first.status, again.status, first.json(), len(bodies)) == (202, 202, again.json(), 1)
    told = ask(door, "GET", f"/api/orders/{first.json()['id']}").json()["order"]
    assert (told["status"], told["source"], told["strategy"]) == ("FILLED", "webhook", "webhook")
    assert "webhook:tv" in trail(door)

    out = signed(door, {"source": "tv", "id": "signal-0002", "action": "close", "instrument": ACME})
    door.call("execute_orders", sqs_event(sent(door)))
    assert out.json()["what"] == "sell 10"
    assert ask(door, "GET", "/api/positions").json()["items"] == []


def test_a_secret_in_the_body_does_where_nothing_can_be_signed_and_is_kept_nowhere(door: Stage) -> None:
    body = {**BUY, "secret": KEY, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    answer = ask(door, "POST", "/api/webhook", None, body=body)
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    again = ask(door, "POST", "/api/webhook", None, body={**body, "time": later})

    assert (answer.status, again.status, again.json()) == (202, 202, answer.json())
    assert len(sent(door)) == 1
    whole = json.dumps(door.client("dynamodb").scan(TableName="ledger")["Items"])
    assert KEY not in whole + answer.text


@pytest.mark.parametrize(
    ("code", "status", "body", "how"),
    [
        ("BAD_SIGNATURE", 401, BUY, {"key": "another"}),
        ("BAD_SIGNATURE", 401, {**BUY, "source": "nobody"}, {}),
        ("INSTRUMENT_NOT_ALLOWED", 403, {**BUY, "source": "narrow"}, {}),
        ("STALE_SIGNAL", 401, BUY, {"late": 301}),
        ("STALE_SIGNAL", 401, BUY, {"late": -301}),
        ("SIGNAL_TOO_LARGE", 403, {**BUY, "quantity": "50"}, {}),
        ("LESS_THAN_A_LOT", 409, {**BUY, "quantity": None, "amount": "5"}, {}),
        ("NOTHING_TO_CLOSE", 409, {**BUY, "action": "sell"}, {}),
        ("either quantity or amount", 422, {**BUY, "amount": "5"}, {}),
        ("action", 422, {**BUY, "action": "hold"}, {}),
        ("unknown instrument", 404, {**BUY, "instrument": "NONE.SUCH"}, {}),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason_and_trades_nothing(
    door: Stage, code: str, status: int, body: dict[str, Any], how: dict[str, Any]
) -> None:
    answer = signed(door, {name: value for name, value in body.items() if value is not None}, **how)

    assert (answer.status, code in answer.json()["detail"]) == (status, True), answer.text
    assert sent(door) == []


def test_before_any_price_is_known_nothing_is_ordered(stage: Stage, tmp_path: Path) -> None:
    equip(stage, tmp_path)

    answer = signed(stage, BUY)

    assert (answer.status, answer.json()["detail"]) == (409, f"NO_PRICE: no price of {ACME} is known yet")
    assert sent(stage) == []


def test_a_source_without_a_secret_lets_nobody_in(door: Stage) -> None:
    door.client("ssm").put_parameter(Name="/tv", Value=" ", Type="SecureString", Overwrite=True)

    assert signed(door, BUY, key="").status == 401
    assert sent(door) == []


def test_a_signal_that_is_refused_tells_its_secret_to_nobody(door: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({**BUY, "secret": KEY, "action": "hold"})

    answer = ask(door, "POST", "/api/webhook", None, body=body)

    assert answer.status == 422
    assert KEY not in "".join([answer.text, trail(door), *capfd.readouterr()])


def test_a_source_sends_so_many_a_minute(door: Stage) -> None:
    answers = [signed(door, {**BUY, "id": f"signal-{number:04}"}) for number in range(6)]
    if {one.status for one in answers} == {202}:  # the minute ended meanwhile
        answers = [signed(door, {**BUY, "id": f"second-{number:04}"}) for number in range(6)]

    refused = [one.json()["detail"] for one in answers if one.status == 429]
    assert refused
    assert all(one.startswith("TOO_MANY_SIGNALS: tv may send 4 a minute") for one in refused)
    assert [one.status for one in answers].count(202) >= 4


def test_an_id_that_was_used_for_something_else_is_refused(door: Stage) -> None:
    signed(door, BUY)

    assert signed(door, {**BUY, "quantity": "11"}).status == 422
    assert len(sent(door)) == 1


def wrote(stage: Stage, text: str, number: int = 7, chat: int = 42, token: str = TOKEN) -> Answer:
    row = {"update_id": number, "message": {"chat": {"id": chat}, "from": {"username": "ann"}, "text": text}}
    headers = {"x-telegram-bot-api-secret-token": token}
    return ask(stage, "POST", "/api/telegram", None, body=row, headers=headers)


def test_an_allowed_chat_asks_closes_and_stops_and_all_of_it_is_on_the_trail(door: Stage) -> None:
    signed(door, BUY)
    door.call("execute_orders", sqs_event(sent(door)))
    assert "paper: NORMAL, 1 positions" in wrote(door, "/status").json()["text"]
    assert "equity 100000.00" in wrote(door, "/profit", 8).json()["text"]

    answers = [wrote(door, "/close ACME", 9).json()["text"] for _ in range(2)]
    bodies = sent(door)
    door.call("execute_orders", sqs_event(bodies))
    stopped = wrote(door, "/stop", 10).json()["text"]

    assert (answers, len(bodies)) == (["On its way: sell 10 ACME.TEST"] * 2, 1)
    assert wrote(door, "/positions", 11).json()["text"] == "nothing is held"
    assert "Trading is HALTED: paper" in stopped
    preview = {"instrument": "ACME", "side": "BUY", "quantity": "1", "stop": "90"}
    reason = ask(door, "POST", "/api/manual-trade/preview", "trader", body=preview).json()["reason"]
    assert reason.startswith("KILL_SWITCH_HALTED")
    assert "telegram:42" in trail(door)


def test_a_stranger_s_long_words_keep_no_stop_waiting(door: Stage) -> None:
    long = "Я" * 4_096  # six bytes each as Telegram writes them, and once more in what it answers
    row = {"update_id": 7, "message": {"chat": {"id": 43}, "text": long, "reply_to_message": {"text": long}}}
    headers = {"x-telegram-bot-api-secret-token": TOKEN}

    taken = ask(door, "POST", "/api/telegram", None, body=row, headers=headers)

    assert (taken.status, taken.json().get("text", "")) == (200, "")  # whatever is refused is sent again before a /stop
    assert "Trading is HALTED" in wrote(door, "/stop", 8).json()["text"]


@pytest.mark.parametrize(("chat", "token", "status"), [(43, TOKEN, 200), (42, "guess", 401), (42, "", 401)])
def test_a_stranger_s_chat_or_token_is_answered_nothing(door: Stage, chat: int, token: str, status: int) -> None:
    answer = wrote(door, "/stop", chat=chat, token=token)

    assert (answer.status, answer.json().get("text", "")) == (status, "")  # what Telegram is refused it sends again
    assert ask(door, "GET", "/api/kill-switch").json()["items"][0]["state"] == "NORMAL"

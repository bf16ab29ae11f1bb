"""A chat may look, close and stop: only an allowed one, only with the webhook's token, and each update once."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import PAPER as ACCOUNT
from tests.builders import SHARE, configuration
from tests.fakes.evaluator_stores import FakeOrderQueue
from tests.fakes.ledger import FakeControls, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.world import FakeClock, FakeNotices, FakePause
from tradewind.application.switch import SwitchTrading
from tradewind.application.telegram_bot import HELP, NotAllowedError, TelegramBot, parse
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account, Book, Stake, SubPosition, TradingState
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import OrderIntent

TOKEN, CHAT, NOW = "the-token", 42, 1_700_000_000_000
HELD = SubPosition("dipper", Decimal(10), Decimal(1000), 1, 3, IntentId("entry"))


def update(text: str, number: int = 7, chat: int = CHAT, **message: Any) -> str:
    row = {"chat": {"id": chat}, "from": {"username": "ann"}, "text": text, **message}
    return json.dumps({"update_id": number, "message": row})


@dataclass
class Desk:
    items: LedgerItems = field(default_factory=LedgerItems)
    queue: FakeOrderQueue = field(default_factory=FakeOrderQueue)
    notices: FakeNotices = field(default_factory=FakeNotices)

    def __post_init__(self) -> None:
        book = Book(ACCOUNT, SHARE.id, 3, 5, Decimal(110), (HELD,))
        self.items.books[ACCOUNT, SHARE.id] = book
        self.items.accounts[ACCOUNT] = Account(
            ACCOUNT, Decimal(5000), Decimal(4000), 3, stakes={SHARE.id: Stake(3, Decimal(1000), Decimal(0))}
        )
        controls, journal = FakeControls(self.items), FakeJournal(self.items)
        self.controls = controls
        self.bot = TelegramBot(
            configuration=configuration(),
            secret=lambda: TOKEN,
            chats=frozenset({CHAT}),
            ledger=FakeLedger(self.items),
            queue=self.queue,
            switch=SwitchTrading(controls, journal, FakePause()),
            notices=self.notices,
            clock=FakeClock(NOW),
        )

    def ask(self, text: str, number: int = 7) -> str:
        answer = self.bot(TOKEN, update(text, number))
        assert answer is not None
        assert (answer["method"], answer["chat_id"]) == ("sendMessage", CHAT)
        return str(answer["text"])

    def intents(self) -> list[OrderIntent]:
        return [message.intent for message in self.queue.sent if isinstance(message, IntentMessage)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_says_how_it_stands_what_was_earned_and_what_is_held(desk: Desk) -> None:
    assert f"{ACCOUNT}: NORMAL, 1 positions, 0 working orders" in desk.ask("/status")
    assert desk.ask("/profit").startswith(f"{ACCOUNT}: equity 5100.00, realised +0.00, open +100.00")
    assert desk.ask("/positions@my_bot") == f"{SHARE.id} 10 (dipper) at 100, now 110: +100.00"


def test_a_close_is_one_exit_through_the_queue_however_often_it_is_delivered(desk: Desk) -> None:
    answers = {desk.ask(f"/close {SHARE.id}") for _ in range(2)}

    assert answers == {f"On its way: sell 10 {SHARE.id}"}
    first, second = desk.intents()
    assert first == second
    assert (first.quantity, first.strategy, first.source) == (Decimal(10), "dipper", "manual")
    assert "telegram:ann" in first.reason


def test_another_update_is_another_order(desk: Desk) -> None:
    desk.ask(f"/close {SHARE.id}", 7)
    desk.ask(f"/close {SHARE.id}", 8)

    assert len({intent.id for intent in desk.intents()}) == 2


@pytest.mark.parametrize("text", ["/close", "/close NOTHING"])
def test_a_close_of_nothing_names_what_is_held(desk: Desk, text: str) -> None:
    assert str(SHARE.id) in desk.ask(text)
    assert desk.queue.sent == []


def test_a_stop_halts_trading_and_the_journal_says_who_did_it(desk: Desk) -> None:
    assert "HALTED" in desk.ask("/stop")

    control = desk.controls.get(ACCOUNT)
    assert control.state is TradingState.HALTED
    assert "telegram:ann" in control.reason


@pytest.mark.parametrize("text", ["hello", "/buy ACME", "/start", "/"])
def test_what_it_does_not_know_it_answers_with_what_it_knows(desk: Desk, text: str) -> None:
    assert desk.ask(text) == HELP
    assert desk.queue.sent == []


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + " ", "ü"])
def test_without_the_webhooks_token_nothing_is_even_read(desk: Desk, token: str) -> None:
    with pytest.raises(NotAllowedError):
        desk.bot(token, "nonsense")


def test_a_stranger_is_refused_and_somebody_is_told_once(desk: Desk) -> None:
    for number in (1, 2):
        with pytest.raises(NotAllowedError):
            desk.bot(TOKEN, update("/stop", number, chat=666))

    assert desk.controls.get(ACCOUNT).state is TradingState.NORMAL
    assert [notice.event.kind for notice in desk.notices.pending(9)] == ["STRANGER_REFUSED"]


@pytest.mark.parametrize(
    "body",
    [
        "", "nonsense", "[]", "7", "{}", '{"update_id": "7"}', '{"update_id": 7, "message": []}',
        '{"update_id": 7, "message": {"chat": {"id": "x"}, "text": "a"}}',
        '{"update_id": 7, "message": {"chat": {"id": 1}, "text": 5}}', "x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_update_is_refused_in_a_sentence(body: str) -> None:
    with pytest.raises(BadInputError):
        parse(body)


@pytest.mark.parametrize("body", ['{"update_id": 7}', '{"update_id": 7, "edited_message": {}}', update("")])
def test_an_update_that_nobody_wrote_needs_no_answer(desk: Desk, body: str) -> None:
    assert desk.bot(TOKEN, body) is None

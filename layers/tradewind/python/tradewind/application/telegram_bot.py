"""A few words from a Telegram chat: how it stands, and the two ways to end risk. Nothing here can open any.

Telegram signs its calls with a secret token that was set with the webhook; a chat must be allowed by its id besides.
What changes something goes where everything goes: a close through the order queue and risk, a stop as the kill switch,
both under a key that a repeated update shares, both journaled with the name of who asked.

Source: https://core.telegram.org/bots/api#setwebhook (`X-Telegram-Bot-Api-Secret-Token`) and #making-requests-when-
getting-updates (the answer to the call may itself be a message).
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.application.by_hand import close_intents
from tradewind.application.ports import Clock, Ledger, Notice, Notices, OrderQueue
from tradewind.application.switch import SwitchTrading
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.events import Event, Severity
from tradewind.domain.ledger import Account, Book, TradingState
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import NOTHING

HEADER = "X-Telegram-Bot-Api-Secret-Token"
HELP = "I understand /status, /profit, /positions, /close INSTRUMENT and /stop."
_MOST = 4096
LARGEST = 256 * 1024
"""Bytes of an update: twice 4,096 letters, what was written and what it answers, of six bytes each, and their marks.

Telegram sends again whatever is refused, so a stranger's long words must not be, or a /stop would wait behind them.
"""


class NotAllowedError(BadInputError):
    """The call is not Telegram's: answer with 401 and say no more."""


class StrangerError(NotAllowedError):
    """It is Telegram's, of a chat that is not allowed: take it and answer nothing.

    Telegram sends again whatever is refused, and then an allowed chat's /stop would wait behind a stranger's words.
    """


@dataclass(frozen=True, slots=True)
class Update:
    """One message that somebody wrote to the bot.

    Attributes
    ----------
    id : int
        Telegram's own number of the update: a repeat has the same.
    """

    id: int
    chat: int
    sender: str
    command: str
    arguments: tuple[str, ...]


def parse(body: str | bytes) -> Update | None:
    """Read an update; None where it is no written message, such as a joined member or an edited one.

    Raises
    ------
    BadInputError
        If it is no update of Telegram's.
    """
    if len(body) > LARGEST:
        raise BadInputError(f"an update has at most {LARGEST} bytes, this has {len(body)}")
    try:
        row = json.loads(body)
        number, message = row["update_id"], row.get("message", {})
        chat, text, sender = message.get("chat", {}).get("id"), message.get("text", ""), message.get("from", {})
        known = type(number) is int and isinstance(text, str) and (chat is None or type(chat) is int)
        name = str(sender.get("username") or sender.get("id") or "somebody")
    except (ValueError, TypeError, KeyError, AttributeError):
        known = False
    if not known:
        raise BadInputError("this is no update of Telegram's")
    words = text.split()
    if chat is None or not words:
        return None
    command, _, _ = words[0].lower().partition("@")  # in groups a command names its bot
    return Update(number, chat, name[:40], command, tuple(words[1:]))


@dataclass(frozen=True, slots=True)
class TelegramBot:
    """Answer what an allowed chat asks.

    Attributes
    ----------
    secret : callable
        The webhook's secret token.
    chats : frozenset of int
        Who may ask.
    """

    configuration: Configuration
    secret: Callable[[], str]
    chats: frozenset[int]
    ledger: Ledger
    queue: OrderQueue
    switch: SwitchTrading
    notices: Notices
    clock: Clock

    def __call__(self, token: str, body: str | bytes) -> Mapping[str, Any] | None:
        """Return the message to answer with, as the body of the HTTP answer; None where there is nothing to say.

        Raises
        ------
        NotAllowedError, StrangerError
            If the token is not the webhook's, or the chat is not allowed.
        BadInputError
            If the body is no update.
        """
        update = self.admitted(token, body)
        return self.answered(update) if update else None

    def admitted(self, token: str, body: str | bytes) -> Update | None:
        """Return what an allowed chat wrote; None where it is no written message.

        Raises
        ------
        NotAllowedError, StrangerError
            If the token is not the webhook's, or the chat is not allowed.
        BadInputError
            If the body is no update.
        """
        if not hmac.compare_digest(token.encode(), self.secret().strip().encode()):
            raise NotAllowedError("the secret token is not this webhook's")
        update = parse(body)
        if update and update.chat not in self.chats:
            self._tell_of_stranger(update)
            raise StrangerError("this chat is not allowed")
        return update

    def answered(self, update: Update) -> Mapping[str, Any]:
        """Do what is asked, and return the message to answer with."""
        return {"method": "sendMessage", "chat_id": update.chat, "text": self._answer(update)[:_MOST]}

    def _answer(self, update: Update) -> str:
        answers: Mapping[str, Callable[[Update], str]] = {
            "/status": self._status,
            "/profit": self._profit,
            "/positions": self._positions,
            "/close": self._close,
            "/stop": self._stop,
        }
        answer = answers.get(update.command)
        return answer(update) if answer else HELP

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _status(self, _: Update) -> str:
        lines = [f"{self.configuration.environment}, configuration {self.configuration.hash[:12]}"]
        for rules in self.configuration.accounts:
            shot = self.ledger.snapshot(rules.name, (), ())
            held = sum(bool(book.positions) for book in shot.books.values())
            orders = sum(len(book.orders) for book in shot.books.values())
            state = f"{shot.control.state} ({shot.control.reason})" if shot.control.reason else str(shot.control.state)
            lines.append(f"{rules.name}: {state}, {held} positions, {orders} working orders")
        return "\n".join(lines)

    def _profit(self, _: Update) -> str:
        return "\n".join(self._profits())

    def _profits(self) -> Iterable[str]:
        for rules in self.configuration.accounts:
            shot = self.ledger.snapshot(rules.name, (), ())
            account = shot.account or Account(rules.name, rules.cash, rules.cash)
            held = [book for book in shot.books.values() if book.positions]
            open_ = sum((book.value - book.exposure for book in held), NOTHING)
            yield (
                f"{rules.name}: equity {account.book_equity + open_:.2f}, realised {account.realised:+.2f}, "
                f"open {open_:+.2f}, fees {account.fees:.2f}"
            )

    def _positions(self, _: Update) -> str:
        lines = [
            f"{book.instrument} {one.quantity:f} ({one.strategy}) at {one.cost / one.quantity:.8g}, now {book.mark:f}: "
            f"{one.quantity * book.mark - one.cost:+.2f}"
            for book in self._held()
            for one in book.positions
        ]
        return "\n".join(lines) or "nothing is held"

    def _held(self) -> list[Book]:
        names = [rules.name for rules in self.configuration.accounts]
        books = [book for name in names for book in self.ledger.snapshot(name, (), ()).books.values()]
        return sorted((book for book in books if book.positions), key=lambda book: (book.account, book.instrument))

    # ── ending risk ──────────────────────────────────────────────────────────────────────────────────────────────

    def _close(self, update: Update) -> str:
        held = self._held()
        wanted = update.arguments[0].upper() if update.arguments else ""
        chosen = [book for book in held if wanted in {str(book.instrument), str(book.instrument).rpartition(".")[0]}]
        if not chosen:
            names = ", ".join(dict.fromkeys(str(book.instrument) for book in held)) or "nothing"
            return f"{'Nothing is held of ' + wanted + '. ' if wanted else ''}Say /close INSTRUMENT; held: {names}"
        reason = f"closed by telegram:{update.sender}"
        messages = [
            IntentMessage(intent)
            for book in chosen
            for intent in close_intents(
                self.configuration, book, f"telegram-{update.id}", self.clock.now(book.last_bar), reason
            )
        ]
        self.queue.send(messages)
        told = ", ".join(f"{one.intent.quantity:f} {one.intent.instrument}" for one in messages)
        return f"On its way: sell {told}"

    def _stop(self, update: Update) -> str:
        now = self.clock.now(max((book.last_bar for book in self._held()), default=0))
        for rules in self.configuration.accounts:
            self.switch(rules.name, TradingState.HALTED, "stopped from a chat", f"telegram:{update.sender}", now)
        names = ", ".join(rules.name for rules in self.configuration.accounts)
        return f"Trading is HALTED: {names}. Exits are still allowed. `tradewind kill-switch off` lifts it."

    def _tell_of_stranger(self, update: Update) -> None:
        """Somebody found the bot: say so once for each chat."""
        text = f"a chat that is not allowed wrote to the bot: {update.chat}; nothing was answered"
        event = Event("STRANGER_REFUSED", Severity.WARNING, text, "", {"chat": update.chat})
        self.notices.post(Notice(f"stranger-{update.chat}", event))

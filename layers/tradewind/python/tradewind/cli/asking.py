"""Asking the executor: a command or a manual order goes into the order queue, and the ledger shows what came of it."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from getpass import getuser
from typing import Any
from uuid import uuid4

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.application.redrive import shown
from tradewind.application.steering import Steering
from tradewind.application.wording_orders import waiting, worded
from tradewind.cli.deployed import Deployed, connect
from tradewind.cli.errors import CommandError, InputError
from tradewind.domain.commands import CommandMessage
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import IntentMessage, Message
from tradewind.domain.replace_message import ReplaceMessage

_EVERY = 0.3
_LONGEST_KEY = 60
_KEY = re.compile(r"[A-Za-z0-9._:/-]+")


@dataclass(slots=False)
class Asking:
    """Who asks, of which environment, under which key."""

    deployed: Deployed
    by: str
    key: str

    @classmethod
    def of(cls, env: str, by: str | None, key: str | None) -> "Asking":
        """Connect, and fill in what was not said.

        Raises
        ------
        InputError
            If the key is none that the order queue can tell repeats by.
        """
        return cls(connect(env), by or getuser(), str(uuid4()) if key is None else _sound(key))

    @cached_property
    def ledger(self) -> DynamoLedger:
        """The ledger, to look and never to write."""
        return DynamoLedger(self.deployed.ledger)

    @property
    def steering(self) -> Steering:
        """What words it."""
        return Steering(self.deployed.configuration, self.now, self.by, self.key)

    def books(self, account: str | None) -> list[Book]:
        """Return the books of one account, or of all.

        Raises
        ------
        InputError
            If there is no such account.
        """
        known = [one.name for one in self.deployed.configuration.accounts]
        if account is not None and account not in known:
            raise InputError(f"unknown account {account!r}: {self.deployed.environment} has {', '.join(known)}")
        names = known if account is None else [account]
        return [book for name in names for book in queries.books(self.deployed.ledger, name)]

    def now(self, instrument: InstrumentId) -> int:
        """Return the environment's time: under a replay clock as far as the instrument's shard has come."""
        if self.deployed.configuration.clock != "replay":
            return time.time_ns() // 1_000_000
        progress = DynamoProgress(self.deployed.market, time.time)
        return max(progress.load(shard.name).watermark for shard in self.shards(instrument))

    def shards(self, instrument: InstrumentId) -> list[Shard]:
        """Return the shards that an instrument's bars come in.

        Raises
        ------
        CommandError
            If there is none.
        """
        found = [one for one in self.deployed.configuration.shards if instrument in one.instruments]
        if not found:
            raise CommandError(f"{instrument} is in no shard of {self.deployed.environment}, so nothing is known of it")
        return found


def _sound(key: str) -> str:
    """Return a key that fits into a message's deduplication id, with the names of command, instrument and order."""
    rule = f"a key has 1 to {_LONGEST_KEY} letters, digits and . _ : / -"
    if len(key) > _LONGEST_KEY:
        raise InputError(f"--key is {len(key)} characters long: {rule}; take a shorter one, and the same for a repeat")
    if not _KEY.fullmatch(key):
        raise InputError(f"--key is {key!r}: {rule}; take another one, and the same for a repeat")
    return key


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and what the ledger shows of it."""

    account: str
    instrument: InstrumentId
    what: str
    done: bool
    outcome: str
    id: str

    @property
    def refused(self) -> bool:
        """Whether the answer was no."""
        return self.outcome.partition(":")[0].partition(" ")[0] in {"DENIED", "REJECTED", "EXPIRED", "CHANGE_REFUSED"}

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told = {"account": self.account, "instrument": self.instrument, "asked": self.what, "id": self.id}
        return {**told, "done": self.done, "outcome": self.outcome}


def closing(asking: Asking, books: Sequence[Book], reason: str) -> list[Message]:
    """Return the exits of everything that some books hold."""
    return asking.steering.closing(books, reason)


def cancelling(asking: Asking, books: Sequence[Book], reason: str) -> list[Message]:
    """Return the cancels of every entry that is working in some books."""
    return asking.steering.cancelling(books, reason)


def ask(asking: Asking, messages: Sequence[Message], wait: int) -> list[Asked]:
    """Send messages and wait for so many seconds until the ledger shows what came of each."""
    deployed = asking.deployed
    SqsOrderQueue(deployed.client("sqs"), deployed.output("OrderQueueUrl"), "").send(messages)
    until, waiting = time.monotonic() + wait, list(messages)
    while True:
        waiting = [one for one in waiting if not shown(asking.ledger, one, deployed.configuration)]
        if not waiting or time.monotonic() >= until:
            break
        time.sleep(_EVERY)
    return [_asked(asking, one, done=one not in waiting) for one in messages]


def _asked(asking: Asking, message: Message, *, done: bool) -> Asked:
    what, identifier = _what(message)
    outcome = _outcome(asking, message) if done else "sent; the ledger does not show it yet: see `tradewind orders`"
    return Asked(message.account, message.instrument, what, done, outcome, identifier)


def _what(message: Message) -> tuple[str, str]:
    if isinstance(message, CommandMessage):
        return message.command.lower(), message.order_id or message.key
    if isinstance(message, ReplaceMessage):
        return "replace", message.order_id
    if isinstance(message, IntentMessage):
        intent = message.intent
        how = " ".join(filter(None, [f"{intent.quantity:f}", worded(intent.terms)]))
        return f"{intent.side} {how} ({intent.strategy})".lower(), intent.id
    return "", ""


def _outcome(asking: Asking, message: Message) -> str:
    named = isinstance(message, IntentMessage | ReplaceMessage) or _is_cancel(message)
    order_id = _what(message)[1] if named else None
    if order_id is None:
        return "lifted"
    order = asking.ledger.view(message.account, message.instrument, order_id).order  # type: ignore[arg-type]
    if order is None:
        return "not in the ledger"
    fills = [one for one in queries.fills(asking.deployed.ledger, message.account) if one.order_id == order.id]
    prices = ", ".join(f"{one.quantity:f} at {one.price:f}, realised {one.realised:+.2f}" for one in fills)
    waits = waiting(order) if order.status.is_working else ""
    if isinstance(message, ReplaceMessage) and not order.leg.at_market:
        waits = f"{order.leg} at {order.price:f}".lower()
    if isinstance(message, ReplaceMessage) and order.reason.startswith("CHANGE_REFUSED"):
        return order.reason
    return f"{order.status}: {'; '.join(filter(None, [prices, waits])) or order.reason}"


def _is_cancel(message: Message) -> bool:
    return isinstance(message, CommandMessage) and message.order_id is not None

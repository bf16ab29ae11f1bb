"""Signals from outside: proven to come from who they say, once, of now, within the source's limits; then an intent.

An intent like any other: past the signals of our strategies, never past risk, under the name `webhook`.

Source: https://www.tradingview.com/support/solutions/43000529348-about-webhooks (a body and nothing else can be set
there, so a secret in the body does in place of a signature); https://docs.stripe.com/webhooks/signature (`t=…,v1=…`).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.application.ports import Ledger, OrderQueue
from tradewind.application.ports_counts import Counts
from tradewind.application.wording_orders import SAID_NOTHING, Said
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import BY_WEBHOOK, NOTHING, OrderIntent, Side
from tradewind.domain.timeframe import MINUTE
from tradewind.execution.pricing import Seen

SIGNATURE = "X-Tradewind-Signature"
WINDOW = 5 * MINUTE
"""Milliseconds by which a signal may be older, or newer, than now."""

_FORM = re.compile(r"t=(\d{10,13}),v1=([0-9a-f]{64})")
_SECONDS = 100_000_000_000


class SignalRefusedError(BadInputError):
    """A signal is not taken.

    Attributes
    ----------
    code : str
        Why, for programs.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """Who may send signals, and within which limits of its own.

    Attributes
    ----------
    secret : str
        Where its secret lies.
    instruments : frozenset
        What it may trade; empty for everything that its account sees.
    per_minute : int
        Signals a minute.
    largest : Decimal
        Value of one order at the last price, in the account's currency; 0 for the account's own limits alone.
    """

    name: str
    account: str
    secret: str
    instruments: frozenset[str] = frozenset()
    per_minute: int = 6
    largest: Decimal = NOTHING

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Source":
        """Read what the configuration has of it."""
        allowed = frozenset(row.get("instruments", ()))
        limits = row.get("per_minute", 6), Decimal(row.get("largest", "0"))
        return cls(row["name"], row["account"], row["secret"], allowed, *limits)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, as it came.

    Attributes
    ----------
    signature, body : str
        The header, and the text that it signs.
    secret : str
        What the body has of a secret, where it is not signed.
    ts : int
        When the sender says that it was, UTC ms; a signature has a time of its own.
    """

    source: str
    signature: str
    body: str
    secret: str
    ts: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What is asked for.

    Attributes
    ----------
    action : str
        buy, sell, or close.
    quantity, amount : Decimal
        How much, or for how much money; 0 for none.
    """

    id: str
    action: str
    instrument: InstrumentId
    quantity: Decimal = NOTHING
    amount: Decimal = NOTHING
    stop: Decimal = NOTHING
    target: Decimal = NOTHING
    said: Said = SAID_NOTHING
    reason: str = "signal"


@dataclass(frozen=True, slots=True)
class ReceiveSignal:
    """Let signals in.

    Attributes
    ----------
    secret : callable
        Returns the secret that lies somewhere.
    look : callable
        Returns what the market of a book looks like at a moment.
    """

    configuration: Configuration
    sources: Mapping[str, Source]
    secret: Callable[[str], str]
    counts: Counts
    ledger: Ledger
    look: Callable[[Book, int], Seen]
    queue: OrderQueue

    def proven(self, sent: Sent, now: int) -> Source:
        """Return who sent it.

        Raises
        ------
        SignalRefusedError
            If it is not proven, or not of now.
        """
        source = self.sources.get(sent.source)
        found = _FORM.fullmatch(sent.signature)
        if source is None or not (found or (sent.secret and not sent.signature)):
            raise SignalRefusedError("BAD_SIGNATURE", "sign it as docs/api.md says, or put the source's secret into it")
        key = self.secret(source.secret).strip()
        ts, theirs, ours = sent.ts, sent.secret, key
        if found:
            stamp, theirs = found.groups()
            ours = signature(key, stamp, sent.body)
            ts = int(stamp) if int(stamp) >= _SECONDS else int(stamp) * 1000
        if not key or not hmac.compare_digest(theirs.encode(), ours.encode()):
            raise SignalRefusedError("BAD_SIGNATURE", "the signature or the secret is not this source's")
        if abs(now - ts) > WINDOW:
            away = f"{abs(now - ts) // 1000} s {'old' if ts < now else 'ahead of now'}"
            raise SignalRefusedError("STALE_SIGNAL", f"it is {away}, {WINDOW // 1000} s are allowed")
        return source

    def __call__(self, source: Source, signal: Signal, now: int, ts: int) -> OrderIntent:
        """Send what a signal asks for to the executor.

        Parameters
        ----------
        now, ts : int
            The wall clock's time and the environment's, UTC ms.

        Raises
        ------
        SignalRefusedError
            If it is beyond the source's limits, or there is nothing to be done.
        """
        if not self.counts.take(source.name, now // MINUTE, source.per_minute):
            raise SignalRefusedError("TOO_MANY_SIGNALS", f"{source.name} may send {source.per_minute} a minute")
        if source.instruments and signal.instrument not in source.instruments:
            raise SignalRefusedError("INSTRUMENT_NOT_ALLOWED", f"{source.name} may not trade {signal.instrument}")
        book = self.ledger.view(source.account, signal.instrument, None).book
        seen = self.look(book, ts)
        if not seen.close:
            raise SignalRefusedError("NO_PRICE", f"no price of {signal.instrument} is known yet")
        intent = self._intent(source, signal, book, seen.close, ts)
        value = intent.quantity * seen.close
        if source.largest and intent.increases_risk and value > source.largest:
            text = f"it is worth {value:f}, {source.name} may order {source.largest:f}"
            raise SignalRefusedError("SIGNAL_TOO_LARGE", text)
        self.queue.send([IntentMessage(intent)])
        return intent

    def _intent(self, source: Source, signal: Signal, book: Book, close: Decimal, ts: int) -> OrderIntent:
        side = Side.BUY if signal.action == "buy" else Side.SELL
        wanted = Wanted(
            quantity=self._quantity(signal, book, close),
            reference=close,
            reason=f"{signal.reason} (by {source.name})",
            key=f"{source.name}/{signal.id}",
            ts=ts,
            stop=signal.stop,
            target=signal.target,
            terms=signal.said.terms(side, close),
            source=BY_WEBHOOK,
            strategy=BY_WEBHOOK,
            whole=signal.action == "close",
        )
        return (entry_intent if side is Side.BUY else exit_intent)(self.configuration, book, wanted)

    def _quantity(self, signal: Signal, book: Book, close: Decimal) -> Decimal:
        held = book.position(BY_WEBHOOK)
        if signal.action != "buy" and held is None:
            raise SignalRefusedError("NOTHING_TO_CLOSE", f"no signal has opened anything of {book.instrument}")
        if signal.action == "close" and held:
            return held.quantity
        lot = self.configuration.instrument(book.instrument).lot
        quantity = signal.quantity or signal.amount / close // lot * lot
        if not quantity:
            text = f"{signal.amount:f} buys less than one lot of {book.instrument} at {close:f}"
            raise SignalRefusedError("LESS_THAN_A_LOT", text)
        return quantity


def signature(key: str, stamp: str, body: str) -> str:
    """Return `v1`: HMAC-SHA256 with the source's secret over the time, a full stop and the body as sent."""
    return hmac.new(key.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()

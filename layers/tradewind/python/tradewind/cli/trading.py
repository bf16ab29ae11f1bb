"""A person's order before it is sent: on which account, at which price, how much."""

import os
from dataclasses import dataclass
from decimal import Decimal

from tradewind.adapters.dynamodb.order_books import DEPTH, DynamoOrderBooks
from tradewind.application.at_once import AtOnce
from tradewind.application.by_hand import Wanted, shard_of
from tradewind.assembly import history
from tradewind.cli.asking import Asking
from tradewind.cli.diagnosis.explanation import find_instrument
from tradewind.cli.errors import CommandError, InputError
from tradewind.cli.numbers import decimal_of
from tradewind.cli.output import note
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError, TradewindError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import AT_MARKET, BY_HAND, NOTHING, OrderIntent, Terms
from tradewind.domain.replace_message import Change
from tradewind.execution.pricing import Seen

_MONEY = "$"
_MOST, _FINEST = Decimal(10**15), Decimal("1e-12")
"""What is beyond would be no number any more to whoever executes it."""


@dataclass(frozen=True, slots=True)
class _Now:
    ts: int

    def now(self, _: int) -> int:
        return self.ts


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is asked, on which book, and what the market looked like.

    Attributes
    ----------
    ts : int
        The environment's time, UTC ms.
    """

    asking: Asking
    book: Book
    seen: Seen
    ts: int
    reason: str

    @classmethod
    def of(cls, asking: Asking, instrument: str, account: str | None, reason: str) -> "Ticket":
        """Look at the book and at the market.

        Raises
        ------
        InputError
            If the instrument or the account is unknown, or nobody said which of several accounts.
        CommandError
            If no price of it is known.
        """
        deployed = asking.deployed
        name = find_instrument(deployed.configuration, instrument)
        owner = _account(deployed.configuration, name, account)
        book, ts = asking.ledger.view(owner, name, None).book, asking.now(name)
        _look_at_the_book(asking, owner, name)
        past = history(deployed.configuration, lambda: deployed.market)
        books = DynamoOrderBooks(deployed.market)
        seen = AtOnce(deployed.configuration, past, _Now(ts), books).look(book, ts)
        if not seen.close:
            raise CommandError(f"no price of {name} is known yet: `tradewind status` shows how far its bars have come")
        return cls(asking, book, seen, ts, f"{reason} (by {asking.by})")

    @property
    def configuration(self) -> Configuration:
        """What is deployed."""
        return self.asking.deployed.configuration

    def quantity(self, text: str) -> Decimal:
        """Return how much is meant, on the instrument's lot where it was told in money.

        Raises
        ------
        InputError
            If it is no positive number, or so little money that it buys nothing.
        """
        amount = number(text.removeprefix(_MONEY), "the quantity")
        if not text.startswith(_MONEY):
            return amount
        name = self.book.instrument
        lot = self.configuration.instrument(name).lot
        quantity = amount / self.seen.close // lot * lot
        if not quantity:
            raise InputError(f"{text} buys less than one lot of {name}, {lot:f} at {self.seen.close:f}")
        return quantity

    def price(self, text: str | None, option: str) -> Decimal:
        """Return a price, 0 for none.

        Raises
        ------
        InputError
            If it is no positive number.
        """
        return NOTHING if text is None else number(text, option)

    def owner(self, of: str | None) -> str:
        """Return whose position is sold: the named one, the person's own, or the only one there is.

        Raises
        ------
        InputError
            If several are held, and nobody said which, or the named one is not.
        CommandError
            If nothing is held.
        """
        held = [position.strategy for position in self.book.positions]
        if not held:
            raise CommandError(f"NOTHING_TO_CLOSE: nothing is held of {self.book.instrument} in {self.book.account}")
        wanted = of or (BY_HAND if BY_HAND in held else held[0])
        if wanted not in held or (of is None and wanted != BY_HAND and len(held) > 1):
            raise InputError(f"{self.book.instrument} is held by {', '.join(held)}: say whose with --of")
        return wanted

    def wanted(
        self, quantity: Decimal, stop: Decimal = NOTHING, target: Decimal = NOTHING, terms: Terms = AT_MARKET
    ) -> Wanted:
        """Return what is asked for."""
        return Wanted(quantity, self.seen.close, self.reason, self.asking.key, self.ts, stop, target, terms)

    def message(self, intent: OrderIntent) -> IntentMessage:
        """Return the order as it travels."""
        return IntentMessage(intent)


def _account(configuration: Configuration, name: InstrumentId, account: str | None) -> str:
    known = [one.name for one in configuration.accounts]
    if account is not None:
        if account not in known:
            raise InputError(f"unknown account {account!r}: {configuration.environment} has {', '.join(known)}")
        shard_of(configuration, account, name)
        return account
    concerned = [one for one in known if _gets_bars(configuration, one, name)]
    if len(concerned) != 1:
        raise InputError(f"say which account with --account: {', '.join(concerned) or 'none'} gets bars of {name}")
    return concerned[0]


def _gets_bars(configuration: Configuration, account: str, name: InstrumentId) -> bool:
    try:
        shard_of(configuration, account, name)
    except BadInputError:
        return False
    return True


def changed(quantity: str | None, limit: str | None, trigger: str | None, trail: str | None) -> Change:
    """Return what is to be otherwise of an order.

    Raises
    ------
    InputError
        If one is no positive number.
    """
    said = {"the quantity": quantity, "--limit": limit, "--stop": trigger, "--trail": trail}
    return Change(*(NOTHING if text is None else number(text, name) for name, text in said.items()))


def number(text: str, what: str) -> Decimal:
    """Return a positive number.

    Raises
    ------
    InputError
        If it is none.
    """
    amount = decimal_of(text)
    if amount is None:
        raise InputError(f"{what} is {text!r}, which is no number: write it as 1000.5")
    if amount <= 0:
        raise InputError(f"{what} is {text}: it must be above 0")
    if amount > _MOST or amount % _FINEST:
        raise InputError(f"{what} is {text}: it must be {_MOST:,} at most, with twelve decimals at most")
    return amount


def _look_at_the_book(asking: Asking, account: str, name: InstrumentId) -> None:
    """Store the market's order book for the executor to price by; without one, the last close serves."""
    deployed = asking.deployed
    provider, _, address = shard_of(deployed.configuration, account, name).provider.partition("@")
    if provider == "replay":
        return
    from tradewind.adapters.market import registry

    try:
        source = registry.build(provider, os.environ, **({"base_url": address} if address else {}))
        DynamoOrderBooks(deployed.market).put(source.book(name, DEPTH))
    except TradewindError as error:
        note(f"no order book ({error}); on paper the last close and the modelled spread decide")

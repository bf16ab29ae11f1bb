"""Orders of people: past the signals, never past risk, and through the queue like every other."""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import AT_MARKET, BY_HAND, NOTHING, Leg, OrderIntent, Side, Terms
from tradewind.domain.order_terms import TimeInForce
from tradewind.domain.timeframe import MINUTE, Timeframe

VERSION = "1"
"""Stands where a strategy's version would."""

_VALID = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person (or a webhook) asks for.

    Attributes
    ----------
    reference : Decimal
        The price that was looked at, in the quote currency.
    key : str
        Stands in the intent's id where a strategy's has the bar: the same key is the same order.
    ts : int
        The environment's time, UTC ms.
    whole : bool
        Whether all is to be sold that is held by then, and `quantity` only tells what was seen.
    source, strategy : str
        Who asks, and whose sub-position it becomes: by hand both are `manual`.
    """

    quantity: Decimal
    reference: Decimal
    reason: str
    key: str
    ts: int
    stop: Decimal = NOTHING
    target: Decimal = NOTHING
    terms: Terms = AT_MARKET
    source: str = BY_HAND
    strategy: str = BY_HAND
    whole: bool = False


def entry_intent(configuration: Configuration, book: Book, wanted: Wanted) -> OrderIntent:
    """Return a buy; what its sub-position holds already is added to, at once or when an order that waits fills.

    Raises
    ------
    BadInputError
        If the account's bars do not tell of the instrument: nobody would watch over the position.
    """
    shard = shard_of(configuration, book.account, book.instrument)
    held = None if wanted.terms.rests else book.position(wanted.strategy)
    intent = _intent(book, shard.timeframe, _timed(wanted, shard), Leg.ENTRY)
    return replace(intent, stop=wanted.stop, target=wanted.target, adds_to=held.parent if held else "")


def exit_intent(configuration: Configuration, book: Book, wanted: Wanted) -> OrderIntent:
    """Return a sale of what one sub-position holds, or of a part of it."""
    frame = _timeframe(configuration, book, wanted.strategy)
    if wanted.terms.lifetime is TimeInForce.DAY:
        wanted = _timed(wanted, shard_of(configuration, book.account, book.instrument))
    return _intent(book, frame, wanted, Leg.EXIT)


def close_intents(configuration: Configuration, book: Book, key: str, ts: int, reason: str) -> list[OrderIntent]:
    """Return an exit of everything that a book holds by then, one for each strategy's own sub-position."""
    return [exit_intent(configuration, book, _all_of(book, held, key, ts, reason)) for held in book.positions]


def shard_of(configuration: Configuration, account: str, instrument: InstrumentId) -> Shard:
    """Return the shard in which an account sees an instrument's bars.

    Raises
    ------
    BadInputError
        If there is none: its stops would be matched against nothing.
    """
    frames = {one.timeframe for one in configuration.strategies if one.account == account}
    for shard in configuration.shards:
        if instrument in shard.instruments and shard.timeframe in frames:
            return shard
    raise BadInputError(
        f"UNKNOWN_INSTRUMENT: account {account} gets no bars of {instrument}, so nothing could watch over a position"
    )


def _all_of(book: Book, held: SubPosition, key: str, ts: int, reason: str) -> Wanted:
    return Wanted(held.quantity, book.mark, reason, key, ts, strategy=held.strategy, whole=True)


def _timed(wanted: Wanted, shard: Shard) -> Wanted:
    """Return what is wanted with the end of its day, as the venue's calendar has it."""
    if wanted.terms.lifetime is not TimeInForce.DAY:
        return wanted
    ends = Calendar(CalendarName(shard.calendar)).next_close(wanted.ts)
    return replace(wanted, terms=replace(wanted.terms, expires=ends))


def _intent(book: Book, frame: Timeframe, wanted: Wanted, leg: Leg) -> OrderIntent:
    name, source, strategy = book.instrument, wanted.source, wanted.strategy
    return OrderIntent(
        id=intent_id(book.account, source, strategy, VERSION, frame, name, wanted.key, leg, leg, 0),
        account=book.account,
        source=source,
        strategy=strategy,
        strategy_version=VERSION,
        timeframe=frame,
        instrument=name,
        ts=wanted.ts,
        leg=leg,
        side=Side.BUY if leg is Leg.ENTRY else Side.SELL,
        quantity=wanted.quantity,
        reference_price=wanted.reference,
        stop=NOTHING,
        target=NOTHING,
        valid_until=wanted.ts + max(_VALID, frame.ms),
        assumed_version=book.version,
        reason=wanted.reason,
        trace=f"{source}@{wanted.key}",
        terms=wanted.terms,
        whole=wanted.whole,
    )


def _timeframe(configuration: Configuration, book: Book, strategy: str) -> Timeframe:
    """Return the timeframe that a sub-position's bars come in: its strategy's, or else the account's."""
    own = [one.timeframe for one in configuration.strategies if one.name == strategy and one.account == book.account]
    return own[0] if own else shard_of(configuration, book.account, book.instrument).timeframe

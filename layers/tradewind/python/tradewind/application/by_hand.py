"""Orders of people: past the signals, never past risk, and through the queue like every other."""

from tradewind.domain.configuration import Configuration
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import BY_HAND, NOTHING, Leg, OrderIntent, Side
from tradewind.domain.timeframe import MINUTE, Timeframe

VERSION = "1"
"""Stands where a strategy's version would."""

_VALID = 2 * MINUTE


def close_intents(configuration: Configuration, book: Book, key: str, ts: int, reason: str) -> list[OrderIntent]:
    """Return an exit of everything that a book holds, one for each strategy's own sub-position.

    Parameters
    ----------
    key : str
        Stands in the intents' ids where a strategy's have the bar: the same key is the same order.
    ts : int
        The environment's time, UTC ms.
    """
    frames = {one.strategy: _timeframe(configuration, book, one.strategy) for one in book.positions}
    return [_close(book, position, frames[position.strategy], key, ts, reason) for position in book.positions]


def _close(book: Book, position: SubPosition, timeframe: Timeframe, key: str, ts: int, reason: str) -> OrderIntent:
    name, strategy = book.instrument, position.strategy
    return OrderIntent(
        id=intent_id(book.account, BY_HAND, strategy, VERSION, timeframe, name, key, Leg.EXIT, Leg.EXIT, 0),
        account=book.account,
        source=BY_HAND,
        strategy=strategy,
        strategy_version=VERSION,
        timeframe=timeframe,
        instrument=name,
        ts=ts,
        leg=Leg.EXIT,
        side=Side.SELL,
        quantity=position.quantity,
        reference_price=book.mark,
        stop=NOTHING,
        target=NOTHING,
        valid_until=ts + max(_VALID, timeframe.ms),
        assumed_version=book.version,
        reason=reason,
        trace=f"manual@{key}",
    )


def _timeframe(configuration: Configuration, book: Book, strategy: str) -> Timeframe:
    """Return the timeframe that a sub-position's bars come in: its strategy's, or else its first shard's."""
    own = [one.timeframe for one in configuration.strategies if one.name == strategy and one.account == book.account]
    return own[0] if own else next(one.timeframe for one in configuration.shards if book.instrument in one.instruments)

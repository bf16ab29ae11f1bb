"""Orders of people that the exchange cannot hold, so that the executor has to watch them."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from tests.simulation import market
from tests.simulation.stage import Stage
from tests.venues.exchange import Exchange
from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order_terms import OrderKind, Terms

LOT = Decimal("0.001")


def wait_here(stage: Stage, exchange: Exchange) -> None:
    """Let a person place an exit beside a position's stop, or an entry of a kind that the exchange lacks."""
    books = [book for _, book in sorted(stage.world.items.books.items()) if book.positions]
    held = [(book, position) for book in books for position in book.positions if position.quantity >= LOT]
    name = stage.rng.choice(market.INSTRUMENTS)
    if held and stage.rng.random() < 0.8:
        _leave(stage, exchange, *stage.rng.choice(held))
    else:
        _enter(stage, exchange, name)


def _enter(stage: Stage, exchange: Exchange, name: InstrumentId) -> None:
    last, price = _prices(stage, exchange, name)
    kind = stage.rng.choice((OrderKind.TRAILING_STOP, OrderKind.TAKE_PROFIT))
    trails = kind is OrderKind.TRAILING_STOP
    terms = Terms(kind, trail=price("0.3")) if trails else Terms(kind, trigger=price("99.8"))
    wanted = Wanted(Decimal(5), last, "simulated", _key(stage), stage.world.scheduler.now, price("97"), terms=terms)
    book = stage.world.items.book(market.ACCOUNT, name)
    _send(stage, IntentMessage(entry_intent(stage.product.configuration, book, wanted)))


def _leave(stage: Stage, exchange: Exchange, book: Book, held: SubPosition) -> None:
    """Ask for all of a position, or for half of it, on one side of the price or the other."""
    last, price = _prices(stage, exchange, book.instrument)
    half = (held.quantity / 2 // LOT * LOT) or held.quantity
    terms = stage.rng.choice(
        (
            Terms(OrderKind.TRAILING_STOP, trail=price("0.3")),
            Terms(OrderKind.STOP, trigger=price("99.8")),
            Terms(OrderKind.STOP_LIMIT, trigger=price("99.8"), limit=price("99.5")),
            Terms(OrderKind.TAKE_PROFIT, trigger=price("100.2")),
            Terms(OrderKind.LIMIT, limit=price("100.2")),
        )
    )
    quantity, now = stage.rng.choice((half, held.quantity)), stage.world.scheduler.now
    wanted = Wanted(quantity, last, "simulated", _key(stage), now, terms=terms, strategy=held.strategy)
    _send(stage, IntentMessage(exit_intent(stage.product.configuration, book, wanted)))


def _prices(stage: Stage, exchange: Exchange, name: InstrumentId) -> tuple[Decimal, Callable[[str], Decimal]]:
    """Return the last price, and what gives a per cent of it on the tick."""
    last, rules = exchange.market.last(name.partition(".")[0]), stage.product.configuration.instrument(name)

    def price(percent: str) -> Decimal:
        return rules.price(rules.ticks(float(last * Decimal(percent) / 100)))

    return last, price


def _key(stage: Stage) -> str:
    return f"here-{stage.world.scheduler.now}-{stage.rng.randrange(10**6)}"


def _send(stage: Stage, message: IntentMessage) -> None:
    with suppress(TransientError):  # then nobody has asked for anything
        stage.world.queue.send([message])

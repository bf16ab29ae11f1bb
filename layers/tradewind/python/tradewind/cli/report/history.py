"""Everything that an environment recorded, read once for a report."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradewind.adapters.dynamodb import queries
from tradewind.application.apply_bars import account_of
from tradewind.cli.deployed import Deployed
from tradewind.cli.report.performance import EquityPoint, equity_curve, step_of
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING, Order
from tradewind.domain.slice import Slice


@dataclass(frozen=True, slots=True)
class History:
    """A consistent view once nothing is in flight.

    Attributes
    ----------
    slices : tuple of Slice
        Latest revisions of every shard, by time.
    """

    configuration: Configuration
    accounts: tuple[Account, ...]
    books: tuple[Book, ...]
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    slices: tuple[Slice, ...]

    @property
    def opening(self) -> Decimal:
        """What all accounts began with."""
        return sum((account.opening for account in self.accounts), NOTHING)

    @property
    def equity(self) -> Decimal:
        """Cash of all accounts and what they hold at the last marks."""
        cash = sum((account.cash for account in self.accounts), NOTHING)
        return cash + sum((book.value for book in self.books), NOTHING)

    @property
    def fees(self) -> Decimal:
        """What all accounts paid in fees."""
        return sum((account.fees for account in self.accounts), NOTHING)

    @property
    def bar_ms(self) -> int:
        """Length of the shortest bars, by which steps are told."""
        return min((shard.timeframe.ms for shard in self.configuration.shards), default=0)

    @property
    def bars(self) -> int:
        """How many bars the slices hold."""
        return sum(len(slice_.bars) for slice_ in self.slices)

    @property
    def steps(self) -> list[int]:
        """Every `ts_close`, ascending."""
        return sorted({slice_.ts_close for slice_ in self.slices})

    @property
    def traded_steps(self) -> list[int]:
        """Those after the warm-up."""
        return [ts for ts in self.steps if ts > self.configuration.trade_from]

    def marks(self) -> dict[InstrumentId, Decimal]:
        """Return every instrument's last close, on its tick."""
        last: dict[InstrumentId, Decimal] = {}
        for _, marks in self.marks_by_step():
            last.update(marks)
        return dict(sorted(last.items()))

    def marks_by_step(self) -> Iterator[tuple[int, Mapping[InstrumentId, Decimal]]]:
        """Yield (ts_close, closes on their ticks), ascending."""
        steps: dict[int, dict[InstrumentId, Decimal]] = {}
        for slice_ in self.slices:
            closes = {name: self._on_tick(name, bar.close) for name, bar in slice_.bars.items()}
            steps.setdefault(slice_.ts_close, {}).update(closes)
        yield from sorted(steps.items())

    def curve(self) -> list[EquityPoint]:
        """Return the equity of all accounts together after each traded step."""
        steps, rested = self.steps, {order.id for order in self.orders if order.rests}
        by_step: dict[int, list[Fill]] = {}
        for fill in self.fills if steps else ():
            by_step.setdefault(step_of(fill, steps, rested=fill.order_id in rested), []).append(fill)
        points = equity_curve(self.opening, by_step, self.marks_by_step())
        return [point for point in points if point.ts >= self.configuration.trade_from]

    def _on_tick(self, name: InstrumentId, close: float) -> Decimal:
        instrument = self.configuration.instrument(name)
        return instrument.price(instrument.ticks(close))


def read(deployed: Deployed) -> History:
    """Read an environment's tables."""
    configuration = deployed.configuration
    rules = configuration.accounts
    ledger = deployed.ledger
    found = [slice_ for shard in configuration.shards for slice_ in queries.slices(deployed.market, shard.name)]
    return History(
        configuration,
        tuple(account_of(queries.account(ledger, one.name), one) for one in rules),
        tuple(book for one in rules for book in queries.books(ledger, one.name)),
        tuple(order for one in rules for order in queries.orders(ledger, one.name)),
        tuple(fill for one in rules for fill in queries.fills(ledger, one.name)),
        tuple(sorted(found, key=lambda one: one.ts_close)),
    )


def decisions(deployed: Deployed) -> Iterable[DecisionRecord]:
    """Yield every decision record, shard by shard."""
    for shard in deployed.configuration.shards:
        yield from queries.decisions(deployed.market, shard.name)

"""A desk whose account sees bars, so that a person may order by hand."""

from dataclasses import replace
from decimal import Decimal

from tests.builders import STRATEGY
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import COINS, Desk
from tests.venues.trading import Pit
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Gates, Shard, StrategyRules
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe


class Trader(Desk):
    """A desk that knows what its venue takes at least: 10 dollars."""

    def __init__(self, at: Pit, **rules: Decimal) -> None:
        super().__init__(at)
        instrument = Instrument(self.name, Decimal("0.01"), Decimal("0.00001"), Decimal(10))
        self.configuration = replace(
            self.configuration,
            shards=(Shard("m", Timeframe.M1, "replay", (self.name,)),),
            strategies=(StrategyRules(STRATEGY, COINS, Timeframe.M1, {}, Gates(0.6, 0)),),
            instruments={self.name: replace(instrument, **rules)},  # type: ignore[arg-type]
        )

        def history(_: InstrumentId, __: Timeframe, ___: int, until: int) -> list[Bar]:
            last, ts = float(at.book.market.last(at.symbol)), until // MINUTE * MINUTE
            return [Bar(ts - MINUTE, ts, last, last, last, last, 1.0)]

        look = ApplyBars(self.configuration, self.ledger, history)
        none = ApplyBars(self.configuration, self.ledger, lambda *_: ())
        self.order = ExecuteOrder(self.configuration, self.ledger, {COINS: at.venue}, look, self.clock)
        self.execute = ExecuteMessage(none, self.order, FakePause())

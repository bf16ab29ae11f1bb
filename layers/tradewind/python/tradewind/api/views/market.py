"""Instruments, their bars with indicators, their order books, and how market data stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from tradewind.api.asking import FOREVER, Symbol, instrument_of, shards_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.market import (
    BarsDocument,
    BasicDocument,
    BookDocument,
    MarketStatus,
    OverdueDocument,
    ProviderDocument,
    ShardDataDocument,
    SymbolDocument,
    TickerDocument,
)
from tradewind.api.paging import Cursor, Limit, cursor_of, position_of
from tradewind.api.problems import Problem
from tradewind.application.bars_beside import bars_beside
from tradewind.domain.breaker import Breaker
from tradewind.domain.calendar import CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import OrderBook
from tradewind.domain.timeframe import Timeframe
from tradewind.indicators.base import Indicator
from tradewind.indicators.registry import indicators

Interval = Annotated[Timeframe | None, Query(description="1m, 5m, 15m, 1h, 4h, 1d; the shortest followed without it.")]
Since = Annotated[int, Query(alias="from", description="UTC ms; bars that closed after this time.", ge=0, le=FOREVER)]
Until = Annotated[int, Query(alias="to", description="UTC ms; bars that closed up to this time.", ge=0, le=FOREVER)]
Bars = Annotated[int, Query(description="The latest so many.", ge=1, le=2_000)]
Specs = Annotated[
    str | None, Query(alias="indicators", description="As rsi:14,ema:200; eight at most.", max_length=200)
]
Depth = Annotated[int, Query(description="Levels a side.", ge=1, le=100)]
_MOST = 8
_STEPS = 4
"""Timesteps in which the latest two closes are looked for: a stock's session may have ended a weekend ago."""


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = MarketView(desk)
    gateway.reads("/api/market-data/status", view.market_status, tag="Market")
    gateway.reads("/api/market-data/<symbol>", view.market_data, tag="Market")
    gateway.reads("/api/order-book/<symbol>", view.order_book, tag="Market")
    gateway.reads("/api/symbols", view.symbols, tag="Market", version=desk.seeing.rules)
    gateway.reads("/api/symbol/<symbol>/basic", view.symbol_basic, tag="Market")
    gateway.reads("/api/monitor/tickers", view.monitor_tickers, tag="Monitor")


@dataclass(frozen=True, slots=True)
class MarketView:
    """The market as it is known here."""

    desk: Desk

    def market_status(self) -> MarketStatus:
        """Show how fresh and how whole market data is, and how its providers stand."""
        now = self.desk.now()
        with self.desk.seeing.market(now):
            report = self.desk.market_standing(now)
        return MarketStatus(
            clock=self.desk.configuration.clock,
            now=now,
            shards=[
                ShardDataDocument(
                    shard=one.shard.name, timeframe=one.shard.timeframe, calendar=one.shard.calendar,
                    instruments=len(one.shard.instruments), latest=one.latest, due=one.due, overdue=one.overdue,
                    packed=one.packed, holes=one.holes,
                )
                for one in report.shards
            ],
            overdue=[
                OverdueDocument(
                    instrument=one.instrument, shard=one.shard, due=one.due, late_seconds=one.late // 1000,
                    reason=one.reason,
                )
                for one in report.overdue[:500]
            ],
            providers=list(map(_provider, report.providers)),
            failing=report.failing,
        )  # fmt: skip

    def market_data(
        self,
        symbol: Symbol,
        interval: Interval = None,
        since: Since = 0,
        until: Until = FOREVER,
        specs: Specs = None,
        limit: Bars = 500,
        cursor: Cursor = None,
    ) -> BarsDocument:
        """Show bars of an interval with indicators beside them, the latest ones first asked for, oldest first told."""
        name = instrument_of(self.desk, symbol)
        frame = interval or min((one.timeframe for one in shards_of(self.desk, name)), key=lambda one: one.ms)
        last = min(position_of(f"bars {name}", cursor, until), self._latest(name))
        built = _indicators(specs)
        found = bars_beside(self.desk.history, built, name, frame, since, last, limit, self._pace(name, frame))
        columns = list(zip(*(bar[2:] for bar in found.bars), strict=True)) or [()] * 5
        return BarsDocument(
            instrument=name,
            interval=frame,
            ts_open=[bar.ts_open for bar in found.bars],
            **dict(zip(("open", "high", "low", "close", "volume"), map(list, columns), strict=True)),
            indicators=found.columns,
            next=cursor_of(f"bars {name}", found.bars[0].ts_open) if found.more else None,
        )

    def order_book(self, symbol: Symbol, depth: Depth = 20) -> BookDocument:
        """Show what is offered at each price now, as the market itself says."""
        name = instrument_of(self.desk, symbol)
        book = self.desk.order_book(name)
        if book is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"nobody tells of an order book of {name}: recorded bars have none")
        return _book(book, depth)

    def symbols(self, limit: Limit = 100, cursor: Cursor = None) -> Page[SymbolDocument]:
        """List every instrument that is followed, with the steps of its price and quantity."""
        names = sorted(self.desk.configuration.instruments)
        start = position_of("symbols", cursor, 0)
        more = start + limit < len(names)
        return Page(
            items=[SymbolDocument(**self._symbol(name)) for name in names[start : start + limit]],
            next=cursor_of("symbols", start + limit) if more else None,
        )

    def symbol_basic(self, symbol: Symbol) -> BasicDocument:
        """Show one instrument's rules and its latest prices."""
        name = instrument_of(self.desk, symbol)
        return BasicDocument(**self._symbol(name), tickers=self._tickers(shards_of(self.desk, name), name))

    def monitor_tickers(self, limit: Limit = 100, cursor: Cursor = None) -> Page[TickerDocument]:
        """Show the latest close of every instrument, shard by shard."""
        start = position_of("tickers", cursor, [0, 0])
        items: list[TickerDocument] = []
        shards = self.desk.configuration.shards
        with self.desk.seeing.bars(shards[start[0] :], _STEPS):
            for n in range(start[0], len(shards)):
                for at, row in enumerate(_rows(self.desk, shards[n], None)):
                    if (n, at) < tuple(start):
                        continue
                    if len(items) == limit:
                        return Page(items=items, next=cursor_of("tickers", [n, at]))
                    items.append(row)
        return Page(items=items)

    def _latest(self, name: InstrumentId) -> int:
        return max((self.desk.slices.latest(one.name) for one in shards_of(self.desk, name)), default=0)

    def _pace(self, name: InstrumentId, frame: Timeframe) -> float:
        """Return how many bar lengths lie between two bars, with what a market that closes leaves out."""
        if shards_of(self.desk, name)[0].calendar == CalendarName.ALWAYS:
            return 1.0
        return 1.55 if frame is Timeframe.D1 else 6.0

    def _symbol(self, name: InstrumentId) -> dict[str, Any]:
        rules, (symbol, _, venue) = self.desk.configuration.instrument(name), name.rpartition(".")
        frames = sorted({one.timeframe for one in shards_of(self.desk, name)}, key=lambda one: one.ms)
        steps = {"tick": rules.tick, "lot": rules.lot, "minimum_notional": rules.minimum_notional}
        return {"instrument": name, "symbol": symbol, "venue": venue, "intervals": frames, **steps}

    def _tickers(self, shards: Sequence[Shard], only: InstrumentId) -> list[TickerDocument]:
        with self.desk.seeing.bars(shards, _STEPS):
            return [row for shard in shards for row in _rows(self.desk, shard, only)]


def _rows(desk: Desk, shard: Shard, only: InstrumentId | None) -> list[TickerDocument]:
    latest = desk.slices.latest(shard.name)
    if not latest:
        return []
    every = desk.slices.between(shard.name, latest - _STEPS * shard.timeframe.ms, latest)
    found = list({one.ts_close: one for one in every}.values())  # of each timestep the latest revision
    rows = []
    for name in [only] if only else shard.instruments:
        bars = [one.bars[name] for one in found if name in one.bars][-2:]
        if not bars:
            continue
        before = bars[0].close if len(bars) > 1 else None
        rows.append(
            TickerDocument(
                instrument=name, shard=shard.name, ts=bars[-1].ts_close, close=bars[-1].close, before=before,
                change=bars[-1].close / before - 1 if before else None, volume=bars[-1].volume,
            )
        )  # fmt: skip
    return rows


def _indicators(specs: str | None) -> tuple[Indicator, ...]:
    if not specs:
        return ()
    built = indicators(specs)
    if len(built) > _MOST:
        raise BadInputError(f"ask for {_MOST} indicators at most")
    return built


def _provider(one: Breaker) -> ProviderDocument:
    return ProviderDocument(
        provider=one.provider,
        breaker=one.state,
        failures=one.failures,
        since=one.opened,
        until=one.until,
        reason=one.reason,
    )


def _book(book: OrderBook, depth: int) -> BookDocument:
    both = book.bids and book.asks
    return BookDocument(
        instrument=book.instrument,
        ts=book.ts,
        bids=[(one.price, one.quantity) for one in book.bids[:depth]],
        asks=[(one.price, one.quantity) for one in book.asks[:depth]],
        spread=book.asks[0].price - book.bids[0].price if both else None,
    )

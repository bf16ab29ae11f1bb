"""How well paper prices: every taker of a recorded session of Binance, priced by the paper venue a moment before.

The session is depth, best quotes and trades of BTC-USDT as they came in. Trades of one millisecond and one side are one
taker's order; what it paid on average is the truth. The model sees the order book of a moment before; fixed slippage
sees the last trade. Fees are held against Binance's schedule, a tenth of a per cent of what was paid.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.figures import Figure
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.order import Side
from tradewind.execution.paper import fee
from tradewind.execution.pricing import Seen, priced

SESSION = Path(__file__).parents[2] / "shared/data/api/binance/hftbacktest/spot_btcusdt_20240808_ws.txt.gz"
INSTRUMENT = Instrument(InstrumentId("BTC-USDT.BINANCE"), Decimal("0.01"), Decimal("0.00001"))
FIXED = 1
"""Basis points of fixed slippage: the least that can be configured."""
SCHEDULE = Decimal("0.001")
_LEVELS = 50
_BEFORE = 5_000_000
"""Nanoseconds before a trade came in at which its order is priced: the book of then has not seen it."""


class Taker(NamedTuple):
    """One order that took: when its trades came in (ns), its side, its quantity and what it paid on average."""

    at: int
    side: Side
    quantity: Decimal
    average: Decimal
    notional: Decimal


@dataclass
class Book:
    """The order book as the session tells it."""

    sides: dict[str, dict[Decimal, Decimal]] = field(default_factory=lambda: {"b": {}, "a": {}})
    seen: int = 0

    def take(self, row: dict[str, Any]) -> None:
        """Take a snapshot, a change of depth or a best quote."""
        if "lastUpdateId" in row:
            self.seen = row["lastUpdateId"]
            self._set("b", row["bids"])
            self._set("a", row["asks"])
        elif "bids" not in row and row.get("e") == "depthUpdate" and row["u"] > self.seen:
            self._set("b", row["b"])
            self._set("a", row["a"])
        elif "B" in row and row["u"] > self.seen:
            self._quote(Decimal(row["b"]), Decimal(row["B"]), Decimal(row["a"]), Decimal(row["A"]))

    def _set(self, side: str, rows: list[list[str]]) -> None:
        for price, quantity in rows:
            self._put(side, Decimal(price), Decimal(quantity))

    def _put(self, side: str, price: Decimal, quantity: Decimal) -> None:
        self.sides[side].pop(price, None)
        if quantity:
            self.sides[side][price] = quantity

    def _quote(self, bid: Decimal, bids: Decimal, ask: Decimal, asks: Decimal) -> None:
        """Let nothing better stand than the best."""
        self.sides["b"] = {price: one for price, one in self.sides["b"].items() if price < bid} | {bid: bids}
        self.sides["a"] = {price: one for price, one in self.sides["a"].items() if price > ask} | {ask: asks}

    def shown(self, ts: int) -> OrderBook:
        """Return it as the product has it."""
        bids, asks = sorted(self.sides["b"], reverse=True)[:_LEVELS], sorted(self.sides["a"])[:_LEVELS]
        made = (
            [BookLevel(price, self.sides[side][price]) for price in prices]
            for side, prices in (("b", bids), ("a", asks))
        )
        return OrderBook(INSTRUMENT.id, ts, *map(tuple, made))


def measure() -> list[Figure]:
    """Price every taker of the session; nothing where it is not at hand."""
    if not SESSION.exists():
        return []
    ours, fixed, spreads, takers = [], [], [], 0
    for taker, book, last in _scenes():
        ts = taker.at // 1_000_000
        model = priced(Seen(last, ts, book), taker.side, taker.quantity, INSTRUMENT, FIXED, ts).price
        blind = priced(Seen(last, ts), taker.side, taker.quantity, INSTRUMENT, FIXED, ts).price
        ours.append(abs(model - taker.average))
        fixed.append(abs(blind - taker.average))
        spreads.append(book.asks[0].price - book.bids[0].price)
        takers += 1
        charged = fee(taker.notional, int(SCHEDULE * 10_000))
        if charged != (taker.notional * SCHEDULE).quantize(Decimal("0.00000001")):
            raise RuntimeError(f"a fee of {charged} on {taker.notional} is not the schedule's")
    half = median(spreads) / 2
    return [
        Figure("paper fidelity: takers priced", takers, ""),
        Figure("paper fidelity: median error over half the spread", float(median(ours) / half), "times", 1.0),
        Figure(
            "paper fidelity: median error over that of fixed slippage",
            float(median(ours) / median(fixed)),
            "times",
            1.0,
        ),
        Figure("paper fidelity: mean error over that of fixed slippage", float(sum(ours) / sum(fixed)), "times", 1.0),
        Figure("paper fidelity: fees that are not the schedule's", 0, "", 0),
    ]


def _scenes() -> Iterator[tuple[Taker, OrderBook, Decimal]]:
    """Yield each taker with the book of a moment before it, and the trade before it."""
    rows = list(_rows())
    takers = list(_takers([(at, row) for at, row in rows if row.get("e") == "trade"]))
    told = iter([(at, row) for at, row in rows if row.get("e") != "trade"])
    book, coming = Book(), next(told)
    last = Decimal(0)
    for taker in takers:
        while coming and coming[0] <= taker.at - _BEFORE:
            book.take(coming[1])
            coming = next(told, None)  # type: ignore[assignment]
        if book.seen and last and book.sides["a"] and book.sides["b"]:
            yield taker, book.shown(taker.at // 1_000_000), last
        last = taker.average.quantize(INSTRUMENT.tick)


def _takers(trades: list[tuple[int, dict[str, Any]]]) -> Iterator[Taker]:
    for (_, maker_bought), group in groupby(trades, key=lambda one: (one[1]["T"], one[1]["m"])):
        found = list(group)
        parts = [(Decimal(row["p"]), Decimal(row["q"])) for _, row in found]
        quantity, notional = sum(q for _, q in parts), sum(p * q for p, q in parts)
        side = Side.SELL if maker_bought else Side.BUY
        yield Taker(found[0][0], side, Decimal(quantity), Decimal(notional) / Decimal(quantity), Decimal(notional))


def _rows() -> Iterator[tuple[int, dict[str, Any]]]:
    with gzip.open(SESSION, "rt") as lines:
        for line in lines:
            at, _, text = line.partition(" ")
            if text.strip():
                row = json.loads(text)
                yield int(at), row.get("data", row)

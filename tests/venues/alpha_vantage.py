"""Alpha Vantage's interface: https://www.alphavantage.co/documentation."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from tests.venues.market import VOLUME, Row
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import DAY, Timeframe

_FRAMES = {
    "1min": Timeframe.M1,
    "5min": Timeframe.M5,
    "15min": Timeframe.M15,
    "60min": Timeframe.H1,
}
_NEW_YORK = ZoneInfo("America/New_York")
_COMPACT = 100
_NAMES = ("1. open", "2. high", "3. low", "4. close", "5. volume")


class AlphaVantage(Venue):
    name: ClassVar[str] = "alpha_vantage"

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /query": self.query}

    def too_many(self, seconds: float) -> Reply:
        said = "We have detected your API key as DEMO and our standard API rate limit is 25 requests per day."
        return ok({"Information": said})

    def query(self, request: Request, _: re.Match[str]) -> Reply:
        function = request.query["function"]
        if function == "LISTING_STATUS":
            return self._listing()
        if request.query.get("symbol") not in self.market.symbols:
            said = "Invalid API call. Please retry or visit the documentation."
            return ok({"Global Quote": {}} if function == "GLOBAL_QUOTE" else {"Error Message": said})
        return self._quote(request) if function == "GLOBAL_QUOTE" else self._series(request)

    def _series(self, request: Request) -> Reply:
        interval = request.query.get("interval", "")
        frame, now = _FRAMES.get(interval, Timeframe.D1), self.market.clock()
        symbol, month = request.query["symbol"], request.query.get("month")
        if request.query.get("outputsize", "compact") == "compact":
            rows = self.market.rows(symbol, frame, now - 2 * _COMPACT * frame.ms, now)[-_COMPACT:]
        else:
            rows = self.market.rows(symbol, frame, *(_month(month) if month else (now - 3_000 * DAY, now)))
        if request.query.get("datatype") == "csv":
            table = "\r\n".join(",".join([local(row, frame), *row[1:6]]) for row in reversed(rows))
            head = "timestamp,open,high,low,close,volume\r\n"
            return Reply(200, (head + table).encode(), {"Content-Type": "application/x-download"})
        name = f"Time Series ({interval})" if interval else "Time Series (Daily)"
        zone = "6. Time Zone" if interval else "5. Time Zone"
        series = {local(row, frame): dict(zip(_NAMES, row[1:6], strict=True)) for row in reversed(rows)}
        return ok({"Meta Data": {"2. Symbol": symbol, zone: "US/Eastern"}, name: series})

    def _quote(self, request: Request) -> Reply:
        symbol = request.query["symbol"]
        last, day = str(self.market.last(symbol)), datetime.fromtimestamp(self.market.clock() / 1000, UTC)
        quote = {
            "01. symbol": symbol,
            "05. price": last,
            "06. volume": str(VOLUME),
            "07. latest trading day": f"{day:%Y-%m-%d}",
        }
        return ok({"Global Quote": quote})

    def _listing(self) -> Reply:
        rows = [f"{symbol},{symbol} Inc,NASDAQ,Stock,1999-11-18,null,Active" for symbol in self.market.symbols]
        head = "symbol,name,exchange,assetType,ipoDate,delistingDate,status"
        return Reply(200, "\r\n".join([head, *rows, ""]).encode(), {"Content-Type": "application/x-download"})


def local(row: Row, frame: Timeframe) -> str:
    if frame is Timeframe.D1:
        return f"{datetime.fromtimestamp(row.ts / 1000, UTC):%Y-%m-%d}"
    return f"{datetime.fromtimestamp(row.ts / 1000, _NEW_YORK):%Y-%m-%d %H:%M:%S}"


def _month(text: str) -> tuple[int, int]:
    year, month = map(int, text.split("-"))
    first, after = (datetime(*start, 1, tzinfo=_NEW_YORK) for start in ((year, month), _next(year, month)))
    return int(first.timestamp()) * 1000, int(after.timestamp()) * 1000 - 1


def _next(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < 12 else (year + 1, 1)

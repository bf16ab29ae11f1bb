"""A way to make a served venue misbehave from outside: for drills on a deployed stack.

curl -X POST URL/-/faults -d '[{"kind": "hang_up", "times": -1}]'    what goes wrong from now on
curl -X POST URL/-/faults -d '[]'                                    nothing any more
curl -X POST URL/-/scale  -d '{"factor": "1.3"}'                     prices that are plausible and wrong
curl URL/-/requests                                                  how often each path was asked for
"""

import json
import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.venues.faults import Fault
from tests.venues.market import Row, Source
from tests.venues.server import Handler, Reply, Request, Venue, ok
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True)
class Scaled(Source):
    """Another source's bars with every price multiplied."""

    source: Source
    factor: Decimal

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        row = self.source.row(symbol, timeframe, ts)
        if row is None:
            return None
        o, h, low, c = (str(Decimal(price) * self.factor) for price in row[1:5])
        return Row(ts, o, h, low, c, row.volume)


@dataclass
class Control:
    """The side of a venue that its tormentor uses; nothing goes wrong with it."""

    venue: Venue

    def routes(self) -> Mapping[str, Handler]:
        return {"POST /-/faults": self.faults, "POST /-/scale": self.scale, "GET /-/requests": self.requests}

    def faults(self, request: Request, _: re.Match[str]) -> Reply:
        told: list[dict[str, Any]] = json.loads(request.body)
        self.venue.faults = deque(Fault(**{**one, "body": one.get("body", "").encode()}) for one in told)
        return ok({"faults": len(told)})

    def scale(self, request: Request, _: re.Match[str]) -> Reply:
        market = self.venue.market
        honest = market.source.source if isinstance(market.source, Scaled) else market.source
        factor = Decimal(json.loads(request.body)["factor"])
        market.source = honest if factor == 1 else Scaled(honest, factor)
        return ok({"factor": str(factor)})

    def requests(self, *_: Any) -> Reply:
        paths = Counter(one.path for one in self.venue.requests if not one.path.startswith("/-/"))
        refused = self.venue.limit.refused if self.venue.limit else 0
        return ok({"paths": paths, "refused": refused})

"""Venues each of which lacks some kind of order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.fakes.venue import FakeExchangeVenue
from tests.unit.application.at_venue.desk import Desk
from tests.unit.application.held_here.scene import K
from tests.venues.trading import pit


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        if isinstance(at.venue, FakeExchangeVenue):
            at.venue.facts = replace(at.venue.facts, kinds=frozenset({K.MARKET, K.LIMIT, K.STOP}))
        yield Desk(at)

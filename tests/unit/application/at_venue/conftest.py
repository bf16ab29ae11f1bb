"""The venues that every test here meets: all of them, or those whose answers can be lost on the way."""

from collections.abc import Iterator

import pytest

from tests.unit.application.at_venue.desk import Desk
from tests.unit.application.at_venue.trader import Trader
from tests.venues.trading import pit


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        yield Desk(at)


@pytest.fixture(params=["kraken", "bybit"])
def served(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        yield Desk(at)


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def trader(request: pytest.FixtureRequest) -> Iterator[Trader]:
    with pit(request.param) as at:
        yield Trader(at)

"""Whose balances every test here compares: those of all venues, or of the fake one."""

from collections.abc import Iterator

import pytest

from tests.unit.application.at_venue.desk import Desk
from tests.unit.application.office import Office
from tests.venues.trading import pit


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with pit(request.param) as at:
        yield Office(Desk(at))


@pytest.fixture
def fake() -> Iterator[Office]:
    with pit("fake") as at:
        yield Office(Desk(at))

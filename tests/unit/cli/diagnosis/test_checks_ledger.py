"""What `doctor` asks of stops: over every whole lot that is held, with what they have left."""

from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.builders import ACME, PAPER, book, configuration, entry, held
from tradewind.cli.diagnosis.checks_ledger import CHECKS
from tradewind.cli.diagnosis.patient import Patient
from tradewind.domain.ledger import Book
from tradewind.domain.order import Leg, Side

STOP = entry(leg=Leg.STOP, side=Side.SELL, price=Decimal(95), reserved=Decimal(0))


@dataclass
class Known(Patient):
    """A patient of whom only the books are looked at."""

    held: tuple[Book, ...] = ()

    @property
    def books(self) -> dict[str, tuple[Book, ...]]:
        return {PAPER: self.held}


def said(stop: dict[str, Any], quantity: str) -> list[str]:
    one = book(replace(STOP, **stop), positions=[replace(held(), quantity=Decimal(quantity))])
    (check,) = (one for one in CHECKS if one.name == "stops are right-sized")
    deployed: Any = SimpleNamespace(configuration=configuration())
    return list(check.look(Known(deployed, (one,))))


@pytest.mark.parametrize(
    ("stop", "quantity"),
    [({}, "10"), ({}, "10.4"), ({"quantity": Decimal(13), "filled": Decimal(3)}, "10")],
    ids=["over all", "but for dust", "filled in part"],
)
def test_a_stop_over_every_whole_lot_is_right(stop: dict[str, Any], quantity: str) -> None:
    assert said(stop, quantity) == []


def test_a_stop_over_less_or_more_is_told() -> None:
    assert said({}, "12") == [f"{PAPER} {ACME}: 12 held, the stop sells 10"]
    assert said({}, "9") == [f"{PAPER} {ACME}: 9 held, the stop sells 10"]

"""What a person is told of a limit is what the rule that denies goes by."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME
from tradewind.application.limits_used import limits_used
from tradewind.domain.configuration import Limits
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Control, Stake
from tradewind.risk.daily_loss import daily_loss
from tradewind.risk.drawdown import drawdown
from tradewind.risk.open_positions import open_positions
from tradewind.risk.request import Denial, RiskRequest
from tradewind.risk.strategy_exposure import strategy_exposure

DAY = 7
LIMITS = Limits(open_positions=2, strategy_exposure=Decimal("0.3"), drawdown=Decimal("0.1"))
HELD, WAITING = (
    Stake(1, Decimal(9_000), Decimal(0), {"one": Decimal(9_000)}),
    Stake(2, Decimal(0), Decimal(20_000), {"one": Decimal(20_000)}),
)
ACCOUNT = Account(
    "paper",
    Decimal(100_000),
    Decimal(85_000),
    realised=Decimal(-6_000),
    realised_today=Decimal(-6_000),
    day=DAY,
    peak=Decimal(5_000),
    stakes={InstrumentId("A.X"): HELD, InstrumentId("B.X"): WAITING},
)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("open_positions", open_positions),
        ("daily_loss", daily_loss),
        ("drawdown", drawdown),
        ("strategy_exposure", strategy_exposure),
    ],
)
def test_a_limit_is_told_as_the_rule_goes_by_it(name: str, rule: Callable[[RiskRequest], Denial | None]) -> None:
    told = {one.name: one for one in limits_used(ACCOUNT, LIMITS, DAY)}[name]
    adds = Decimal(1) if name in {"open_positions", "strategy_exposure"} else Decimal(0)

    denial = rule(RiskRequest(ACCOUNT, Control(), LIMITS, InstrumentId(ACME), adds, DAY, "one"))

    assert denial is not None
    assert (told.used + adds, told.most) == (denial.value, denial.limit)


def test_a_limit_that_is_not_set_is_not_told_of() -> None:
    names = [one.name for one in limits_used(replace(ACCOUNT, stakes={}), Limits(), DAY)]

    assert names == ["open_positions", "exposure", "instrument_exposure", "daily_loss", "cash"]

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, BOLT, CORE, account
from tradewind.domain.configuration import Limits
from tradewind.domain.ledger import Control, Stake, TradingState, letters_part
from tradewind.risk.cash import cash
from tradewind.risk.daily_loss import daily_loss
from tradewind.risk.exposure import account_exposure, instrument_exposure
from tradewind.risk.limits import RULES, check
from tradewind.risk.open_positions import open_positions
from tradewind.risk.request import Denial, RiskRequest
from tradewind.risk.trading_state import trading_state

TODAY = 7


def stake(exposure: int, reserved: int = 0) -> Stake:
    return Stake(1, Decimal(exposure), Decimal(reserved))


def request(reserved: int | str = 1_000, **changes: Any) -> RiskRequest:
    """Return a request for ACME on an account of 100,000 that holds nothing."""
    made = RiskRequest(account(), Control(), Limits(), ACME, Decimal(reserved), TODAY)
    return replace(made, **changes)


def code(denial: Denial | None) -> str:
    return denial.code if denial else ""


# ── the kill switch ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (TradingState.NORMAL, ""),
        (TradingState.REDUCING, "KILL_SWITCH_REDUCING"),
        (TradingState.HALTED, "KILL_SWITCH_HALTED"),
    ],
)
def test_new_risk_needs_normal_trading(state: TradingState, said: str) -> None:
    assert code(trading_state(request(control=Control(state)))) == said


def test_new_risk_waits_for_the_dead_letters_of_its_own_instrument() -> None:
    parts = {letters_part(ACME): TradingState.REDUCING}

    denial = check(request(control=Control(parts=parts)))

    assert str(denial) == "DEAD_LETTER: a message of ACME.TEST could not be executed: `tradewind dlq list` says why"
    assert check(request(control=Control(parts=parts), instrument=BOLT)) is None


# ── the day's loss ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("lost", "said"), [("4999.99", ""), ("5000.00", "DAILY_LOSS"), ("5000.01", "DAILY_LOSS")])
def test_the_day_ends_when_its_loss_reaches_the_limit(lost: str, said: str) -> None:
    loss = -Decimal(lost)
    down = account(realised=loss, cash=Decimal(100_000) + loss, day=TODAY, realised_today=loss)

    assert code(daily_loss(request(account=down))) == said


def test_the_limit_is_of_the_equity_that_the_day_began_with() -> None:
    """50,000 was lost before today, so 5 % of the remaining 50,000 may be lost today."""
    down = account(realised=Decimal(-52_500), day=TODAY, realised_today=Decimal(-2_500))

    denial = daily_loss(request(account=down))

    assert denial == Denial("DAILY_LOSS", Decimal(2_500), Decimal(2_500))


def test_yesterday_s_loss_and_today_s_gain_deny_nothing() -> None:
    yesterday = account(realised=Decimal(-20_000), day=TODAY - 1, realised_today=Decimal(-20_000))
    gained = account(realised=Decimal(20_000), day=TODAY, realised_today=Decimal(20_000))

    assert daily_loss(request(account=yesterday)) is None
    assert daily_loss(request(account=gained)) is None


def test_an_account_without_equity_takes_no_new_risk() -> None:
    assert code(daily_loss(request(account=account(realised=Decimal(-100_000))))) == "DAILY_LOSS"


# ── open positions ───────────────────────────────────────────────────────────────────────────────────────────────


def test_one_instrument_more_than_the_limit_is_denied() -> None:
    two = account(stakes={BOLT: stake(1), CORE: stake(0, 1)})  # a working entry counts like a position

    assert open_positions(request(account=two, limits=Limits(open_positions=3))) is None
    assert open_positions(request(account=two, limits=Limits(open_positions=2))) == Denial(
        "MAX_OPEN_POSITIONS", Decimal(3), Decimal(2)
    )


def test_an_instrument_that_is_held_already_takes_no_further_place() -> None:
    two = account(stakes={ACME: stake(1), BOLT: stake(1)})

    assert open_positions(request(account=two, limits=Limits(open_positions=2))) is None


# ── exposure ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("reserved", "said"), [("25000", ""), ("25000.01", "MAX_INSTRUMENT_EXPOSURE")])
def test_one_instrument_may_take_a_quarter_and_no_more(reserved: str, said: str) -> None:
    assert code(instrument_exposure(request(reserved))) == said


def test_what_is_held_and_reserved_in_the_instrument_counts_and_the_rest_does_not() -> None:
    staked = account(stakes={ACME: stake(10_000, 10_000), BOLT: stake(90_000)})

    assert instrument_exposure(request(5_000, account=staked)) is None
    assert instrument_exposure(request(5_001, account=staked)) == Denial(
        "MAX_INSTRUMENT_EXPOSURE", Decimal(25_001), Decimal("25000.00")
    )


def test_the_whole_account_may_be_invested_and_no_more() -> None:
    staked = account(stakes={BOLT: stake(60_000, 20_000)})

    assert account_exposure(request(20_000, account=staked)) is None
    assert code(account_exposure(request(20_001, account=staked))) == "MAX_EXPOSURE"


def test_exposure_is_measured_against_equity_at_cost() -> None:
    down = account(realised=Decimal(-50_000))

    assert account_exposure(request(50_000, account=down)) is None
    assert code(account_exposure(request(50_001, account=down))) == "MAX_EXPOSURE"


# ── cash ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_paid_from_cash_that_no_other_entry_has_reserved() -> None:
    staked = account(cash=Decimal(10_000), stakes={BOLT: stake(90_000, 4_000)})

    assert cash(request(6_000, account=staked)) is None
    assert cash(request("6000.01", account=staked)) == Denial("INSUFFICIENT_CASH", Decimal("6000.01"), Decimal(6_000))


# ── together ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_denial_is_the_one_that_a_person_would_want_to_hear_first() -> None:
    hopeless = request(
        10**9, control=Control(TradingState.HALTED), account=account(realised=Decimal(-100_000)),
        limits=Limits(open_positions=0),
    )  # fmt: skip
    heard = []
    for cured in (
        {},
        {"control": Control()},
        {"account": account()},
        {"limits": Limits()},
        {"limits": Limits(instrument_exposure=Decimal(10**9))},
        {"limits": Limits(instrument_exposure=Decimal(10**9), exposure=Decimal(10**9))},
        {"reserved": Decimal(1)},
    ):
        hopeless = replace(hopeless, **cured)
        heard.append(code(check(hopeless)))

    assert heard == [
        "KILL_SWITCH_HALTED", "DAILY_LOSS", "MAX_OPEN_POSITIONS", "MAX_INSTRUMENT_EXPOSURE", "MAX_EXPOSURE",
        "INSUFFICIENT_CASH", "",
    ]  # fmt: skip


def test_a_denial_reads_with_its_numbers() -> None:
    denial = Denial("MAX_EXPOSURE", Decimal("5.00000000"), Decimal("4.130000"))

    assert str(denial) == "MAX_EXPOSURE: 5 would be invested in all, and 4.13 is the most"
    close = replace(denial, value=Decimal("4.1310"))
    assert str(close) == "MAX_EXPOSURE: 4.131 would be invested in all, and 4.13 is the most"


amounts = st.integers(0, 120_000)


@given(amounts, st.lists(st.tuples(amounts, amounts), max_size=4), st.integers(-60_000, 60_000), st.integers(0, 9_000))
def test_less_is_never_denied_where_more_is_allowed(
    reserved: int, stakes: list[tuple[int, int]], realised: int, less: int
) -> None:
    """Every rule is monotonic: what makes the desk's prudent account an upper bound of whatever the executor finds."""
    held = dict(zip((ACME, BOLT, CORE), (stake(*one) for one in stakes), strict=False))
    cost = sum((one.exposure for one in held.values()), Decimal(0))
    prudent = account(
        cash=Decimal(100_000) + realised - cost, realised=Decimal(realised), realised_today=Decimal(realised),
        day=TODAY, stakes=held,
    )  # fmt: skip
    asked = request(reserved, account=prudent)
    gained = replace(
        prudent,
        cash=prudent.cash + less,
        realised=prudent.realised + less,
        realised_today=prudent.realised_today + less,
    )
    freed = replace(prudent, stakes=dict(list(held.items())[:-1]), cash=prudent.cash + 0)
    for rule in RULES:
        if rule(asked) is None:
            assert rule(replace(asked, reserved=Decimal(max(0, reserved - less)))) is None
            assert rule(replace(asked, account=gained)) is None
            assert rule(replace(asked, account=freed)) is None

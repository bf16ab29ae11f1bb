"""Limits on what one strategy, one minute and one order may take, on how far an account may fall, and on repeats."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import ACME, BOLT, account, book, day, entry, held
from tradewind.application.allotment import prudent
from tradewind.domain.configuration import Limits
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Control, Stake
from tradewind.domain.order import BY_HAND, BY_STRATEGY
from tradewind.domain.repeats import fingerprint
from tradewind.domain.timeframe import MINUTE
from tradewind.execution import transactions
from tradewind.risk.limits import check
from tradewind.risk.request import RiskRequest

TS = 10 * MINUTE
NONE = Decimal(0)
FELL = (
    "MAX_DRAWDOWN: the account is 22000 below its peak, and 22000 is the most: "
    "it lasts until that is earned back or the limit is raised"
)
OVER = "MAX_STRATEGY_EXPOSURE: 10001 would be in this strategy, and 10000 is the most"
FOURTH = "ORDER_RATE: it would be entry 4 of this minute, and 3 is the most"


def asked(limits: dict[str, Any], **changes: Any) -> str:
    made = RiskRequest(account(), Control(), Limits(**limits), ACME, Decimal(1_000), 0, "dipper", now=TS, ts=TS)
    return str(check(replace(made, **changes)) or "")


def closing(realised: int) -> Fill:
    return Fill.of(entry(), 1, Decimal(10), Decimal(100), NONE, Decimal(realised), TS)


def share(strategy: str, amount: int) -> Stake:
    return Stake(1, Decimal(amount), NONE, {strategy: Decimal(amount)})


@pytest.mark.parametrize(
    ("case", "stake", "said"),
    [
        ("up to the limit", share("dipper", 9_000), ""),
        ("one cent over", share("dipper", 9_001), OVER),
        ("another strategy's", share("rider", 50_000), ""),
    ],
)
def test_a_strategy_ties_up_no_more_than_its_share(case: str, stake: Stake, said: str) -> None:
    limits = {"strategy_exposure": Decimal("0.1")}
    assert asked(limits, account=account(stakes={BOLT: stake})) == said, case
    assert asked({}, account=account(stakes={BOLT: stake})) == ""


@pytest.mark.parametrize(
    ("realised", "said"),
    [("4000", ""), ("-11999.99", ""), ("-12000", FELL)],
)
def test_an_account_that_fell_too_far_from_its_peak_takes_no_new_risk(realised: str, said: str) -> None:
    fallen = account(realised=Decimal(realised), peak=Decimal(10_000))
    assert asked({"drawdown": Decimal("0.2")}, account=fallen) == said
    assert asked({}, account=fallen) == ""


@pytest.mark.parametrize(
    ("minute", "sent", "said"),
    [(10, 2, ""), (10, 3, FOURTH), (9, 3, ""), (11, 3, FOURTH)],
)
def test_so_many_entries_a_minute_and_a_late_one_does_not_count_in_an_older(minute: int, sent: int, said: str) -> None:
    assert asked({"orders_per_minute": 3}, account=account(minute=minute, sent=sent)) == said


def test_one_order_is_worth_no_more_than_so_much() -> None:
    assert asked({"order_notional": Decimal(1_000)}) == ""
    said = "MAX_ORDER_NOTIONAL: it would tie up 1000, and 999.99 is the most for one order"
    assert asked({"order_notional": Decimal("999.99")}) == said


def test_a_repeat_under_another_key_is_one_for_ten_seconds() -> None:
    order = entry(source=BY_HAND, created=TS)
    known = account(lately=((TS, fingerprint(order)),))
    other = fingerprint(replace(order, quantity=Decimal(11)))

    said = asked({}, account=known, now=TS + 9_999, fingerprint=fingerprint(order))
    assert said.startswith("DUPLICATE_ORDER: the same was ordered 10 s ago under another key")
    assert asked({}, account=known, now=TS + 10_000, fingerprint=fingerprint(order)) == ""
    assert asked({}, account=known, now=TS + 1, fingerprint=other) == ""
    assert asked({}, account=known, now=TS + 1) == ""


def test_a_clock_ahead_of_ours_is_denied_whoever_decided() -> None:
    assert asked({}, ts=TS + 5_000) == ""
    assert asked({}, ts=TS + 5_001).startswith("CLOCK_SKEW: ")


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_are_counted_in_their_minute_and_only_people_s_are_remembered() -> None:
    after = account()
    for source, created in ((BY_STRATEGY, TS), (BY_HAND, TS + 1), (BY_HAND, TS - MINUTE)):
        after = transactions.submit(after, book(), entry(source=source, created=created), created).account
    assert (after.minute, after.sent, len(after.lately)) == (10, 3, 2)

    later = transactions.submit(after, book(), entry(source=BY_HAND, created=TS + MINUTE), TS + MINUTE).account
    assert (later.minute, later.sent, [ts for ts, _ in later.lately]) == (11, 1, [TS + MINUTE])


def test_a_book_tells_what_each_strategy_ties_up() -> None:
    mine, theirs = held(), replace(held(), strategy="rider", cost=Decimal(70))
    both = book(entry(), positions=(mine, theirs))
    after = transactions.submit(account(), both, entry(id="x"), TS).account

    assert both.shares == {"dipper": mine.cost + Decimal(1050), "rider": Decimal(70)}
    assert after.stakes[ACME].shares == {"dipper": mine.cost + Decimal(2100), "rider": Decimal(70)}


@pytest.mark.parametrize("order", [(500, -300), (-300, 500)])
def test_a_peak_is_what_stood_before_a_bar_so_that_no_order_of_its_fills_counts(order: tuple[int, int]) -> None:
    after = account()
    for amount in order:
        after = transactions.written(after, None, 0, (), (closing(amount),), day(2)).account
    assert (after.peak, after.realised, after.booked) == (NONE, Decimal(200), day(2))

    later = transactions.written(after, None, 0, (), (closing(-50),), day(3)).account
    assert (later.peak, later.realised) == (Decimal(200), Decimal(150))


def test_the_desk_counts_what_stands_before_the_bar_as_a_peak() -> None:
    before = prudent(account(realised=Decimal(900), peak=Decimal(400)), Decimal(-100), 2)
    assert (before.peak, before.realised) == (Decimal(900), Decimal(800))

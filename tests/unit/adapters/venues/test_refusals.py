"""What a venue says when it refuses, in our words: for every code one that it really says, through the adapter."""

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.venues import faults
from tests.venues.trading import Pit, pit
from tradewind.adapters.venues import alpaca_words, bybit_words, kraken_words
from tradewind.adapters.venues.problem import Rule, Verdict, judged
from tradewind.application.ports import Refusal, Reported, Unclear
from tradewind.domain.order import OrderStatus

RULES: Mapping[str, tuple[Rule, ...]] = {
    "Bybit": bybit_words.RULES, "Kraken": kraken_words.RULES, "Alpaca": alpaca_words.RULES,
}  # fmt: skip
SAID = [
    ("Bybit", "retCode 170140 Order value exceeded lower limit.", Refusal.BELOW_MINIMUM),
    ("Kraken", "EOrder:Order minimum not met", Refusal.BELOW_MINIMUM),
    ("Alpaca", "HTTP 422 cost basis must be >= minimal amount of order 10", Refusal.BELOW_MINIMUM),
    ("Bybit", "retCode 170134 Order price has too many decimals.", Refusal.OFF_GRID),
    ("Kraken", "EOrder:Tick size check failed", Refusal.OFF_GRID),
    ("Alpaca", "HTTP 422 invalid limit_price 1.001. sub-penny increment does not fulfill criteria", Refusal.OFF_GRID),
    ("Bybit", "retCode 170121 Invalid symbol.", Refusal.UNKNOWN_INSTRUMENT),
    ("Kraken", "EQuery:Unknown asset pair", Refusal.UNKNOWN_INSTRUMENT),
    ("Bybit", "retCode 170157 The trading pair is not available for api trading", Refusal.MARKET_CLOSED),
    ("Kraken", "EService:Market in cancel_only mode", Refusal.MARKET_CLOSED),
    ("Alpaca", "HTTP 403 market is closed", Refusal.MARKET_CLOSED),
    ("Bybit", "retCode 170131 Insufficient balance.", Refusal.INSUFFICIENT_BALANCE),
    ("Kraken", "EOrder:Insufficient funds", Refusal.INSUFFICIENT_BALANCE),
    ("Alpaca", "HTTP 403 insufficient buying power", Refusal.INSUFFICIENT_BALANCE),
    ("Bybit", "retCode 10004 Error sign, please check your signature generation algorithm.", Refusal.BAD_CREDENTIALS),
    ("Kraken", "EAPI:Invalid signature", Refusal.BAD_CREDENTIALS),
    ("Alpaca", "HTTP 401 request is not authenticated", Refusal.BAD_CREDENTIALS),
    ("Bybit", "retCode 10005 Permission denied, please check your API key permissions.", Refusal.NOT_PERMITTED),
    ("Kraken", "EGeneral:Permission denied", Refusal.NOT_PERMITTED),
    ("Alpaca", "HTTP 403 account is restricted from trading", Refusal.NOT_PERMITTED),
    ("Bybit", "retCode 170218 The LIMIT-MAKER order is rejected due to invalid price.", Refusal.WOULD_TAKE),
    ("Kraken", "EOrder:Post only order", Refusal.WOULD_TAKE),
    ("Kraken", "EOrder:Reduce only:No position exists", Refusal.NOT_REDUCING),
    ("Bybit", "retCode 170132 Order price is too high.", Refusal.PRICE_OUT_OF_BAND),
    ("Bybit", "retCode 170193 Buy order price cannot be higher than 30000.", Refusal.PRICE_OUT_OF_BAND),
    ("Bybit", "retCode 170135 Too many orders", Refusal.TOO_MANY_ORDERS),
    ("Kraken", "EOrder:Orders limit exceeded", Refusal.TOO_MANY_ORDERS),
    ("Bybit", "retCode 170115 Invalid timeInForce.", Refusal.NOT_OFFERED),
    ("Alpaca", "HTTP 422 invalid order type for crypto order", Refusal.NOT_OFFERED),
    ("Bybit", "retCode 170141 Duplicate clientOrderId", Refusal.DUPLICATE_ID),
    ("Kraken", "EOrder:Duplicate cl_ord_id", Refusal.DUPLICATE_ID),
    ("Alpaca", "HTTP 422 client_order_id must be unique", Refusal.DUPLICATE_ID),
    ("Bybit", "retCode 170213 Order does not exist.", Refusal.NOT_CHANGEABLE),
    ("Kraken", "EOrder:Unknown order", Refusal.NOT_CHANGEABLE),
    ("Alpaca", "HTTP 422 order is not cancelable", Refusal.NOT_CHANGEABLE),
    ("Bybit", "retCode 10001 Request parameter error.", Refusal.REFUSED),
    ("Kraken", "EGeneral:Invalid arguments", Refusal.REFUSED),
    ("Alpaca", "HTTP 422 something new", Refusal.REFUSED),
]
PASSING = [
    ("Bybit", "retCode 10002 The request time exceeds the time window range.", Refusal.ARRIVED_LATE),
    ("Kraken", "EService:Deadline elapsed", Refusal.ARRIVED_LATE),
    ("Bybit", "retCode 10006 Too many visits. Exceeded the API Rate Limit.", Refusal.TOO_MANY_ORDERS),
    ("Kraken", "EOrder:Rate limit exceeded", Refusal.TOO_MANY_ORDERS),
    ("Alpaca", "HTTP 429 too many requests.", Refusal.TOO_MANY_ORDERS),
    ("Kraken", "EAPI:Invalid nonce", Refusal.BAD_CREDENTIALS),
]


@pytest.mark.parametrize(("venue", "said", "code"), SAID)
def test_what_a_venue_refuses_for_good_has_our_code_and_its_own_words(venue: str, said: str, code: Refusal) -> None:
    problem = judged(venue, said, RULES[venue])

    assert (problem.verdict, problem.refusal) == (Verdict.REJECTED, code)
    assert problem.reason == f"{code}: {venue} says {said}"


@pytest.mark.parametrize(("venue", "said", "code"), PASSING)
def test_what_was_certainly_not_done_may_be_asked_again(venue: str, said: str, code: Refusal) -> None:
    problem = judged(venue, said, RULES[venue])

    assert (problem.verdict, problem.refusal) == (Verdict.RETRY, code)


@pytest.mark.parametrize("said", ["retCode 10016 Server error.", "EService:Unavailable", "HTTP 504 ", "never heard of"])
def test_what_may_have_been_done_is_found_out(said: str) -> None:
    assert {judged("it", said, rules).verdict for rules in RULES.values()} == {Verdict.UNCLEAR}


def test_every_code_is_one_that_some_venue_says() -> None:
    assert {code for _, _, code in [*SAID, *PASSING]} == set(Refusal)


@pytest.fixture
def bybit() -> Iterator[Pit]:
    with pit("bybit") as made:
        yield made


def says(at: Pit, code: int, said: str) -> None:
    body = json.dumps({"retCode": code, "retMsg": said, "result": {}, "retExtInfo": {}, "time": at.time.ms()})
    at.served.faults.append(faults.garbage(body.encode(), path="order/create"))


def test_a_price_out_of_the_venue_s_band_is_rejected_with_its_words(bybit: Pit) -> None:
    says(bybit, 170193, "Buy order price cannot be higher than 30000.")

    answer = bybit.venue.submit(bybit.resting())

    assert isinstance(answer, Reported)
    assert answer.status is OrderStatus.REJECTED
    assert answer.reason.startswith("PRICE_OUT_OF_BAND: Bybit says retCode 170193 Buy order price cannot be higher")
    assert bybit.book.orders == {}


def test_an_id_that_the_venue_says_it_has_is_asked_about_and_never_taken_for_refused(bybit: Pit) -> None:
    order = bybit.resting()
    says(bybit, 170141, "Duplicate clientOrderId")

    unseen = bybit.venue.submit(order)  # it says that it has it, and shows nothing yet

    assert isinstance(unseen, Unclear)
    assert unseen.reason.startswith("DUPLICATE_ID: Bybit says ")
    bybit.venue.submit(order)
    again = bybit.venue.submit(order)
    assert isinstance(again, Reported)
    assert again.status is OrderStatus.ACCEPTED
    assert len(bybit.book.orders) == 1

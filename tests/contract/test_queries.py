"""What people ask of the tables, however many pages it takes."""

from dataclasses import replace

from tests.builders import ACME, BOLT, PAPER, account, day, entry, order_id
from tests.contract.backends import AwsBackend
from tests.contract.test_decisions_and_progress import record
from tests.contract.test_journal import chain
from tests.contract.test_ledger import filled
from tradewind.adapters.dynamodb import queries
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Reason, Refusal
from tradewind.execution import transactions


def test_a_ledger_is_listed_whole(aws: AwsBackend) -> None:
    last = filled(aws.process())
    denied = entry(id=order_id(ts=day(7)), status=OrderStatus.DENIED, reason="DAILY_LOSS")
    aws.process().ledger.commit(transactions.end_unsent(last.account, denied, day(7)))
    other = entry(account="other", status=OrderStatus.DENIED)
    aws.process().ledger.commit(transactions.end_unsent(account(name="other"), other, day(1)))

    found = queries.account(aws.ledger, PAPER)

    assert found
    assert found.seq == 4
    assert list(queries.books(aws.ledger, PAPER)) == [last.book]
    assert {order.id: order for order in queries.orders(aws.ledger, PAPER)} == {
        order.id: order for order in (*last.orders, denied)
    }
    assert list(queries.fills(aws.ledger, PAPER)) == list(last.fills)
    assert [one.seq for one in queries.journal(aws.ledger, PAPER, after=1)] == [2, 3, 4]


def test_an_unknown_account_has_nothing(aws: AwsBackend) -> None:
    assert queries.account(aws.ledger, "nobody") is None
    assert list(queries.orders(aws.ledger, "nobody")) == []
    assert list(queries.books(aws.ledger, "nobody")) == []


def test_orders_come_in_the_order_in_which_they_were_decided(aws: AwsBackend) -> None:
    state = account()
    for number in (3, 1, 12, 2):
        order = entry(id=order_id(ts=day(number)), created=day(number), status=OrderStatus.DENIED)
        changeset = transactions.end_unsent(state, order, day(number))
        aws.process().ledger.commit(changeset)
        state = changeset.account

    assert [order.created for order in queries.orders(aws.ledger, PAPER)] == [day(n) for n in (1, 2, 3, 12)]


def test_decisions_are_chosen_by_time(aws: AwsBackend) -> None:
    decisions = aws.process().decisions
    for ts, rev in ((1, 1), (2, 1), (2, 2), (3, 1)):
        decisions.put(record(day(ts), rev))

    assert list(queries.decisions(aws.market, "daily", day(1), day(2))) == [record(day(2)), record(day(2), 2)]
    assert len(list(queries.decisions(aws.market, "daily"))) == 4
    assert list(queries.decisions(aws.market, "daily", day(2), day(2))) == []


def test_refusals_come_back_as_they_were_recorded(aws: AwsBackend) -> None:
    refusals = [
        Refusal(ACME, Timeframe.D1, day(2), Reason.OHLC_VIOLATION, "o=1 h=0"),
        Refusal(BOLT, Timeframe.D1, day(1), Reason.FUTURE_BAR, ""),
    ]
    aws.process().refusals.record("daily", refusals)

    assert list(queries.refusals(aws.market, "daily")) == refusals[::-1]
    assert list(queries.refusals(aws.market, "daily", day(1), day(2))) == refusals[:1]


def test_a_refusal_that_comes_again_changes_nothing(aws: AwsBackend) -> None:
    first = Refusal(ACME, Timeframe.D1, day(2), Reason.OHLC_VIOLATION, "o=1 h=0")

    aws.process().refusals.record("daily", [first, first._replace(value="o=2 h=0")])
    aws.process().refusals.record("daily", [first._replace(value="o=3 h=0")])

    assert list(queries.refusals(aws.market, "daily")) == [first]


def test_a_refusal_of_a_nonsensical_time_is_kept_all_the_same(aws: AwsBackend) -> None:
    for ts in (-5, 10**400):
        aws.process().refusals.record("daily", [Refusal(ACME, Timeframe.D1, ts, Reason.MALFORMED, "x" * 500_000)])

    assert [one.reason for one in queries.refusals(aws.market, "daily")] == [Reason.MALFORMED] * 2


def test_a_query_that_takes_many_pages_is_whole(aws: AwsBackend) -> None:
    journal, entries = aws.process().journal, chain(30)
    for one in entries:  # about 3 MB, where a page ends after one
        journal.append(replace(one, events=(replace(one.events[0], text="x" * 100_000),)))

    assert [one.seq for one in queries.journal(aws.ledger, "system")] == list(range(1, 31))

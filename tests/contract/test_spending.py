"""A month's spending reads back as it was kept, and two who meter at once are noticed."""

import pytest

from tests.contract.backends import AwsBackend, Backend
from tests.unit.application.test_spending import EVALUATED, FakeStore
from tradewind.adapters.dynamodb.spending import DynamoSpending
from tradewind.application.spending import Spending
from tradewind.domain.errors import ConflictError


def test_a_month_is_kept_once_a_version(backend: Backend) -> None:
    store = DynamoSpending(backend.market) if isinstance(backend, AwsBackend) else FakeStore()
    assert store.load("2026-11") == Spending()
    spending = Spending(until=5, paused=["paper/dipper"], version=1)
    spending.add([EVALUATED])
    store.keep("2026-11", spending)

    assert store.load("2026-11") == spending
    with pytest.raises(ConflictError):
        store.keep("2026-11", spending)

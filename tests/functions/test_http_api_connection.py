"""A person tests an account's connection: the API holds no key, `reconcile` does, and nothing secret comes back."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from tests.functions.asking import Answer, ask
from tests.functions.environment import CONFIGURATION
from tests.functions.stage import Stage
from tests.venues import faults
from tests.venues.kraken import Kraken
from tests.venues.kraken_private import KrakenAccount
from tests.venues.market import Made, Market
from tests.venues.private import DEPOSIT, SECRET
from tests.venues.private import KEY as ACCESS
from tests.venues.server import Venue, serving
from tests.venues.stage import COINS
from tradewind import bootstrap
from tradewind.adapters.venue_probes import PATIENCE

KEY = {"idempotency-key": "key-0001"}
PLACE = "tradewind/coins"
REFUSED = json.dumps({"error": [f"EAPI:Invalid key:{ACCESS} with {SECRET}"]}).encode()


@pytest.fixture
def venue(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    """Give the environment an account at a served venue, and the API the function that may ask it."""
    served = Kraken(Market(COINS, lambda: int(time.time() * 1000), Made()))
    served.sides.append(KrakenAccount(served))
    monkeypatch.setenv("RECONCILE_FUNCTION", "reconcile")
    secret = json.dumps({"key": ACCESS, "secret": SECRET})
    stage.client("secretsmanager").create_secret(Name=PLACE, SecretString=secret)
    with serving(served) as url:
        account = {
            "name": "coins",
            "venue": "KRAKEN",
            "mode": "live",
            "address": url,
            "credentials": f"secretsmanager:{PLACE}",
            "cash": "100000",
            "fee_bps": 0,
            "slippage_bps": 0,
        }
        shards = [one | {"provider": "kraken"} for one in CONFIGURATION["shards"]]
        accounts = [*CONFIGURATION["accounts"], account]
        # The clock replays: that must not be taken for the machine's, against which a venue's is held.
        configuration = {**CONFIGURATION, "clock": "replay", "shards": shards, "accounts": accounts}
        Path(stage.environ["CONFIGURATION_PATH"]).write_text(json.dumps(configuration))
        bootstrap.client("lambda", PATIENCE, 1).meta.events.register("before-send.lambda", _calling(stage))
        yield served


def _calling(stage: Stage) -> Any:
    """Answer an invocation as Lambda does, with what the function's own handler returns."""

    def answer(request: Any, **_: object) -> AWSResponse:
        function = request.url.rpartition("/functions/")[2].partition("/")[0]
        headers: Any = {}
        try:
            told = stage.call(function, json.loads(request.body))
        except Exception as error:  # noqa: BLE001 - Lambda tells whatever a handler raised
            headers, told = {"X-Amz-Function-Error": "Unhandled"}, {"errorMessage": str(error)}
        raw: Any = io.BytesIO(json.dumps(told).encode())
        raw.stream = lambda *_, **__: iter([raw.read()])
        return AWSResponse(request.url, 200, headers, raw)

    return answer


def connection(stage: Stage, name: str = "coins", role: str = "trader") -> Answer:
    return ask(stage, "POST", f"/api/accounts/{name}/test", role, headers=KEY)


def trail(stage: Stage) -> list[str]:
    """Return what was asked for, as the audit trail has it, and whatever else was journaled."""
    rows = stage.client("dynamodb").scan(TableName="ledger", ConsistentRead=True)["Items"]
    written = [json.loads(row["data"]["S"])[3] for row in rows if row["pk"]["S"].startswith("JOURNAL#")]
    return [event["text"] for events in written for event in events]


def test_a_connection_that_works_tells_how_fast_it_is_and_which_rights_it_saw(stage: Stage, venue: Venue) -> None:
    told = connection(stage)

    one = told.json()
    assert (told.status, one["needed"], one["connected"], one["failure"]) == (200, True, True, "")
    assert one["rights"] == {"read_balances": "works", "read_orders": "works", "trade": "not told"}
    assert (one["balances"], one["orders"]) == (len(DEPOSIT), 0)
    assert abs(one["skew"]) < 60_000


def test_a_secret_that_is_not_there_is_told_in_a_sentence_and_counts_as_soon_as_it_is(
    stage: Stage, venue: Venue
) -> None:
    secrets = stage.client("secretsmanager")
    row = secrets.get_secret_value(SecretId=PLACE)["SecretString"]
    secrets.delete_secret(SecretId=PLACE, ForceDeleteWithoutRecovery=True)

    lacking = connection(stage).json()
    secrets.create_secret(Name=PLACE, SecretString=row)
    there = ask(stage, "POST", "/api/accounts/coins/test", "trader", headers={"idempotency-key": "key-0002"}).json()

    assert lacking["failure"] == f"the secret secretsmanager:{PLACE} is not there: put it there first"
    assert (lacking["connected"], there["connected"]) == (False, True)


def test_nothing_is_changed_and_no_order_is_placed_by_asking(stage: Stage, venue: Venue) -> None:
    connection(stage)

    assert [one.path.rpartition("/")[2] for one in venue.asked("/private/")] == ["BalanceEx", "OpenOrders"]
    assert stage.queued("orders.fifo") == []
    assert trail(stage) == ["one-trader (trader): POST /api/accounts/coins/test"]


def test_a_test_that_is_sent_twice_is_made_once(stage: Stage, venue: Venue) -> None:
    first, second = connection(stage), connection(stage)

    assert first.json() == second.json()
    assert len(venue.asked("BalanceEx")) == 1


def test_no_answer_carries_a_secret_even_where_the_venue_says_it_back(stage: Stage, venue: Venue) -> None:
    venue.faults.append(faults.garbage(REFUSED, times=-1, path="/private/"))

    told, within = connection(stage), json.dumps(stage.call("reconcile", {"test": "coins"}))

    one = told.json()
    assert (told.status, one["connected"]) == (200, False)
    assert "Invalid key:[secret] with [secret]" in one["failure"]
    assert one["rights"]["read_balances"] == "refused"
    assert not [text for text in (told.text, within) if ACCESS in text or SECRET in text]


def test_a_key_without_one_of_its_rights_is_told_which(stage: Stage, venue: Venue) -> None:
    denied = faults.garbage(b'{"error": ["EGeneral:Permission denied"]}', times=-1, path="OpenOrders")
    venue.faults.append(denied)

    one = connection(stage).json()

    assert (one["connected"], one["orders"]) == (True, None)
    assert (one["rights"]["read_balances"], one["rights"]["read_orders"]) == ("works", "refused")
    assert "Permission denied" in one["failure"]


def test_an_account_on_paper_needs_no_connection_and_nobody_is_asked(stage: Stage, venue: Venue) -> None:
    told = connection(stage, "paper")

    assert (told.status, told.json()["needed"], told.json()["rights"]) == (200, False, None)
    assert venue.requests == []


@pytest.mark.parametrize(("name", "role", "status"), [("coins", "viewer", 403), ("nobody", "trader", 404)])
def test_who_may_not_and_what_is_not_there(stage: Stage, venue: Venue, name: str, role: str, status: int) -> None:
    told = connection(stage, name, role)

    assert (told.status, told.headers["content-type"]) == (status, "application/problem+json")
    assert venue.requests == []


def test_a_function_that_fails_is_no_answer_and_its_error_reaches_nobody(stage: Stage, venue: Venue) -> None:
    class Failing:
        def handler(self, *_: object) -> None:
            raise RuntimeError(SECRET)

    stage.handlers["reconcile"] = Failing()
    told = connection(stage)

    assert (told.status, told.headers["retry-after"]) == (503, "1")
    assert SECRET not in told.text


def test_an_account_that_was_given_a_venue_after_the_deployment_is_told_to_deploy(
    stage: Stage, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECONCILE_FUNCTION")

    told = connection(stage)

    assert told.status == 409
    assert "deploy again" in told.json()["detail"]

"""Only who trades at venues may read their keys, and only where an account has a venue."""

import json

import pytest

from infra.settings import FUNCTIONS, Profile
from tests.infra.conftest import SAMPLE, Application

PLACE = "secretsmanager:tradewind/kraken"
DATA = "ssm:/tradewind/polygon"


@pytest.fixture(scope="module")
def at_a_venue(tmp_path_factory: pytest.TempPathFactory, empty_layers: None) -> Application:
    """An application one of whose accounts trades at a venue."""
    from infra.synthesise import synthesise

    folder = tmp_path_factory.mktemp("venue")
    sample = json.loads(SAMPLE.read_text()) | {"environment": "dev", "clock": "system"}
    sample["accounts"] = [{"name": "coins", "venue": "KRAKEN", "mode": "sandbox", "credentials": PLACE}]
    sample["provider_keys"] = {"POLYGON_API_KEY": DATA}
    configuration = folder / "environment.json"
    configuration.write_text(json.dumps(sample))
    output = folder / "cdk.out"
    templates = tuple(synthesise("dev", Profile.STANDARD, configuration, output))
    return Application("dev", Profile.STANDARD, templates, output)


def test_only_who_trades_at_venues_reads_their_keys(at_a_venue: Application) -> None:
    made = at_a_venue
    readers = {
        name
        for name in (
            "execute_orders",
            "guard_stops",
            "reconcile",
            "evaluate_bars",
            "publish_events",
            "send_alerts",
            "watch",
            "http_api",
        )
        for one in made.statements(name)
        if "secretsmanager:GetSecretValue" in one["Action"]
        and "secret:tradewind/kraken-" in json.dumps(one["Resource"])
    }
    assert readers == {"execute_orders", "guard_stops", "reconcile"}
    assert len(made.function("publish_events")["Layers"]) == 2
    for name in readers:
        assert len(made.function(name)["Layers"]) == 3
        assert made.function(name)["Timeout"] >= 15
        assert "tradewind/kraken" not in json.dumps(made.function(name)["Environment"])


def test_reconciliation_is_woken_by_the_clock_by_unclear_orders_and_by_deployments_and_writes_no_order(
    at_a_venue: Application,
) -> None:
    made = at_a_venue
    schedules = [one for one in made.properties("Scheduler::Schedule") if one["Name"].endswith("reconcile")]
    filters = [one.get("FilterPolicy") for one in made.properties("SNS::Subscription")]
    writing = [one for one in made.statements("reconcile") if "dynamodb:PutItem" in one["Action"]]
    keys = [one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for one in writing]

    assert [one["ScheduleExpression"] for one in schedules] == ["rate(5 minutes)"]
    assert {"kind": ["ORDER_UNKNOWN", "DEPLOYED"]} in filters
    assert not [one for one in made.findings if "compute" in one]
    said = [
        one["AlarmDescription"] for one in made.properties("CloudWatch::Alarm") if "compared" in one["AlarmDescription"]
    ]
    assert [one.rpartition("/")[2] for one in said] == ["reconciliation.md"]
    assert keys == [["HEALTH", "ACCOUNT#*", "JOURNAL#system", "RECONCILED#*"]]


def test_the_api_may_call_the_function_that_has_the_keys_and_no_other(at_a_venue: Application) -> None:
    calling = {
        name: [one for one in at_a_venue.statements(name) if "lambda:" in json.dumps(one["Action"])]
        for name in ("http_api", "execute_orders", "guard_stops", "reconcile", "watch")
    }
    ((one,), *others) = calling.values()
    (called,) = [
        name.rpartition(":")[2]
        for name, row in at_a_venue.of("Lambda::Function").items()
        if row["Properties"]["FunctionName"] == "tradewind-dev-reconcile"
    ]

    assert (one["Action"], one["Resource"]) == ("lambda:InvokeFunction", {"Fn::GetAtt": [called, "Arn"]})
    assert others == [[], [], [], []]
    variables = at_a_venue.function("http_api")["Environment"]["Variables"]
    assert variables["RECONCILE_FUNCTION"] == "tradewind-dev-reconcile"


def test_only_who_asks_providers_reads_their_keys_and_knows_where_they_lie(at_a_venue: Application) -> None:
    asks = {"fetch_bars", "repair_bars", "refresh_universe", "backfill_bars"}
    readers = {
        name
        for name in FUNCTIONS
        for one in at_a_venue.statements(name)
        if "ssm:GetParameter" in one["Action"] and "parameter/tradewind/polygon" in json.dumps(one["Resource"])
    }

    told = {name for name in FUNCTIONS if "PROVIDER_KEYS" in _variables(at_a_venue, name)}
    assert readers == told == asks
    assert json.loads(_variables(at_a_venue, "fetch_bars")["PROVIDER_KEYS"]) == {"POLYGON_API_KEY": DATA}


def _variables(made: Application, name: str) -> dict[str, str]:
    variables: dict[str, str] = made.function(name)["Environment"]["Variables"]
    return variables

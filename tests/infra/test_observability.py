"""What is watched, and what it costs to stand still."""

from infra.layers import ROOT
from infra.settings import FUNCTIONS, Profile
from tests.infra.conftest import Application, Case

ALARM, KEY, FREE_DASHBOARDS, DASHBOARD = 0.10, 1.0, 3, 3.0
MOST = {Profile.MINIMAL: 6.0, Profile.STANDARD: 25.0, Profile.FULL: 25.0}


def test_each_function_is_alarmed_for_errors_throttles_and_lost_events(application: Application) -> None:
    names = {row["AlarmName"] for row in application.properties("CloudWatch::Alarm")}

    for function in FUNCTIONS:
        for kind in ("errors", "throttles", "failures"):
            assert f"tradewind-{application.environment}-{function}-{kind}" in names


def test_dead_orders_are_alarmed_in_every_profile(application: Application) -> None:
    names = {row["AlarmName"] for row in application.properties("CloudWatch::Alarm")}

    assert f"tradewind-{application.environment}-orders-dlq" in names


def test_every_alarm_tells_somebody_and_says_where_to_read_on(application: Application) -> None:
    for alarm in application.properties("CloudWatch::Alarm"):
        assert len(alarm["AlarmActions"]) == 1
        assert (ROOT / alarm["AlarmDescription"].rpartition("Runbook: ")[2]).is_file()


def test_the_heartbeat_alarms_when_there_is_no_data(application: Application) -> None:
    beats = [row for row in application.properties("CloudWatch::Alarm") if row["AlarmName"].endswith("heartbeat")]

    assert len(beats) == (0 if application.environment == "local" else 1)  # a replay has no schedule to watch
    assert all(row["TreatMissingData"] == "breaching" for row in beats)


def test_standing_still_costs_no_more_than_promised(application: Application) -> None:
    dashboards = len(application.of("CloudWatch::Dashboard"))
    fixed = (
        ALARM * len(application.of("CloudWatch::Alarm"))
        + KEY * len(application.of("KMS::Key"))
        + DASHBOARD * max(0, dashboards - FREE_DASHBOARDS)
        + 0.40 * len(application.of("SecretsManager::Secret"))
    )

    assert fixed <= MOST[application.profile]
    assert not application.of("EC2::NatGateway")


def test_the_dashboard_answers_a_trader_and_an_operator_from_standard_on(application: Application) -> None:
    dashboards = application.properties("CloudWatch::Dashboard")

    assert len(dashboards) == (0 if application.profile is Profile.MINIMAL else 1)
    for dashboard in dashboards:
        body = str(dashboard["DashboardBody"])
        for title in ("Fills", "Realised profit a day", "Warnings", "Alarms", "Errors", "Waiting messages"):
            assert title in body


def test_budget_and_backups_come_with_full_and_never_on_the_emulator(applications: dict[Case, Application]) -> None:
    for (environment, profile), application in applications.items():
        there = profile is Profile.FULL and environment != "local"
        assert bool(application.of("Budgets::Budget")) is there
        assert bool(application.of("Backup::BackupPlan")) is there


def test_the_emulator_is_given_only_what_it_knows(applications: dict[Case, Application]) -> None:
    unknown = {"AWS::CloudWatch::CompositeAlarm", "AWS::Budgets::Budget", "Custom::S3AutoDeleteObjects"}
    for (environment, _), application in applications.items():
        if environment == "local":
            assert not unknown & {row["Type"] for row in application.resources.values()}

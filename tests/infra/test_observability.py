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


def test_every_alarm_has_its_runbook_and_every_runbook_of_alarms_is_listed(
    applications: dict[Case, Application],
) -> None:
    from infra.constructs.alarms import RUNBOOKS

    pages = ROOT / "docs" / "runbooks"
    listed = (pages / "README.md").read_text()
    named = {
        row["AlarmDescription"].rpartition("Runbook: docs/runbooks/")[2]
        for application in applications.values()
        for row in application.properties("CloudWatch::Alarm")
    }

    assert len(named) >= 8
    for page in named:
        assert f"[{page}]({page})" in listed
        assert all(f"**{part}.**" in (pages / page).read_text() for part in ("Means", "Still works", "Look at", "Do"))
    at_venues = {"reconciliation"}  # of an alarm that only they have
    assert set(RUNBOOKS.values()) - at_venues == {page.removesuffix(".md") for page in named}


def test_silence_itself_alarms_when_schedules_stop(application: Application) -> None:
    alarms = {row["AlarmName"].partition(f"{application.environment}-")[2]: row
              for row in application.properties("CloudWatch::Alarm")}  # fmt: skip
    silent = [alarms[name] for name in ("heartbeat", "schedules-silent") if name in alarms]

    assert len(silent) == (0 if application.environment == "local" else 2)  # a replay has no schedule to watch
    assert all(row["TreatMissingData"] == "breaching" for row in silent)
    for row in silent[1:]:
        assert row["Namespace"] == "AWS/Scheduler"
        assert row["Dimensions"] == [{"Name": "ScheduleGroup", "Value": f"tradewind-{application.environment}"}]
        assert row["EvaluationPeriods"] * row["Period"] <= 15 * 60


def test_functions_are_traced_by_sampling_in_full_and_nowhere_else(application: Application) -> None:
    modes = [row.get("TracingConfig", {}).get("Mode") for row in application.properties("Lambda::Function")]
    traced = application.profile is Profile.FULL and application.environment != "local"

    assert set(modes) == ({"Active"} if traced else {None})


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


def test_trader_operator_and_cost_have_a_dashboard_each_from_standard_on(application: Application) -> None:
    titles = {
        "trader": ("Fills", "Realised profit a day", "Warnings", "Slices, decisions and intents"),
        "operator": ("Alarms", "Errors", "Waiting messages", "Behind the streams"),
        "cost": ("Functions", "Tables", "Logs", "Order queue", "tradewind cost --metered"),
    }
    boards = {row["DashboardName"].rpartition("-")[2]: str(row["DashboardBody"])
              for row in application.properties("CloudWatch::Dashboard")}  # fmt: skip

    assert set(boards) == (set() if application.profile is Profile.MINIMAL else set(titles))
    for reader, body in boards.items():
        for title in titles[reader]:
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

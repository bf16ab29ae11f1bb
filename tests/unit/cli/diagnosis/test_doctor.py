"""The doctor finds a healthy environment healthy, and of a sick one every fault and nothing else."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.diagnosis.clinic import ROOT, SECRET, healthy, schedule
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.doctor import State, every_check, examine
from tradewind.domain.order import Leg


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    root = tmp_path_factory.mktemp("clinic")
    for name in ("config", "docs"):
        shutil.copytree(ROOT / name, root / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEWIND_ROOT", str(root))
        with healthy(root) as environment:
            environment.configuration  # noqa: B018 - read while the folder is the project's
            yield environment


def unwell(environment: Deployed) -> dict[str, str]:
    return {one.check: one.text for one in examine(environment) if one.state is not State.WELL}


def test_there_are_more_than_sixty_checks_each_with_a_name_of_its_own_and_a_remedy() -> None:
    checks = every_check()

    assert len({check.name for check in checks}) == len(checks) >= 60
    assert all(check.remedy for check in checks)


def test_a_healthy_environment_is_found_healthy(patient: Deployed) -> None:
    assert unwell(patient) == {}
    assert len(examine(patient)) >= 60


EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

# ── a dozen faults, each planted where an operator's mistake or a failure would put it ───────────────────────────


def _stream_off(one: Deployed) -> None:
    off = {"StreamEnabled": False}
    one.client("dynamodb").update_table(TableName="market", StreamSpecification=off)


def _ledger_expires(one: Deployed) -> None:
    one.client("dynamodb").update_time_to_live(
        TableName="ledger", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ts"}
    )


def _dead_order(one: Deployed) -> None:
    url = one.output("OrderDlqUrl")
    one.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="g", MessageDeduplicationId="d")


def _lost_event(one: Deployed) -> None:
    one.client("sqs").send_message(QueueUrl=one.output("EvaluateBarsFailuresUrl"), MessageBody="{}")


def _no_concurrency(one: Deployed) -> None:
    one.client("lambda").put_function_concurrency(FunctionName="tradewind-dev-watch", ReservedConcurrentExecutions=0)


def _stray_schedule(one: Deployed) -> None:
    schedule(one, "watch", "ENABLED")


def _deaf_announcer(one: Deployed) -> None:
    client = one.client("lambda")
    every = client.list_event_source_mappings()["EventSourceMappings"]
    mapping = next(row for row in every if row["FunctionArn"].endswith("publish_events"))
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _secret_gone(one: Deployed) -> None:
    one.client("ssm").delete_parameter(Name=SECRET)


def _sounding_alarm(one: Deployed) -> None:
    one.client("cloudwatch").set_alarm_state(
        AlarmName="tradewind-dev-watch-errors", StateValue="ALARM", StateReason="planted"
    )


def _stop_lost(one: Deployed) -> None:
    book = next(book for book in queries.books(one.ledger, "paper") if book.positions)
    rest = tuple(order for order in book.orders if order.leg is not Leg.STOP)
    item = one.ledger.get(*items.book_key("paper", book.instrument))
    assert item is not None
    one.ledger.put(items.book_item(replace(book, orders=rest), int(item["seq"]["N"])))


def _journal_edited(one: Deployed) -> None:
    where = items.journal_key("paper", 2)
    item = one.ledger.get(*where)
    assert item is not None
    one.ledger.put({**item, "data": {"S": item["data"]["S"].replace("BUY", "buy")}})


def _foreign_right(one: Deployed) -> None:
    iam = one.client("iam")
    policy = iam.create_policy(PolicyName="Everything", PolicyDocument=EVERYTHING)
    iam.attach_role_policy(RoleName="role-watch", PolicyArn=policy["Policy"]["Arn"])


FAULTS: dict[str, Callable[[Deployed], None]] = {
    "market table streams its keys": _stream_off,
    "nothing in the ledger expires": _ledger_expires,
    "no order is a dead letter": _dead_order,
    "dead letters": _lost_event,
    "no function is switched off": _no_concurrency,
    "schedules": _stray_schedule,
    "ledger stream wakes publish_events": _deaf_announcer,
    "secrets are there": _secret_gone,
    "no alarm sounds": _sounding_alarm,
    "positions have stops": _stop_lost,
    "journal": _journal_edited,
    "roles hold no foreign rights": _foreign_right,
}


def test_of_twelve_planted_faults_each_is_named_and_nothing_else(
    patient: Deployed, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.cli.deployed.connect", lambda _: patient)
    assert command("doctor", "--env", "dev").exit_code == 0

    for plant in FAULTS.values():
        plant(patient)
    result = command("doctor", "--env", "dev", "--json")

    findings = json.loads(result.stdout)
    wrong = [one for one in findings if one["state"] != "well"]
    assert result.exit_code == 1
    assert sorted(one["check"] for one in wrong) == sorted(FAULTS)
    assert all(one["found"] and one["remedy"] for one in wrong)

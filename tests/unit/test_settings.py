from pathlib import Path

import pytest

from tradewind.domain.errors import BadInputError
from tradewind.settings import RuntimeSettings

VARIABLES = {
    "TRADEWIND_ENVIRONMENT": "local",
    "MARKET_TABLE": "market",
    "LEDGER_TABLE": "ledger",
    "ORDER_QUEUE_URL": "https://sqs/orders.fifo",
    "ORDER_DLQ_URL": "https://sqs/orders-dlq.fifo",
    "ALERT_TOPIC_ARN": "arn:topic",
    "DATA_BUCKET": "bucket",
    "CONFIGURATION_PATH": "/var/task/config.json",
    "WATCHED_QUEUES": '[{"name":"orders-dlq","url":"https://sqs/orders-dlq.fifo"}]',
}
PROPERTIES = {
    "TRADEWIND_ENVIRONMENT": "environment",
    "CONFIGURATION_PATH": "configuration_path",
    "WATCHED_QUEUES": "watched_queues",
} | {
    name: name.lower()
    for name in ("MARKET_TABLE", "LEDGER_TABLE", "ORDER_QUEUE_URL", "ORDER_DLQ_URL", "ALERT_TOPIC_ARN", "DATA_BUCKET")
}


def test_every_variable_is_read_by_its_name() -> None:
    settings = RuntimeSettings.from_environ(VARIABLES)

    read = {name: getattr(settings, attribute) for name, attribute in PROPERTIES.items()}

    assert read == VARIABLES | {
        "CONFIGURATION_PATH": Path("/var/task/config.json"),
        "WATCHED_QUEUES": {"orders-dlq": "https://sqs/orders-dlq.fifo"},
    }


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_missing_variable_is_named_when_it_is_asked_for(name: str, value: str | None) -> None:
    variables = {one: cell for one, cell in VARIABLES.items() if one != name} | ({name: value} if value == "" else {})
    settings = RuntimeSettings.from_environ(variables)

    with pytest.raises(BadInputError, match=f"{name} is not set"):
        getattr(settings, PROPERTIES[name])


def test_what_a_function_has_not_it_need_not_have() -> None:
    assert RuntimeSettings.from_environ({"MARKET_TABLE": "market"}).market_table == "market"


def test_only_a_replay_has_a_name() -> None:
    assert RuntimeSettings.from_environ({}).run == ""
    assert RuntimeSettings.from_environ({"TRADEWIND_RUN": "7"}).run == "7"


@pytest.mark.parametrize("listing", ["no json", '{"name":"a"}', '[{"name":"a"}]', "[1]"])
def test_a_listing_of_queues_that_is_none_is_shown(listing: str) -> None:
    with pytest.raises(BadInputError, match="WATCHED_QUEUES must be a JSON list"):
        _ = RuntimeSettings.from_environ({"WATCHED_QUEUES": listing}).watched_queues


def test_a_user_s_strategies_are_where_they_were_deployed_or_nowhere(tmp_path: Path) -> None:
    assert RuntimeSettings.from_environ({"USER_STRATEGIES_PATH": str(tmp_path)}).user_strategies == tmp_path
    assert RuntimeSettings.from_environ({"USER_STRATEGIES_PATH": str(tmp_path / "none")}).user_strategies is None

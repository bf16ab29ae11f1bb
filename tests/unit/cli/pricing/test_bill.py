"""A bill is arithmetic: what was counted in a minute, times the minutes of a month, times what each unit costs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tradewind.adapters.metering import Usage
from tradewind.cli.pricing.bill import MINUTES, Bill, Terms
from tradewind.cli.pricing.company import FUNCTIONS
from tradewind.cli.pricing.sample import Sample
from tradewind.cli.pricing.scenario import Scenario
from tradewind.cli.pricing.templates import Deployment
from tradewind.domain.prices import LIST

FREE = {name: Usage() for name in FUNCTIONS}
SIZES = {"SLICE": 0.0, "DECISIONS": 0.0, "SERIES": 0.0, "UNIVERSE": 0.0}
QUIET = Terms(dict.fromkeys((*FUNCTIONS, "archive_bars"), 256))


def billed(terms: Terms, **minute: Usage) -> dict[tuple[str, str], float]:
    sample = Sample(
        Scenario(5, 10, {}, provider="kraken", clock="system"), FREE | minute, FREE, FREE, FREE, FREE, SIZES
    )
    return {(line.part, line.name): line.dollars for line in Bill(sample, terms).lines()}


FETCH = Usage(invocations=1, log_bytes=400, venue_requests=5, writes={"SLICE": 3.0, "PROVIDER": 2.0})


def test_a_month_is_so_many_minutes_at_list_price() -> None:
    lines = billed(QUIET, fetch_bars=FETCH)

    assert lines["deciding", "slices written"] == pytest.approx(3 * MINUTES * LIST.write_unit)
    assert lines["around", "rates and breakers written"] == pytest.approx(2 * MINUTES * LIST.write_unit)
    assert lines["around", "schedules"] == pytest.approx((MINUTES + 730) * LIST.schedule)


def test_what_lambda_logs_itself_is_paid_where_it_does() -> None:
    silent = billed(QUIET, fetch_bars=FETCH)["around", "logs"]
    talkative = billed(replace(QUIET, talkative=frozenset({"fetch_bars"})), fetch_bars=FETCH)["around", "logs"]

    assert silent == pytest.approx(MINUTES * 400 / 1e9 * (0.50 + 0.15 * 0.03), rel=1e-3)
    assert talkative / silent == pytest.approx(730 / 400)


@pytest.mark.parametrize(
    ("logging", "told"),
    [
        ({}, True),
        ({"LogFormat": "Text"}, True),
        ({"LogFormat": "JSON"}, True),
        ({"LogFormat": "JSON", "SystemLogLevel": "DEBUG"}, True),
        ({"LogFormat": "JSON", "SystemLogLevel": "WARN"}, False),
    ],
)
def test_a_template_says_which_functions_those_are(logging: Mapping[str, Any], told: bool) -> None:
    function = {"FunctionName": "tradewind-dev-watch", "MemorySize": 256, "LoggingConfig": logging}
    resources = (
        {"Type": "AWS::Lambda::Function", "Properties": function},
        {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 14}},
    )

    terms = Deployment("dev", "minimal", resources).terms()

    assert terms == Terms({"watch": 256}, 14, recovery=False, talkative=frozenset({"watch"} if told else ()))

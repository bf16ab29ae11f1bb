"""Builders of what reaches people: alerts, reports, deployments and budgets."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tradewind.bootstrap.process import client, clock_of, ledger_table, load_configuration, market_table
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.application.meter_spending import MeterSpending
    from tradewind.application.send_alert import SendAlert
    from tradewind.application.send_report import SendReport


def send_alerts(settings: RuntimeSettings) -> "SendAlert":
    """Build the delivery to every configured channel."""
    from tradewind.outreach import alert_delivery

    configuration = load_configuration(settings.configuration_path)
    return alert_delivery(configuration, settings, market_table(settings), client, clock_of(configuration))


def announce_deployment(settings: RuntimeSettings) -> Callable[[int], bool]:
    """Build what says that something else is at work now."""
    from tradewind import outreach

    return outreach.announce_deployment(
        load_configuration(settings.configuration_path), settings, market_table(settings)
    )


def report(settings: RuntimeSettings) -> "SendReport":
    """Build the report of the day."""
    from tradewind import outreach

    configuration = load_configuration(settings.configuration_path)
    return outreach.send_report(configuration, settings, market_table(settings), ledger_table(settings), client)


def spending_meter(settings: RuntimeSettings) -> "MeterSpending":
    """Build what adds up what the functions used."""
    from tradewind import outreach

    configuration = load_configuration(settings.configuration_path)
    return outreach.spending_meter(configuration, settings, market_table(settings), ledger_table(settings), client)

"""A schedule, an unclear order or a person calls this function; it compares each account's ledger with its venue.

With `{"test": ACCOUNT}` it only asks that account's venue whether it lets us in: the API's function has no keys.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.probe_venue import ProbeVenue
from tradewind.application.reconcile import Reconcile, Reconciled
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _reconcile() -> Reconcile:
    return bootstrap.reconcile(RuntimeSettings.from_environ(os.environ))


@cache
def _probe() -> ProbeVenue:
    return bootstrap.probe_venue(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: Mapping[str, Any], _: Any) -> dict[str, Any]:
    """Compare all accounts, or the one that is asked for; or test the connection of one."""
    if "test" in event:
        return asdict(_probe()(str(event["test"])))
    found = _reconcile()(str(event.get("account", "")))
    answer = {"accounts": [_row(one) for one in found]}
    logger.info("reconciled", extra=answer)
    return answer


def _row(one: Reconciled) -> dict[str, Any]:
    findings = [
        {"action": str(each.action), "what": each.subject, "instrument": each.instrument, "text": each.text}
        for each in one.findings
    ]
    return {"account": one.account, "alike": one.is_alike, "failure": one.failure, "findings": findings}

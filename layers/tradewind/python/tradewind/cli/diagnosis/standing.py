"""How an environment stands, as one JSON value: shards, accounts, queues."""

import time
from typing import Any

from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.records import DynamoRecords
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.standing import AccountStanding, ShardStanding, Standing
from tradewind.cli.deployed import Deployed
from tradewind.domain.moments import iso

_WAITING = "ApproximateNumberOfMessages"
_WORKING = "ApproximateNumberOfMessagesNotVisible"


def standing(deployed: Deployed) -> dict[str, Any]:
    """Return how an environment stands now."""
    configuration, now = deployed.configuration, _standing(deployed)
    return {
        "environment": configuration.environment,
        "clock": configuration.clock,
        "configuration": configuration.hash,
        "shards": [_shard(one) for one in now.shards()],
        "accounts": [_account(one) for one in now.accounts()],
        "queues": [{"queue": name, **depth(deployed, url)} for name, url in queue_urls(deployed).items()],
    }


def queue_urls(deployed: Deployed) -> dict[str, str]:
    """Return every queue that matters by a person's name for it; the inbox of alerts is no part of the path."""
    named = {"OrderQueueUrl": "orders", "OrderDlqUrl": "orders, dead letters"}
    urls = {named[name]: url for name, url in sorted(deployed.outputs.items(), reverse=True) if name in named}
    failures = {name: url for name, url in sorted(deployed.outputs.items()) if name.endswith("FailuresUrl")}
    return urls | {f"{name.removesuffix('FailuresUrl')}, failed events": url for name, url in failures.items()}


def depth(deployed: Deployed, url: str) -> dict[str, int]:
    """Return how many messages of a queue wait and how many are in work."""
    answer = deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _WORKING])
    counts = answer["Attributes"]
    return {"waiting": int(counts[_WAITING]), "in_work": int(counts[_WORKING])}


def _standing(deployed: Deployed) -> Standing:
    market, ledger = deployed.market, deployed.ledger
    return Standing(
        deployed.configuration,
        DynamoRecords(ledger),
        DynamoControls(ledger),
        DynamoSlices(market, time.time),
        DynamoProgress(market, time.time),
    )


def _shard(one: ShardStanding) -> dict[str, Any]:
    return {
        "shard": one.shard.name,
        "instruments": len(one.shard.instruments),
        "latest_slice": iso(one.latest) if one.latest else "none",
        "evaluated_to": iso(one.evaluated) if one.evaluated else "none",
        "lag_bars": one.lag_bars,
    }


def _account(one: AccountStanding) -> dict[str, Any]:
    return {
        "account": one.rules.name,
        "trading": str(one.control.state),
        "equity": f"{one.equity:.2f}",
        "cash": f"{one.account.cash:.2f}",
        "pnl": f"{one.profit:+.2f}",
        "fees": f"{one.account.fees:.2f}",
        "positions": f"{one.positions} of {one.rules.limits.open_positions}",
        "working_orders": one.working_orders,
    }

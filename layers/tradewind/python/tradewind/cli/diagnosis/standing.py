"""How an environment stands, as one JSON value: shards, accounts, queues."""

import time
from typing import Any

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.apply_bars import account_of
from tradewind.cli.deployed import Deployed
from tradewind.cli.times import iso
from tradewind.domain.configuration import AccountRules, Shard
from tradewind.domain.order import NOTHING

_WAITING = "ApproximateNumberOfMessages"
_WORKING = "ApproximateNumberOfMessagesNotVisible"


def standing(deployed: Deployed) -> dict[str, Any]:
    """Return how an environment stands now."""
    configuration = deployed.configuration
    return {
        "environment": configuration.environment,
        "clock": configuration.clock,
        "configuration": configuration.hash,
        "shards": [_shard(deployed, shard) for shard in configuration.shards],
        "accounts": [_account(deployed, rules) for rules in configuration.accounts],
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


def _shard(deployed: Deployed, shard: Shard) -> dict[str, Any]:
    latest = DynamoSlices(deployed.market, time.time).latest(shard.name)
    evaluated = DynamoProgress(deployed.market, time.time).load(shard.name).watermark
    return {
        "shard": shard.name,
        "instruments": len(shard.instruments),
        "latest_slice": iso(latest) if latest else "none",
        "evaluated_to": iso(evaluated) if evaluated else "none",
        "lag_bars": (latest - evaluated) // shard.timeframe.ms if evaluated else 0,
    }


def _account(deployed: Deployed, rules: AccountRules) -> dict[str, Any]:
    account = account_of(queries.account(deployed.ledger, rules.name), rules)
    books = queries.books(deployed.ledger, rules.name)
    equity = account.cash + sum((book.value for book in books), NOTHING)
    return {
        "account": rules.name,
        "trading": str(DynamoControls(deployed.ledger).get(rules.name).state),
        "equity": f"{equity:.2f}",
        "cash": f"{account.cash:.2f}",
        "pnl": f"{equity - account.opening:+.2f}",
        "fees": f"{account.fees:.2f}",
        "positions": f"{sum(bool(book.positions) for book in books)} of {rules.limits.open_positions}",
        "working_orders": sum(len(book.orders) for book in books),
    }

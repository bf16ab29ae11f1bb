"""The doctor's checks of what is deployed: tables, shards, queues, functions, schedules, configuration."""

import time
from collections.abc import Iterator

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.market_health import GRACE
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.doctor import Check, Finding, note, well, wrong
from tradewind.cli.diagnosis.standing import depth, queue_urls
from tradewind.cli.times import iso
from tradewind.domain.configuration import Shard

_FUNCTION_STATES = ("Active", "Inactive")


def tables(deployed: Deployed) -> Iterator[Finding]:
    """Whether both tables answer and stream."""
    for name in ("MarketTable", "LedgerTable"):
        table = deployed.client("dynamodb").describe_table(TableName=deployed.output(name))["Table"]
        streams = table.get("StreamSpecification", {}).get("StreamEnabled", False)
        if table["TableStatus"] == "ACTIVE" and streams:
            yield well("tables", f"{name} is active and streams")
        else:
            remedy = f"look at {table['TableName']} in the console; `make deploy` restores its stream"
            yield wrong("tables", f"{name} is {table['TableStatus']}, stream {'on' if streams else 'off'}", remedy)


def shards(deployed: Deployed) -> Iterator[Finding]:
    """Whether each shard is evaluated up to its latest slice, and whether that is fresh."""
    for shard in deployed.configuration.shards:
        latest = DynamoSlices(deployed.market, time.time).latest(shard.name)
        reached = DynamoProgress(deployed.market, time.time).load(shard.name).watermark
        if not latest:
            yield note("shards", f"{shard.name} has no slice yet", "wait for the first fetch, or run `make run`")
        elif reached < latest:
            lag = (latest - reached) // shard.timeframe.ms if reached else "all"
            remedy = (
                f"`watch` pokes it each minute; if it stays, read `tradewind local logs evaluate_bars` ({lag} bars)"
            )
            yield wrong("shards", f"{shard.name} is evaluated to {iso(reached)}, slices reach {iso(latest)}", remedy)
        else:
            yield well("shards", f"{shard.name} is evaluated to {iso(latest)}, its latest slice")
        yield from _fresh(deployed, shard, latest)


def _fresh(deployed: Deployed, shard: Shard, latest: int) -> Iterator[Finding]:
    if deployed.configuration.clock == "replay" or not latest:
        return  # recorded time does not pass by itself
    age = int(time.time() * 1000) - latest
    if age > 2 * shard.timeframe.ms + GRACE:
        remedy = "look at the log of fetch_bars: is the provider reachable, is the schedule on?"
        yield wrong("freshness", f"{shard.name}: the latest slice closed {age // 60_000} minutes ago", remedy)
    else:
        yield well("freshness", f"{shard.name}: the latest slice closed {age // 1000} s ago")


def queues(deployed: Deployed) -> Iterator[Finding]:
    """Whether anything waits where nothing should."""
    full = {name: depth(deployed, url) for name, url in queue_urls(deployed).items()}
    orders = full.pop("orders", {"waiting": 0, "in_work": 0})
    if orders["waiting"]:
        remedy = "run doctor again in a minute; if it stays, read the log of execute_orders"
        yield note("queues", f"{orders['waiting']} order messages wait", remedy)
    else:
        yield well("queues", "no order message waits")
    dead = {name: one["waiting"] for name, one in full.items() if one["waiting"]}
    for name, count in dead.items():
        yield wrong("dead letters", f"{count} in {name}", "read them before anything else: docs/runbooks has the steps")
    if not dead:
        yield well("dead letters", f"none in {len(full)} queues")


def functions(deployed: Deployed) -> Iterator[Finding]:
    """Whether every function is there and ready."""
    lambdas = deployed.client("lambda")
    broken = 0
    for name, deployed_name in sorted(deployed.functions.items()):
        found = lambdas.get_function_configuration(FunctionName=deployed_name)
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        if state not in _FUNCTION_STATES or update == "Failed":
            broken += 1
            reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or ""
            yield wrong("functions", f"{name} is {state}, last update {update} {reason}", "deploy again")
    if not broken:
        yield well("functions", f"{len(deployed.functions)} functions are ready")


def schedules(deployed: Deployed) -> Iterator[Finding]:
    """Whether schedules run exactly where time is real."""
    group = f"tradewind-{deployed.environment}"
    found = deployed.client("scheduler").list_schedules(GroupName=group)["Schedules"]
    wanted = "DISABLED" if deployed.configuration.clock == "replay" else "ENABLED"
    strays = [one["Name"] for one in found if one["State"] != wanted]
    if not found:
        yield wrong("schedules", f"group {group} has none", "deploy again")
    elif strays:
        yield wrong("schedules", f"{', '.join(strays)} should be {wanted}", "deploy again")
    else:
        yield well("schedules", f"{len(found)} are {wanted.lower()}, as the {deployed.configuration.clock} clock asks")


def configuration(deployed: Deployed) -> Iterator[Finding]:
    """Whether the functions decide with the configuration that was built here."""
    here = deployed.configuration.hash
    for shard in deployed.configuration.shards:
        latest = DynamoProgress(deployed.market, time.time).load(shard.name).watermark
        for record in queries.decisions(deployed.market, shard.name, latest - 1, latest):
            if record.configuration != here:
                text = f"{shard.name} was decided with {record.configuration}, built here is {here}"
                yield wrong("configuration", text, "deploy what is built here, or build what is deployed")
                return
    yield well("configuration", f"the functions decide with {here}, as built here")


SYSTEM_CHECKS: tuple[Check, ...] = (tables, shards, queues, functions, schedules, configuration)

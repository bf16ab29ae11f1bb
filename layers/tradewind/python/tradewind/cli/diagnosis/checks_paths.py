"""Does what should flow flow: streams, queues, schedules, topics, channels."""

from collections.abc import Iterator

from tradewind.cli.diagnosis.checks_stack import DEPLOY
from tradewind.cli.diagnosis.doctor import Check, State
from tradewind.cli.diagnosis.patient import Patient

_LETTERS = "read them before anything else: `tradewind dlq list`, docs/runbooks/dead-letters.md"
_QUARTER = 15 * 60_000


def _wakes(name: str, source: str, meaning: str) -> Check:
    def look(patient: Patient) -> Iterator[str]:
        given = patient.deployed.functions.get(name, "")
        mine = [row for row in patient.mappings if row["FunctionArn"].endswith(f":{given}")]
        if not mine:
            yield f"nothing wakes {name}"
        for row in mine:
            if row.get("State") not in {"Enabled", "Enabling", "Creating"}:
                yield f"what wakes {name} is {row.get('State')}"
            elif str(row.get("LastProcessingResult", "")).startswith("PROBLEM"):
                yield f"what wakes {name}: {row['LastProcessingResult']}"

    return Check(f"{source} wakes {name}", look, f"{meaning}: enable the mapping, or {DEPLOY}")


def _orders_flow(patient: Patient) -> Iterator[str]:
    waiting = int(patient.queues["orders"]["ApproximateNumberOfMessages"])
    if waiting:
        yield f"{waiting} order messages wait"


def _orders_are_not_stuck(patient: Patient) -> Iterator[str]:
    working = int(patient.queues["orders"].get("ApproximateNumberOfMessagesNotVisible", 0))
    if working > 100:  # noqa: PLR2004 - ten batches
        yield f"{working} order messages are in work at once"


def _no_order_is_dead(patient: Patient) -> Iterator[str]:
    dead = int(patient.queues["orders, dead letters"]["ApproximateNumberOfMessages"])
    if dead:
        yield f"{dead} order messages failed for good; their instruments take no new risk"


def _no_event_is_lost(patient: Patient) -> Iterator[str]:
    for name, facts in patient.queues.items():
        count = int(facts["ApproximateNumberOfMessages"])
        if name.endswith("failed events") and count:
            yield f"{count} in {name}"


# ── schedules ────────────────────────────────────────────────────────────────────────────────────────────────────


def _schedules_are_there(patient: Patient) -> Iterator[str]:
    if not patient.schedules:
        yield f"the group {patient.prefix} has no schedule"


def _schedules_run_where_time_is_real(patient: Patient) -> Iterator[str]:
    wanted = "ENABLED" if patient.is_live else "DISABLED"
    strays = [name for name, row in patient.schedules.items() if row["State"] != wanted]
    if strays:
        yield f"{', '.join(strays)} should be {wanted}"


def _each_shard_is_fetched(patient: Patient) -> Iterator[str]:
    for shard in patient.configuration.shards:
        if f"fetch-{shard.name}" not in patient.schedules:
            yield f"nobody fetches {shard.name}"


def _the_watch_is_scheduled(patient: Patient) -> Iterator[str]:
    if "watch" not in patient.schedules:
        yield "nobody watches: a lag, a stale shard or a dead letter would go unseen"


def _reports_are_due_as_configured(patient: Patient) -> Iterator[str]:
    reports = patient.configuration.reports
    zone = reports.get("zone", "UTC")
    for text in reports.get("at", ("09:00", "17:00")):
        row = patient.schedules.get(f"report-{text.replace(':', '')}")
        if row is None:
            yield f"no report is due at {text}"
        elif row.get("ScheduleExpressionTimezone", "UTC") != zone:
            yield f"the report of {text} is due by the clock of {row['ScheduleExpressionTimezone']}, not of {zone}"


def _schedules_fire(patient: Patient) -> Iterator[str]:
    names = [one.name for one in patient.configuration.accounts]
    keys = [f"EQUITY#{name}" for name in names]
    found = [item for pk in keys for item in patient.deployed.market.query(pk, limit=1, backwards=True)]
    latest = max((int(item["sk"]["S"]) for item in found), default=0)
    if patient.now - latest > _QUARTER:
        since = f"{(patient.now - latest) // 60_000} minutes ago" if latest else "never"
        yield f"what is scheduled every five minutes ran {since}"


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _alerts_reach_the_function(patient: Patient) -> Iterator[str]:
    given = patient.deployed.functions.get("send_alerts", "")
    if not any(row["Protocol"] == "lambda" and row["Endpoint"].endswith(f":{given}") for row in patient.subscriptions):
        yield "no alert is delivered: send_alerts does not listen to the topic"


def _addresses_are_confirmed(patient: Patient) -> Iterator[str]:
    sns = patient.deployed.client("sns")
    arn = patient.deployed.output("AlarmTopicArn")
    for row in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
        if row["SubscriptionArn"] == "PendingConfirmation":
            yield f"{row['Endpoint']} has not confirmed the alarms"


def _somebody_is_told(patient: Patient) -> Iterator[str]:
    if not patient.channels:
        yield "no channel is configured: nobody is told of anything"


def _secrets_are_there(patient: Patient) -> Iterator[str]:
    """Ask whether each secret is there, never what it is."""
    bot = patient.configuration.alerts.get("bot") or {}
    places = {one.secret for one in patient.channels if one.secret} | ({bot["secret"]} if bot else set())
    places |= set(patient.configuration.provider_keys.values())
    for place in sorted(places):
        kind, _, name = place.partition(":")
        if kind == "ssm":
            wanted = [{"Key": "Name", "Values": [name]}]
            found = patient.deployed.client("ssm").describe_parameters(ParameterFilters=wanted)["Parameters"]
            if not found:
                yield f"the secret {place} is not there"
            elif found[0].get("Type") != "SecureString":
                yield f"the secret {place} is stored in the open: make it a SecureString"
        else:
            listed = patient.deployed.client("secretsmanager").list_secrets(Filters=[{"Key": "name", "Values": [name]}])
            if not listed["SecretList"]:
                yield f"the secret {place} is not there"


def _alerts_arrive(patient: Patient) -> Iterator[str]:
    from tradewind.adapters.dynamodb.alerts import DynamoAlerts
    from tradewind.adapters.dynamodb.queries import ALWAYS

    failed: dict[str, str] = {}
    for one in DynamoAlerts(patient.deployed.market, lambda: 0.0).latest(50, ALWAYS):
        for name, outcome in one.outcomes.items():
            if outcome.startswith("failed"):
                failed.setdefault(name, f"{name}: {one.alert_id} {outcome}")
    yield from failed.values()


def _nothing_is_held_for_long(patient: Patient) -> Iterator[str]:
    from tradewind.adapters.dynamodb.alerts import DynamoAlerts

    store = DynamoAlerts(patient.deployed.market, lambda: 0.0)
    for one in patient.channels:
        held = store.state(one.name).held
        if held.counts and patient.now - held.since > 24 * 3_600_000:
            yield f"{one.name} has held alerts back for a day: summaries do not leave"


CHECKS: tuple[Check, ...] = (
    _wakes("evaluate_bars", "market stream", "bars are stored and nothing is decided"),
    _wakes("execute_orders", "order queue", "orders wait and nothing is executed"),
    _wakes("publish_events", "ledger stream", "things happen and nobody is told"),
    Check("order messages flow", _orders_flow, "run doctor again in a minute; if it stays, read the log of "
          "execute_orders", State.NOTE),
    Check("order messages are not stuck", _orders_are_not_stuck, "docs/runbooks/lag.md"),
    Check("no order is a dead letter", _no_order_is_dead, _LETTERS),
    Check("dead letters", _no_event_is_lost, _LETTERS),
    Check("schedules are there", _schedules_are_there, DEPLOY),
    Check("schedules", _schedules_run_where_time_is_real, DEPLOY),
    Check("each shard is fetched", _each_shard_is_fetched, DEPLOY),
    Check("watch is scheduled", _the_watch_is_scheduled, DEPLOY),
    Check("reports are due as configured", _reports_are_due_as_configured, DEPLOY),
    Check("schedules fire", _schedules_fire, "docs/runbooks/schedules.md", where="live"),
    Check("alerts reach their function", _alerts_reach_the_function, DEPLOY),
    Check("addresses are confirmed", _addresses_are_confirmed, "follow the link in the mail that AWS sent",
          where="cloud"),
    Check("somebody is told", _somebody_is_told, "add [[alerts.channels]] to config/ENV.toml and deploy", State.NOTE),
    Check("secrets are there", _secrets_are_there, "put it there: `aws ssm put-parameter --type SecureString …`"),
    Check("alerts arrive", _alerts_arrive, "`tradewind alert test CHANNEL`; docs/runbooks/alerts.md"),
    Check("nothing is held back for long", _nothing_is_held_for_long, "read the log of send_alerts"),
)  # fmt: skip

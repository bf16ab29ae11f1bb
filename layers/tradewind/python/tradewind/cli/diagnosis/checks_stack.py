"""Is everything there that was deployed: tables, queues, functions, versions, rights."""

import json
from collections.abc import Iterator

from tradewind.cli.diagnosis.doctor import Check, State
from tradewind.cli.diagnosis.patient import Patient

DEPLOY = "deploy again (`make deploy`)"
_TABLE = "look at the table in the console; docs/runbooks/tables.md"
_READY = ("Active", "Inactive")
_RUNTIME = "python3.13"
_WEEKS = 14 * 86_400
_RECEIVES = 6
CONCURRENCY = 20
"""Executions at once that the functions may need together."""


def _is_active(name: str) -> Check:
    def look(patient: Patient) -> Iterator[str]:
        status = patient.tables[name]["TableStatus"]
        if status != "ACTIVE":
            yield f"the {name} table is {status}"

    return Check(f"{name} table is active", look, _TABLE)


def _streams(name: str) -> Check:
    def look(patient: Patient) -> Iterator[str]:
        stream = patient.tables[name].get("StreamSpecification", {})
        if not stream.get("StreamEnabled"):
            yield f"the {name} table has no stream: nobody is woken by what is written there"
        elif stream.get("StreamViewType") != "KEYS_ONLY":
            yield f"the {name} table streams {stream.get('StreamViewType')}: only keys are needed, and paid for"

    return Check(f"{name} table streams its keys", look, DEPLOY)


def _on_demand(name: str) -> Check:
    def look(patient: Patient) -> Iterator[str]:
        mode = patient.tables[name].get("BillingModeSummary", {}).get("BillingMode", "PAY_PER_REQUEST")
        if mode != "PAY_PER_REQUEST":
            yield f"the {name} table is {mode}: it throttles where an on-demand table would not"

    return Check(f"{name} table is paid by request", look, DEPLOY)


def _recovers(name: str) -> Check:
    def look(patient: Patient) -> Iterator[str]:
        table = patient.tables[name]["TableName"]
        answer = patient.deployed.client("dynamodb").describe_continuous_backups(TableName=table)
        backups = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if backups.get("PointInTimeRecoveryStatus") != "ENABLED":
            yield f"the {name} table cannot be restored to a point in time"

    return Check(f"{name} table can be restored", look, DEPLOY, where="cloud")


def _expiry(patient: Patient, name: str) -> str:
    table = patient.tables[name]["TableName"]
    answer = patient.deployed.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    on = answer.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    return str(answer.get("AttributeName", "")) if on else ""


def _market_expires(patient: Patient) -> Iterator[str]:
    if _expiry(patient, "market") != "expires_at":
        yield "old slices are never deleted: the market table has no time to live on expires_at"


def _ledger_stays(patient: Patient) -> Iterator[str]:
    attribute = _expiry(patient, "ledger")
    if attribute:
        yield f"the ledger deletes items by {attribute}: nothing in it may ever expire"


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _order_queue_is_fifo(patient: Patient) -> Iterator[str]:
    if patient.queues["orders"].get("FifoQueue") != "true":
        yield "the order queue keeps no order"


def _order_queue_sets_aside(patient: Patient) -> Iterator[str]:
    policy = json.loads(patient.queues["orders"].get("RedrivePolicy", "{}"))
    arn = patient.queues["orders, dead letters"].get("QueueArn", "")
    if policy.get("deadLetterTargetArn") != arn:
        yield "an order message that always fails is never set aside and holds up its instrument"


def _order_queue_hides_long_enough(patient: Patient) -> Iterator[str]:
    hidden = int(patient.queues["orders"].get("VisibilityTimeout", 0))
    timeout = int(patient.functions.get("execute_orders", {}).get("Timeout", 0))
    if hidden < _RECEIVES * timeout:
        yield f"a message is hidden for {hidden} s, six times the executor's timeout is {_RECEIVES * timeout} s"


def _failures_are_kept(patient: Patient) -> Iterator[str]:
    for name, facts in patient.queues.items():
        kept = int(facts.get("MessageRetentionPeriod", 0))
        if name != "orders" and kept < _WEEKS:
            yield f"{name}: failures are kept for {kept // 86_400} days, not for a fortnight"


# ── functions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _functions_are_ready(patient: Patient) -> Iterator[str]:
    for name, found in patient.functions.items():
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        if state not in _READY or update == "Failed":
            reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or ""
            yield f"{name} is {state}, last update {update} {reason}".strip()


def _functions_share_a_version(patient: Patient) -> Iterator[str]:
    versions = {name: _variable(found, "TRADEWIND_VERSION") for name, found in patient.functions.items()}
    known = {version for version in versions.values() if version}
    if len(known) > 1:
        told = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
        yield f"functions run different code: {told}"


def _functions_run_python(patient: Patient) -> Iterator[str]:
    for name, found in patient.functions.items():
        if found.get("Runtime", _RUNTIME) != _RUNTIME:
            yield f"{name} runs {found['Runtime']}, its layers are for {_RUNTIME}"


def _functions_know_their_environment(patient: Patient) -> Iterator[str]:
    for name, found in patient.functions.items():
        told = _variable(found, "TRADEWIND_ENVIRONMENT")
        if told and told != patient.deployed.environment:
            yield f"{name} believes that it is in {told}"


def _functions_know_their_tables(patient: Patient) -> Iterator[str]:
    for name, found in patient.functions.items():
        for variable, output in (("MARKET_TABLE", "MarketTable"), ("LEDGER_TABLE", "LedgerTable")):
            told = _variable(found, variable)
            if told and told != patient.deployed.output(output):
                yield f"{name} works on {told}, the {variable.partition('_')[0].lower()} table is another"


def _no_function_is_switched_off(patient: Patient) -> Iterator[str]:
    client = patient.deployed.client("lambda")
    for name, given in patient.deployed.functions.items():
        if client.get_function_concurrency(FunctionName=given).get("ReservedConcurrentExecutions") == 0:
            yield f"{name} may not run at all: somebody reserved no concurrency for it"


def _variable(found: object, name: str) -> str:
    facts: dict[str, object] = dict(found)  # type: ignore[call-overload]
    variables = facts.get("Environment", {}).get("Variables", {})  # type: ignore[attr-defined]
    return str(variables.get(name, ""))


def _logs_are_kept_and_end(patient: Patient) -> Iterator[str]:
    for name, given in sorted(patient.deployed.functions.items()):
        group = patient.log_groups.get(f"/aws/lambda/{given}")
        if group is None:
            yield f"{name} has no log group: what it says is lost"
        elif not group.get("retentionInDays"):
            yield f"{name}'s log is kept for ever, and paid for"


# ── rights and quotas ────────────────────────────────────────────────────────────────────────────────────────────


def _i_am_somebody(patient: Patient) -> Iterator[str]:
    account = patient.deployed.client("sts").get_caller_identity()["Account"]
    arn = patient.tables["market"]["TableArn"]
    if account not in arn:
        yield f"you are signed in to account {account}, the tables are in {arn.split(':')[4]}"


def _roles_hold_no_foreign_rights(patient: Patient) -> Iterator[str]:
    iam = patient.deployed.client("iam")
    for name, found in patient.functions.items():
        role = str(found.get("Role", "")).rpartition("/")[2]
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] if role else []
        for policy in attached:
            yield f"{name}'s role has the policy {policy['PolicyName']} attached: nothing deployed needs it"


def _each_function_has_its_own_role(patient: Patient) -> Iterator[str]:
    roles: dict[str, str] = {}
    for name, found in patient.functions.items():
        role = str(found.get("Role", ""))
        if role and role in roles:
            yield f"{name} and {roles[role]} share a role, so each may do what the other may"
        roles[role] = name


def _concurrency_suffices(patient: Patient) -> Iterator[str]:
    limits = patient.deployed.client("lambda").get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    if free < CONCURRENCY:
        yield f"the account runs {free} functions at once, {CONCURRENCY} may be needed; new accounts begin with ten"


CHECKS: tuple[Check, ...] = (
    *(make(name) for make in (_is_active, _streams, _on_demand, _recovers) for name in ("market", "ledger")),
    Check("old market data expires", _market_expires, DEPLOY, where="cloud"),
    Check("nothing in the ledger expires", _ledger_stays, f"{DEPLOY} at once, then `tradewind ledger verify`"),
    Check("order queue keeps order", _order_queue_is_fifo, DEPLOY),
    Check("order queue sets poison aside", _order_queue_sets_aside, DEPLOY),
    Check("order queue hides what is in work", _order_queue_hides_long_enough, DEPLOY),
    Check("failures are kept for a fortnight", _failures_are_kept, DEPLOY),
    Check("functions are ready", _functions_are_ready, DEPLOY),
    Check("functions run one version", _functions_share_a_version, f"a deployment stopped half-way: {DEPLOY}"),
    Check("functions run the right Python", _functions_run_python, DEPLOY),
    Check("functions know where they are", _functions_know_their_environment, DEPLOY),
    Check("functions know their tables", _functions_know_their_tables, DEPLOY),
    Check(
        "no function is switched off", _no_function_is_switched_off, "remove the reserved concurrency", where="cloud"
    ),
    Check("logs are kept, and end", _logs_are_kept_and_end, DEPLOY),
    Check("you are in the right account", _i_am_somebody, "sign in to the account of the environment", where="cloud"),
    Check("roles hold no foreign rights", _roles_hold_no_foreign_rights, "detach it, then deploy again"),
    Check("each function has a role of its own", _each_function_has_its_own_role, DEPLOY),
    Check("quota of functions at once", _concurrency_suffices, "ask AWS for a higher quota", State.NOTE, "cloud"),
)

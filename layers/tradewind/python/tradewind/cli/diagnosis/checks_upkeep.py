"""Does it look after itself: the watch's own findings, alarms, what it costs, and what is built here."""

import sys
from collections.abc import Iterator

from tradewind.cli.diagnosis.checks_stack import DEPLOY
from tradewind.cli.diagnosis.doctor import Check, State
from tradewind.cli.diagnosis.patient import Patient
from tradewind.cli.paths import built_file, root, toml_file

_PYTHON = (3, 13)


def _watch_is_content(patient: Patient) -> Iterator[str]:
    for name, text in sorted(patient.failing.items()):
        yield f"{name}: {text}"


def _alarms_are_there(patient: Patient) -> Iterator[str]:
    names = {row["AlarmName"] for row in patient.alarms}
    missing = [name for name in patient.deployed.functions if f"{patient.prefix}-{name}-errors" not in names]
    if missing:
        yield f"errors of {', '.join(sorted(missing))} alarm nobody"


def _alarms_are_silent(patient: Patient) -> Iterator[str]:
    for row in patient.alarms:
        if row["StateValue"] == "ALARM":
            yield f"{row['AlarmName']}: {row.get('AlarmDescription', '')}"


def _alarms_are_heard(patient: Patient) -> Iterator[str]:
    deaf = [row["AlarmName"] for row in patient.alarms if not row.get("ActionsEnabled") or not row.get("AlarmActions")]
    if deaf:
        yield f"{len(deaf)} alarms tell nobody, as {deaf[0]}"


def _alarms_name_their_runbooks(patient: Patient) -> Iterator[str]:
    for row in patient.alarms:
        page = row.get("AlarmDescription", "").rpartition("Runbook: ")[2]
        if not page or not (root() / page).is_file():
            yield f"{row['AlarmName']} names no runbook that is here"


def _heartbeat_is_watched(patient: Patient) -> Iterator[str]:
    names = {row["AlarmName"] for row in patient.alarms}
    for name in ("heartbeat", "schedules-silent"):
        if f"{patient.prefix}-{name}" not in names:
            yield f"nobody would notice if the schedule stopped: the alarm {name} is missing"


def _build_is_current(patient: Patient) -> Iterator[str]:
    source, built = toml_file(patient.deployed.environment), built_file(patient.deployed.environment)
    if source.is_file() and built.is_file() and patient.in_cloud and source.stat().st_mtime > built.stat().st_mtime:
        yield f"{source.name} is newer than what was built from it"


def _python_is_right(_: Patient) -> Iterator[str]:
    if sys.version_info[:2] != _PYTHON:
        yield f"this is Python {sys.version.split()[0]}, the product runs on 3.13"


CHECKS: tuple[Check, ...] = (
    Check("the watch is content", _watch_is_content, "docs/runbooks/README.md lists each by its name"),
    Check("alarms are there", _alarms_are_there, DEPLOY),
    Check("no alarm sounds", _alarms_are_silent, "follow the runbook that it names"),
    Check("alarms are heard", _alarms_are_heard, DEPLOY),
    Check("alarms name their runbooks", _alarms_name_their_runbooks, "pull the docs that were deployed"),
    Check("a stopped schedule would be noticed", _heartbeat_is_watched, DEPLOY, where="live"),
    Check("what is built is current", _build_is_current, "`tradewind config build ENV`", State.NOTE),
    Check("this machine runs the right Python", _python_is_right, "make setup"),
)

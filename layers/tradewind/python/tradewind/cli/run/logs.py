"""The last words of a function: the lines of its log that say what went wrong."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.cli.deployed import Deployed

_LINES = 12
_WIDTH = 400
_MARKS = ("ERROR", "CRITICAL", "Error:", "Exception:")


def newest(deployed: Deployed, function: str, lines: int) -> list[str]:
    """Return the newest lines of a function's log, oldest first."""
    group = f"/aws/lambda/{deployed.functions.get(function, function)}"
    logs = deployed.client("logs")
    streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=3)
    told: list[tuple[int, str]] = []
    for stream in streams["logStreams"]:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=lines, startFromHead=False
        )["events"]
        told.extend((event["timestamp"], event["message"]) for event in events)
    return [readable(message) for _, message in sorted(told, key=lambda one: one[0])[-lines:]]


def last_words(deployed: Deployed, function: str, lines: int = _LINES) -> str:
    """Return the newest lines of a function's log that tell of errors, else just the newest."""
    try:
        told = newest(deployed, function, 400)
    except (ClientError, BotoCoreError) as error:
        return f"(its log cannot be read: {error})"
    wrong = list(dict.fromkeys(line for line in told if any(mark in line for mark in _MARKS)))
    return "\n".join((wrong or told)[-lines:]) or "(its log is empty)"


def readable(message: str) -> str:
    """Write one line of a structured log as a person reads it."""
    text = message.strip()
    try:
        row = json.loads(text)
    except ValueError:
        return text[:_WIDTH]
    if not isinstance(row, dict):
        return text[:_WIDTH]
    hidden = {"level", "message", "timestamp", "service", "location"}
    rest = " ".join(f"{key}={value}" for key, value in row.items() if key not in hidden)
    return f"{row.get('timestamp', '')} {row.get('level', '')} {row.get('message', '')} {rest}"[:_WIDTH].strip()

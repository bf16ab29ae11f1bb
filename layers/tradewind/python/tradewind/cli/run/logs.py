"""The last words of a function: the lines of its log that say what went wrong."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.cli.deployed import Deployed

_LINES = 12
_WIDTH = 400


def last_words(deployed: Deployed, function: str, lines: int = _LINES) -> str:
    """Return the newest lines of a function's log, errors first where there are any."""
    group = f"/aws/lambda/{deployed.functions.get(function, function)}"
    try:
        events = deployed.client("logs").filter_log_events(logGroupName=group, limit=1000)["events"]
    except (ClientError, BotoCoreError) as error:
        return f"(the log {group} cannot be read: {error})"
    told = [readable(event["message"]) for event in events]
    wrong = [line for line in told if "ERROR" in line or "Error" in line or "CRITICAL" in line]
    return "\n".join((wrong or told)[-lines:]) or f"(the log {group} is empty)"


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

"""Alerts in words: a title and a text that fit each channel, without a secret, with the alert's stable id."""

from datetime import UTC, datetime

from tradewind.domain.alerting import topic_of
from tradewind.domain.events import Event, Severity
from tradewind.domain.redaction import scrub

ELLIPSIS = "…"
_MARK = {Severity.INFO: "", Severity.WARNING: "warning: ", Severity.CRITICAL: "CRITICAL: "}
_FACTS = ("strategy", "account", "realised", "fee", "by", "trace")


def title(environment: str, event: Event) -> str:
    """Return one line: the environment, how urgent it is, and what happened."""
    return one_line(f"{_MARK[event.severity]}{_words(event.kind)}{_of(event)} ({environment})")


def body(alert_id: str, event: Event, ts: int) -> str:
    """Return the text with its facts, its time and its id."""
    facts = [f"{name} {value}" for name in _FACTS if (value := (event.data or {}).get(name, ""))]
    when = datetime.fromtimestamp(ts / 1000, UTC)
    foot = " · ".join([topic_of(event), *map(str, facts), f"{when:%Y-%m-%d %H:%M:%S} UTC", alert_id])
    return f"{scrub(event.text)}\n{scrub(foot)}"


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters; what was cut off is marked."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def shortened_bytes(text: str, most: int) -> str:
    """Return a text of at most so many bytes in UTF-8, cut between characters; what was cut off is marked."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS


def one_line(text: str) -> str:
    """Return a text in one line, without control characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in scrub(text)).split())


def plain(text: str) -> str:
    """Return a text in ASCII, as subjects of SNS and the cheapest messages to phones take it."""
    table = str.maketrans(
        {"…": "...", "–": "-", "—": "-", "·": "-", "×": "x", "’": "'", "“": '"', "”": '"', "€": "EUR"}
    )
    return text.translate(table).encode("ascii", "replace").decode()


def _words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _of(event: Event) -> str:
    return f" {event.instrument}" if event.instrument else ""

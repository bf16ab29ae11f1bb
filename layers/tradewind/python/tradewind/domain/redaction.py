"""Taking secrets out of texts that people and other companies' servers will read."""

import re
from collections.abc import Iterable

from tradewind.domain.known_secrets import GONE, without

_SHAPES = re.compile(
    r"""
    https://hooks\.slack\.com/\S+                      # a Slack webhook's address is its password
    | \b\d{6,12}:[A-Za-z0-9_-]{30,}                     # a Telegram bot's token
    | \bxox[abposr]-[A-Za-z0-9-]{10,}                   # Slack
    | \btk_[A-Za-z0-9]{20,}                             # ntfy
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                     # an AWS access key
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*   # a JSON web token
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                   # user and password in an address
    """,
    re.VERBOSE,
)
_NAMED = re.compile(
    r"(?i)\b((?:[a-z]+[_-])*(?:password|passphrase|secret|token|api[_-]?key|private[_-]?key|signature|authorization))"
    r"(\"?\s*[=:]\s*\"?)(?:bearer\s+)?[^\s\"',;&]+"
)


def scrub(text: str, known: Iterable[str] = ()) -> str:
    """Return a text without what looks like a secret, or is one of those known."""
    return _NAMED.sub(rf"\1\2{GONE}", _SHAPES.sub(GONE, without(text, known)))

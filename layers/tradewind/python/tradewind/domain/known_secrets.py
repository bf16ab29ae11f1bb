"""Taking secrets that are known out of texts; what only looks like one is for `redaction`, which takes time to load."""

from collections.abc import Iterable

GONE = "[secret]"
_SHORTEST = 6
"""Letters of a secret: less would be found in any text."""


def without(text: str, known: Iterable[str]) -> str:
    """Return a text without the secrets that are known, nor the beginning of one at which it was cut short."""
    for one in known:
        if len(one) >= _SHORTEST:
            text = _without_end(text.replace(one, GONE), one)
    return text


def _without_end(text: str, secret: str) -> str:
    lengths = range(len(secret) - 1, _SHORTEST - 1, -1)
    cut = next((length for length in lengths if text.endswith(secret[:length])), 0)
    return text[:-cut] + GONE if cut else text

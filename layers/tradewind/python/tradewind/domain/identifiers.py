"""Identifiers that are a function of what they name, so that a repeat has the same name."""

import json
from hashlib import blake2b
from typing import NewType

IntentId = NewType("IntentId", str)
"""128 bits in UUID form: the order's key in the ledger and the venue's client order id."""


def intent_id(*parts: object) -> IntentId:
    """Derive the identifier of an intent.

    Parameters
    ----------
    *parts
        account, source, strategy, version, timeframe, instrument, bar time (or the idempotency key of a
        command), action, leg, ordinal: in this order.
    """
    # As JSON, so that no part can pose as two: a command's idempotency key is somebody else's text.
    return IntentId(uuid_form(content_hash(json.dumps([str(part) for part in parts], separators=(",", ":")).encode())))


def uuid_form(digest: str) -> str:
    """Write 32 hexadecimal digits as 8-4-4-4-12."""
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def content_hash(data: bytes) -> str:
    """Return 16 bytes of BLAKE2b over `data`, in hexadecimal."""
    return blake2b(data, digest_size=16).hexdigest()

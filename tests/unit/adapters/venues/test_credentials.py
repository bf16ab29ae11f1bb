"""Credentials of an account: from where the configuration says, for a while, and of what lies there only the two."""

import json
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.venues.credentials import TTL, CachedCredentials, Credentials, from_place


@dataclass
class Vault:
    """A place that counts how often it is asked."""

    asked: int = 0

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": json.dumps({"key": "k", "secret": f"s{self.asked}", "note": "rotated in May"})}


def test_a_rotated_key_is_taken_up_once_the_one_before_is_old_or_was_refused() -> None:
    vault, now = Vault(), [0.0]
    credentials = CachedCredentials(from_place("secretsmanager:tradewind/kraken", lambda _: vault), lambda: now[0])

    assert [credentials(), credentials()] == [Credentials("k", "s1")] * 2
    now[0] = TTL
    assert credentials() == Credentials("k", "s2")
    credentials.forget()
    assert (credentials(), vault.asked) == (Credentials("k", "s3"), 3)
    assert "s3" not in repr(credentials)

"""Credentials of an account: from where the configuration says, for a while, and no more of what lies there."""

import json
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.venues.credentials import TTL, CachedCredentials, Credentials, from_place

WORD = "open sesame"


@dataclass
class Vault:
    """A place that counts how often it is asked."""

    asked: int = 0
    passphrase: str = ""

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.asked += 1
        more = {"passphrase": self.passphrase} if self.passphrase else {}
        row = {"key": "k", "secret": f"s{self.asked}", "note": "rotated in May", **more}
        return {"SecretString": json.dumps(row)}


def test_a_rotated_key_is_taken_up_once_the_one_before_is_old_or_was_refused() -> None:
    vault, now = Vault(), [0.0]
    credentials = CachedCredentials(from_place("secretsmanager:tradewind/kraken", lambda _: vault), lambda: now[0])

    assert [credentials(), credentials()] == [Credentials("k", "s1")] * 2
    now[0] = TTL
    assert credentials() == Credentials("k", "s2")
    credentials.forget()
    assert (credentials(), vault.asked) == (Credentials("k", "s3"), 3)
    assert "s3" not in repr(credentials)


def test_the_passphrase_that_an_exchange_asks_for_lies_beside_the_key() -> None:
    found = from_place("secretsmanager:tradewind/okx", lambda _: Vault(passphrase=WORD))()

    assert found == Credentials("k", "s1", WORD)
    assert WORD not in repr(found)
    assert from_place("secretsmanager:tradewind/kraken", lambda _: Vault())().passphrase == ""

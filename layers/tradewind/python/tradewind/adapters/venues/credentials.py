"""Credentials of an account: fetched when they are first needed, held for a while in memory, and shown to nobody.

A configuration names their place, `secretsmanager:NAME` or `ssm:/PATH`, where JSON with `key` and `secret` lies,
and `passphrase` where an exchange asks for one. The value is in no environment variable, log, error or `repr`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.secrets import Secrets

TTL = 900.0
"""Seconds after which credentials are fetched anew, so that a rotated key is taken up without a deploy."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and its secret, and the passphrase that some exchanges ask for beside them; none is ever shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


type Fetch = Callable[[], Credentials]


@dataclass(slots=True)
class CachedCredentials:
    """Credentials that are fetched at the first question and again when they are old or were refused.

    Attributes
    ----------
    monotonic : callable
        Seconds.
    """

    fetch: Fetch
    monotonic: Callable[[], float]
    ttl: float = TTL
    _held: Credentials | None = field(default=None, repr=False)
    _until: float = 0.0

    def __call__(self) -> Credentials:
        """Return them.

        Raises
        ------
        TransientError
            If they cannot be fetched now.
        PermanentError
            If they are not there, or are none.
        """
        now = self.monotonic()
        if self._held is None or now >= self._until:
            self._held, self._until = self.fetch(), now + self.ttl
        return self._held

    def forget(self) -> None:
        """Fetch anew next time: the venue has refused what is held."""
        self._until = 0.0


def from_place(place: str, clients: Callable[[str], Any]) -> Fetch:
    """Return what fetches the credentials that lie somewhere, anew each time.

    Parameters
    ----------
    clients : callable
        Returns the client of a service.
    """

    def fetch() -> Credentials:
        row = Secrets(clients).row(place, "key", "secret")
        return Credentials(
            row["key"], row["secret"], row.get("passphrase", "")
        )  # whatever else somebody keeps beside them

    return fetch

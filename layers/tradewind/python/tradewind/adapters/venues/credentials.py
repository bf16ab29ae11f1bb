"""Credentials of an account: fetched when they are first needed, held for a while in memory, and shown to nobody.

A reference says where they lie, and may stand in a configuration: `secretsmanager:NAME` or `ssm:NAME`. What lies there
is JSON with `key` and `secret`. The value is in no environment variable, no log, no error and no `repr`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tradewind.domain.errors import BadInputError, TransientError

TTL = 900.0
"""Seconds after which credentials are fetched anew, so that a rotated key is taken up without a deploy."""

_KINDS = ("secretsmanager", "ssm")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and its secret; neither is ever shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


type Fetch = Callable[[], Credentials]


def reference(text: str) -> tuple[str, str]:
    """Part a reference into its service and its name.

    Raises
    ------
    BadInputError
        If it is none.
    """
    service, colon, name = text.partition(":")
    if service not in _KINDS or not colon or not name:
        raise BadInputError(f"{text!r} names no credentials: write secretsmanager:NAME or ssm:NAME")
    return service, name


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
        BadInputError
            If they are not there, or are none.
        """
        now = self.monotonic()
        if self._held is None or now >= self._until:
            self._held, self._until = self.fetch(), now + self.ttl
        return self._held

    def forget(self) -> None:
        """Fetch anew next time: the venue has refused what is held."""
        self._until = 0.0


def from_aws(text: str, clients: Callable[[str], Any]) -> Fetch:
    """Return what fetches the credentials that a reference names.

    Parameters
    ----------
    clients : callable
        Returns the client of a service.
    """
    service, name = reference(text)

    def fetch() -> Credentials:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only where an account has a venue

        try:
            return read(text, _value(service, name, clients(service)))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
            if code in {"ResourceNotFoundException", "ParameterNotFound"}:
                raise BadInputError(f"there are no credentials at {text}: put them there as key and secret") from None
            raise TransientError(f"the credentials at {text} cannot be fetched: {code}") from None
        except BotoCoreError as error:
            raise TransientError(f"the credentials at {text} cannot be fetched: {type(error).__name__}") from None

    return fetch


def _value(service: str, name: str, client: Any) -> str:
    if service == "ssm":
        return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    return str(client.get_secret_value(SecretId=name)["SecretString"])


def read(where: str, text: str) -> Credentials:
    """Read credentials from their JSON; an error tells what is missing and nothing of what is there.

    Raises
    ------
    BadInputError
        If they are not as promised.
    """
    try:
        row = json.loads(text)
        key, secret = row["key"], row["secret"]
    except (ValueError, KeyError, TypeError):
        key = secret = None
    if not isinstance(key, str) or not isinstance(secret, str) or not key or not secret:
        raise BadInputError(f'the credentials at {where} must be JSON: {{"key": "…", "secret": "…"}}')
    return Credentials(key, secret)

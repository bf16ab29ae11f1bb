"""Secrets by their place: an SSM parameter (free) or a secret of Secrets Manager ($0.40 a month). Read, never told."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tradewind.adapters.aws import code_of, translated
from tradewind.domain.errors import BadInputError, PermanentError, TransientError

KEPT = 600.0
"""Seconds for which a secret is remembered: none is fetched for each event, and a changed one counts soon."""

_ABSENT, _DENIED = (
    "is not there: put it there first",
    "cannot be read: it is not there, or its reader has no right to it",
)
_WHY = {
    "ResourceNotFoundException": _ABSENT,
    "ParameterNotFound": _ABSENT,
    "AccessDeniedException": _DENIED,
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets of one process.

    Attributes
    ----------
    client : callable
        Returns the client of a service.
    """

    client: Callable[[str], Any]
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)

    def text(self, place: str) -> str:
        """Return the secret that lies somewhere.

        Raises
        ------
        BadInputError
            If no secret can lie there.
        TransientError
            If it is not there or may not be read; the message names its place, and whoever asks again may find it.
        """
        kept = self._kept.get(place)
        if kept is None or self.clock() - kept[0] > KEPT:
            kept = self._kept[place] = (self.clock(), self._read(place))
        return kept[1]

    def row(self, place: str, *names: str) -> dict[str, str]:
        """Return a secret that is a JSON object with at least some names; where one is asked for, plain text does.

        Raises
        ------
        PermanentError
            If it is not there, or not such an object.
        """
        text = self.text(place)
        try:
            row = json.loads(text)
        except ValueError:
            row = None
        if not isinstance(row, dict) and len(names) == 1:
            row = {names[0]: text.strip()}
        if not isinstance(row, dict) or any(name not in row for name in names):
            raise PermanentError(f"the secret {place} must be a JSON object with {' and '.join(names)}")
        return {name: str(value) for name, value in row.items()}

    def _read(self, place: str) -> str:
        kind, _, name = place.partition(":")
        with translated(f"read the secret {place}"), _told(place):
            if kind == "ssm":
                answer = self.client("ssm").get_parameter(Name=name, WithDecryption=True)
                return str(answer["Parameter"]["Value"])
            if kind == "secretsmanager":
                return str(self.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
        raise BadInputError(f"{place!r} is no place of a secret: write ssm:/PATH or secretsmanager:NAME")


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Say in a sentence what people forget most: AWS speaks of roles, whose names are long and help nobody."""
    try:
        yield
    except ClientError as error:
        why = _WHY.get(code_of(error))
        if why is None:
            raise
        raise TransientError(f"the secret {place} {why}") from error

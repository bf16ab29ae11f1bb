"""A user pool in memory."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from tradewind.application.ports_identity import Challenge, Identity, LoginRefusedError, Tokens

_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - the name of a challenge


@dataclass(frozen=True)
class Person:
    """Somebody who may log in; who is invited has to choose a password first."""

    password: str
    group: str
    invited: bool = False


@dataclass
class FakeIdentity(Identity):
    """People by their names, and what they were given."""

    people: dict[str, Person]
    _asked: dict[str, str] = field(default_factory=dict)
    _lasting: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def login(self, name: str, password: str) -> Tokens | Challenge:
        person = self.people.get(name)
        if person is None or person.password != password:
            raise LoginRefusedError("name or password is wrong")
        if person.invited:
            session = f"session-{next(self._numbers)}"
            self._asked[session] = name
            return Challenge(_NEW_PASSWORD, session)
        return self._tokens(name)

    def answer(self, challenge: Challenge, name: str, answer: str) -> Tokens | Challenge:
        if challenge.name != _NEW_PASSWORD or self._asked.get(challenge.session) != name:
            raise LoginRefusedError("the session has ended")
        del self._asked[challenge.session]
        self.people[name] = replace(self.people[name], password=answer, invited=False)
        return self._tokens(name)

    def refresh(self, token: str) -> Tokens:
        if token not in self._lasting:
            raise LoginRefusedError("the session has ended")
        return Tokens(self._access(self._lasting[token]), 900)

    def logout(self, token: str) -> None:
        self._lasting.pop(token, None)

    def _tokens(self, name: str) -> Tokens:
        lasting = f"refresh-{next(self._numbers)}"
        self._lasting[lasting] = name
        return Tokens(self._access(name), 900, lasting)

    def _access(self, name: str) -> str:
        claims = {"username": name, "cognito:groups": [self.people[name].group]}
        return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.e30"

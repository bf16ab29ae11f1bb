"""Who asks, and what they may: viewers look, traders trade, admins stop and arm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from tradewind.api.problems import Problem


class Role(IntEnum):
    """What somebody may; each holds all of the one before. `NOBODY` needs no login."""

    NOBODY = 0
    VIEWER = 1
    TRADER = 2
    ADMIN = 3

    @property
    def group(self) -> str:
        """The user pool's group that gives this role."""
        return self.name.lower()


GROUPS: Mapping[str, Role] = {role.group: role for role in Role if role is not Role.NOBODY}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes
    ----------
    name : str
        As the user pool knows them; it stands in the audit trail.
    """

    name: str
    role: Role


ANYBODY = Principal("", Role.NOBODY)


def principal_of(event: Mapping[str, Any]) -> Principal:
    """Return who sent a request, from the claims that the gateway's authorizer has verified.

    An identity token is refused: it says who somebody is, and is not meant to be shown to an API.

    Raises
    ------
    Problem
        401 without verified claims of an access token.
    """
    claims = event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims") or {}
    if claims.get("token_use") != "access" or not claims.get("username"):
        raise Problem(
            HTTPStatus.UNAUTHORIZED, "log in first: this needs an access token", {"WWW-Authenticate": "Bearer"}
        )
    return Principal(str(claims["username"]), role_of(claims.get("cognito:groups", "")))


def role_of(groups: object) -> Role:
    """Return the highest role that somebody's groups give."""
    return max((GROUPS[name] for name in _groups(groups) if name in GROUPS), default=Role.NOBODY)


def require(who: Principal, role: Role) -> None:
    """Refuse those who may not.

    Raises
    ------
    Problem
        403, saying which role is needed.
    """
    if who.role < role:
        raise Problem(HTTPStatus.FORBIDDEN, f"this needs the role {role.group}: ask an admin for it")


def _groups(claim: object) -> list[str]:
    """Read the groups as HTTP APIs hand them on: a list written as text, `[viewer trader]`."""
    if isinstance(claim, list):
        return [str(one) for one in claim]
    return re.findall(r"[^\s,\[\]\"']+", str(claim))

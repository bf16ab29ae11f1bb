"""Who may log in, as the API and the command line ask for it."""

from dataclasses import dataclass
from typing import Protocol

from tradewind.domain.errors import PermanentError


class LoginRefusedError(PermanentError):
    """The name, the password or the token does not count; the message never says which."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gives.

    Attributes
    ----------
    access : str
        Shown with each request; `seconds` until it ends.
    refresh : str
        What gets the next one; empty where the asker's own goes on.
    """

    access: str
    seconds: int
    refresh: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is still asked of whoever logs in.

    Attributes
    ----------
    name : str
        `NEW_PASSWORD_REQUIRED` or `SOFTWARE_TOKEN_MFA`.
    session : str
        What the answer must show.
    """

    name: str
    session: str


class Identity(Protocol):
    """Logging in. Every method may raise `LoginRefusedError`."""

    def login(self, name: str, password: str) -> Tokens | Challenge:
        """Log in with a password."""

    def answer(self, challenge: Challenge, name: str, answer: str) -> Tokens | Challenge:
        """Answer a challenge: a new password, or a second factor's code."""

    def refresh(self, token: str) -> Tokens:
        """Get the next access token."""

    def logout(self, token: str) -> None:
        """End a refresh token, and every access token that came of it."""

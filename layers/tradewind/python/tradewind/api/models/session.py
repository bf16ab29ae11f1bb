"""Logging in as documents."""

from typing import Literal

from pydantic import Field

from tradewind.api.models.base import Model


class Login(Model):
    """A name and a password; or a name, what was asked, and the answer to that."""

    name: str = Field(min_length=1, max_length=128)
    password: str = Field(min_length=1, max_length=256, description="The password, the new password, or the code.")
    challenge: Literal["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"] | None = None
    session: str | None = Field(default=None, max_length=4096, description="As the challenge came with.")


class Session(Model):
    """Somebody who is logged in, or what is still asked of them.

    The refresh token is in a cookie that scripts cannot read.
    """

    access_token: str | None = Field(default=None, description="Keep it in memory; show it as `Bearer`.")
    expires_in: int = Field(default=0, description="Seconds until it ends.")
    name: str = ""
    role: str = Field(default="", description="viewer, trader or admin; empty for none.")
    challenge: str | None = Field(default=None, description="What is still asked: NEW_PASSWORD_REQUIRED, …")
    session: str | None = Field(default=None, description="Send it back with the answer.")

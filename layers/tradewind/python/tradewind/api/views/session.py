"""Logging in, staying so, and leaving: the browser holds an access token in memory and a cookie it cannot read."""

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from tradewind.api.access import Role, role_of
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.session import Login, Session
from tradewind.api.problems import Problem
from tradewind.application.note_login import REFUSED
from tradewind.application.note_login import Login as NotedLogin
from tradewind.application.ports_identity import Challenge, LoginRefusedError, Tokens

COOKIE = "tradewind_refresh"
_PATH = "/api/session"
_WEEK = 7 * 86_400


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = SessionView(gateway, desk)
    gateway.changes("POST", _PATH, view.login, Role.NOBODY, tag="Session", audited=False)
    gateway.changes("PUT", _PATH, view.refresh_session, Role.NOBODY, tag="Session", audited=False)
    gateway.changes("DELETE", _PATH, view.logout, Role.NOBODY, tag="Session", audited=False, status_code=204)


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who is logged in."""

    gateway: Gateway
    desk: Desk

    def login(self, login: Annotated[Login, Body()]) -> Response[Session]:
        """Log in, or answer what is still asked; the refresh token comes as a cookie that no script can read."""
        identity = self.desk.identity
        try:
            if login.challenge:
                done = identity.answer(Challenge(login.challenge, login.session or ""), login.name, login.password)
            else:
                done = identity.login(login.name, login.password)
        except LoginRefusedError as error:
            self._note(login.name, "", REFUSED)
            raise Problem(HTTPStatus.UNAUTHORIZED, str(error)) from None
        if isinstance(done, Challenge):
            self._note(login.name, "", f"asked for {done.name}")
            return _challenged(done)
        session = _session(done)
        self._note(session.name, session.role, "logged in")
        return _answer(done, session)

    def refresh_session(self) -> Response[Session]:
        """Get the next access token for the cookie that the login left."""
        try:
            done = self.desk.identity.refresh(self._cookie())
        except LoginRefusedError as error:
            raise Problem(HTTPStatus.UNAUTHORIZED, str(error)) from None
        return _answer(done, _session(done))

    def logout(self) -> Response[None]:
        """Leave: the refresh token ends, and the cookie with it."""
        with suppress(LoginRefusedError, Problem):  # whoever is not logged in has left already
            self.desk.identity.logout(self._cookie())
        return Response(status_code=int(HTTPStatus.NO_CONTENT), cookies=[_cookie("", 0)])

    def _note(self, name: str, role: str, outcome: str) -> None:
        """Put a login on the audit trail before anything is told of it."""
        event = self.gateway.app.current_event
        origin = event.headers.get("x-forwarded-for") or event.request_context.http.source_ip
        self.desk.note_login(NotedLogin(name, role, outcome, origin, self.desk.now()))

    def _cookie(self) -> str:
        event = self.gateway.app.current_event
        # The gateway lifts cookies out of the headers; an emulator of it may leave them there.
        shown = [*(event.get("cookies") or ()), event.headers.get("cookie") or ""]
        found = SimpleCookie("; ".join(shown)).get(COOKIE)
        if found is None or not found.value:
            raise Problem(HTTPStatus.UNAUTHORIZED, "log in first")
        return found.value


def _challenged(done: Challenge) -> Response[Session]:
    body = Session(challenge=done.name, session=done.session)
    return Response(status_code=int(HTTPStatus.OK), content_type="application/json", body=body)


def _session(done: Tokens) -> Session:
    claims = _claims(done.access)
    role = role_of(claims.get("cognito:groups", ""))
    return Session(
        access_token=done.access, expires_in=done.seconds, name=str(claims.get("username", "")),
        role=role.group if role else "",
    )  # fmt: skip


def _answer(done: Tokens, session: Session) -> Response[Session]:
    cookies = [_cookie(done.refresh, _WEEK)] if done.refresh else []
    return Response(status_code=int(HTTPStatus.OK), content_type="application/json", body=session, cookies=cookies)


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        COOKIE, value, path=_PATH, secure=True, http_only=True, max_age=seconds, same_site=SameSite.STRICT_MODE
    )


def _claims(token: str) -> dict[str, Any]:
    """Read what a token says of its owner; it came from the user pool itself this moment, so nothing is verified."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims

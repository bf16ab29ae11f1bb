"""Logging in at a Cognito user pool, as its public client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from tradewind.adapters.aws import code_of, translated
from tradewind.application.ports_identity import Challenge, Identity, LoginRefusedError, Tokens
from tradewind.domain.errors import PermanentError

_NOT_LET_IN = "name or password is wrong, or the session has ended"
_REFUSED = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
        "CodeMismatchException",
        "ExpiredCodeException",
        "InvalidPasswordException",
        "InvalidParameterException",
        "UnsupportedTokenTypeException",
        "UnauthorizedException",
    }
)
_ANSWERED_BY = {"NEW_PASSWORD_REQUIRED": "NEW_PASSWORD", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}


@dataclass(frozen=True, slots=True)
class CognitoIdentity(Identity):
    """One client of one user pool."""

    client: Any
    client_id: str

    def login(self, name: str, password: str) -> Tokens | Challenge:
        """Log in with a password."""
        return _outcome(self._initiate("USER_PASSWORD_AUTH", {"USERNAME": name, "PASSWORD": password}))

    def answer(self, challenge: Challenge, name: str, answer: str) -> Tokens | Challenge:
        """Answer a challenge.

        Raises
        ------
        LoginRefusedError
            Also where the challenge is none that this API knows.
        """
        if challenge.name not in _ANSWERED_BY:
            raise LoginRefusedError(f"unknown challenge: choose one of {', '.join(_ANSWERED_BY)}")
        return _outcome(
            _asked(
                self.client.respond_to_auth_challenge,
                ClientId=self.client_id,
                ChallengeName=challenge.name,
                Session=challenge.session,
                ChallengeResponses={"USERNAME": name, _ANSWERED_BY[challenge.name]: answer},
            )
        )

    def refresh(self, token: str) -> Tokens:
        """Get the next access token."""
        done = _outcome(self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": token}))
        if isinstance(done, Challenge):
            raise LoginRefusedError("log in again")
        return done

    def logout(self, token: str) -> None:
        """End a refresh token."""
        _asked(self.client.revoke_token, Token=token, ClientId=self.client_id)

    def _initiate(self, flow: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        return _asked(self.client.initiate_auth, ClientId=self.client_id, AuthFlow=flow, AuthParameters=parameters)


def _asked(call: Any, **request: Any) -> Mapping[str, Any]:
    with translated("ask the user pool"):
        try:
            answer: Mapping[str, Any] = call(**request)
        except ClientError as error:
            if code_of(error) == "InvalidPasswordException":
                raise LoginRefusedError("choose a password of twelve characters: small, capital, digit, sign") from None
            if code_of(error) in _REFUSED:
                raise LoginRefusedError(_NOT_LET_IN) from None
            raise
        except ParamValidationError:  # what no pool ever handed out, such as a session of a few characters
            raise LoginRefusedError(_NOT_LET_IN) from None
    return answer


def _outcome(answer: Mapping[str, Any]) -> Tokens | Challenge:
    if "ChallengeName" in answer:
        return Challenge(answer["ChallengeName"], answer.get("Session", ""))
    result = answer.get("AuthenticationResult")
    if not result:
        raise PermanentError("the user pool answered with neither tokens nor a challenge")
    return Tokens(result["AccessToken"], result["ExpiresIn"], result.get("RefreshToken", ""))

"""Who may log in: in memory, and at an emulator's user pool. The mocks of the other suites know no user pools."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.backends import client
from tests.fakes.identity import FakeIdentity, Person
from tradewind.adapters.cognito import CognitoIdentity
from tradewind.application.ports_identity import Challenge, Identity, LoginRefusedError, Tokens

PASSWORD, CHOSEN = "Correct-horse-1x", "Battery-staple-2y"
ANN, CARL = Person(PASSWORD, "admin"), Person(PASSWORD, "viewer", invited=True)


@pytest.fixture(params=["fake", pytest.param("emulator", marks=pytest.mark.e2e)])
def pool(request: pytest.FixtureRequest) -> Iterator[Identity]:
    people = {"ann": ANN, "carl": CARL}
    if request.param == "fake":
        yield FakeIdentity(people)
    else:
        yield from _deployed(client("cognito-idp", request.getfixturevalue("emulator")), people)


def _deployed(cognito: Any, people: dict[str, Person]) -> Iterator[Identity]:
    pool = cognito.create_user_pool(PoolName="contract")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="contract", ExplicitAuthFlows=flows)
    for name, person in people.items():
        cognito.create_group(UserPoolId=pool, GroupName=person.group)
        cognito.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=person.password)
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=person.password, Permanent=not person.invited
        )
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=person.group)
    yield CognitoIdentity(cognito, made["UserPoolClient"]["ClientId"])
    cognito.delete_user_pool(UserPoolId=pool)


def claims(tokens: Tokens) -> tuple[str, list[str]]:
    part = tokens.access.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told["username"], told["cognito:groups"]


def entered(done: Tokens | Challenge) -> Tokens:
    assert isinstance(done, Tokens)
    return done


def asked(pool: Identity) -> Challenge:
    challenge = pool.login("carl", PASSWORD)
    assert isinstance(challenge, Challenge)
    return challenge


def test_a_token_names_its_owner_and_what_they_may(pool: Identity) -> None:
    assert claims(entered(pool.login("ann", PASSWORD))) == ("ann", ["admin"])


@pytest.mark.parametrize(("name", "password"), [("ann", CHOSEN), ("nobody", PASSWORD)])
def test_a_wrong_password_and_a_name_that_is_none_are_refused(pool: Identity, name: str, password: str) -> None:
    with pytest.raises(LoginRefusedError, match="name or password is wrong"):
        pool.login(name, password)


@pytest.mark.parametrize("session", ["", "short"])
def test_a_challenge_that_nobody_was_asked_is_refused(pool: Identity, session: str) -> None:
    with pytest.raises(LoginRefusedError, match="the session has ended"):
        pool.answer(Challenge("NEW_PASSWORD_REQUIRED", session), "carl", CHOSEN)


def test_who_was_invited_chooses_a_password_which_counts_from_then_on(pool: Identity) -> None:
    challenge = asked(pool)

    assert challenge.name == "NEW_PASSWORD_REQUIRED"
    assert claims(entered(pool.answer(challenge, "carl", CHOSEN))) == ("carl", ["viewer"])
    assert claims(entered(pool.login("carl", CHOSEN))) == ("carl", ["viewer"])
    with pytest.raises(LoginRefusedError):
        pool.login("carl", PASSWORD)


def test_no_other_challenge_is_answered(pool: Identity) -> None:
    with pytest.raises(LoginRefusedError):
        pool.answer(Challenge("RIDDLE", asked(pool).session), "carl", CHOSEN)


@pytest.mark.parametrize("pool", ["fake"], indirect=True)  # the emulator takes any session; Cognito does not
def test_nobody_answers_what_was_not_asked(pool: Identity) -> None:
    with pytest.raises(LoginRefusedError):
        pool.answer(replace(asked(pool), session="a session that nobody was given"), "carl", CHOSEN)


def test_who_stays_gets_further_tokens_until_they_leave(pool: Identity) -> None:
    lasting = entered(pool.login("ann", PASSWORD)).refresh
    assert claims(pool.refresh(lasting)) == ("ann", ["admin"])

    pool.logout(lasting)

    for token in (lasting, "made up"):
        with pytest.raises(LoginRefusedError):
            pool.refresh(token)

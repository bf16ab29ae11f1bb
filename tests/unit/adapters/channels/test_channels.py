"""Each channel against a server of the same interface: what it refuses as too long or unescaped never reaches it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.alerts import CHAT, TOKEN, Servers, serving
from tests.fakes.world import FakePause
from tradewind.adapters.channels.ntfy import NtfyChannel
from tradewind.adapters.channels.people import EmailChannel, SmsChannel
from tradewind.adapters.channels.post import Post
from tradewind.adapters.channels.registry import Channels
from tradewind.adapters.channels.slack import SlackChannel
from tradewind.adapters.channels.telegram import TelegramChannel
from tradewind.adapters.channels.webhook import WebhookChannel
from tradewind.adapters.secrets import Secrets
from tradewind.application.ports import AlertChannel
from tradewind.domain.alerting import ChannelRules
from tradewind.domain.errors import BadInputError, PermanentError, TransientError
from tradewind.domain.events import Event, Severity

KINDS = ("ntfy", "telegram", "slack", "webhook")
NASTY = "a < b & c > d <b>bold</b> &lt; *stars* _lines_ `code` <!channel> \x07 \u202e end"
PASSWORD = "hunter2-hunter2"  # noqa: S105 - opens nothing
STOPPED = Event("ORDER_FILLED", Severity.CRITICAL, "STOP SELL 1 ACME.TEST filled at 90 €", "ACME.TEST", {"trace": "t"})


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(servers: Servers) -> None:
    servers.received.clear()
    servers.down = 0


def channel(kind: str, servers: Servers, **secret: str) -> AlertChannel:
    at, post = servers.address, Post(kind, pause=FakePause())
    builders: dict[str, Any] = {
        "ntfy": lambda: NtfyChannel(at, lambda: {"topic": "mine", "token": "tk_mine"} | secret, "dev", post),
        "telegram": lambda: TelegramChannel(at, lambda: {"token": TOKEN, "chat": CHAT} | secret, "dev", post),
        "slack": lambda: SlackChannel(lambda: {"url": f"{at}/services/T0/B0/xyz"} | secret, "dev", post),
        "webhook": lambda: WebhookChannel(f"{at}/hook", pause=FakePause()),
    }
    built: AlertChannel = builders[kind]()
    return built


def text_of(kind: str, body: Any) -> str:
    texts: dict[str, Callable[[], str]] = {
        "ntfy": lambda: body["title"] + "\n" + body["message"],
        "telegram": lambda: body["text"],
        "slack": lambda: "\n".join(block["text"]["text"] for block in body["blocks"]),
        "webhook": lambda: json.dumps(body),
    }
    return texts[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_arrives_with_what_happened_where_and_under_which_id(kind: str, servers: Servers) -> None:
    channel(kind, servers).send("paper-3-0", STOPPED, 86_400_000)

    ((_, _, body),) = servers.received
    for part in ("STOP SELL 1 ACME.TEST filled at 90", "paper-3-0", "CRITICAL"):
        assert part in text_of(kind, body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [NASTY, NASTY * 500, "&" * 10_000, "𝄞" * 10_000, ""])
def test_whatever_an_alert_says_its_server_takes_it(kind: str, text: str, servers: Servers) -> None:
    channel(kind, servers).send("paper-3-0", Event("ORDER_FILLED", Severity.INFO, text, "A&B<C>.TEST"), 1)

    assert len(servers.received) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_busy_for_a_moment_is_asked_again(kind: str, servers: Servers) -> None:
    servers.down = 2

    channel(kind, servers).send("paper-3-0", STOPPED, 1)

    assert len(servers.received) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_stays_busy_is_a_failure_for_now(kind: str, servers: Servers) -> None:
    servers.down = 3

    with pytest.raises(TransientError, match="status 503"):
        channel(kind, servers).send("paper-3-0", STOPPED, 1)


@pytest.mark.parametrize(
    ("kind", "secret", "told"),
    [
        ("ntfy", {"token": "tk_theirs"}, "status 401"),
        ("telegram", {"token": "1:wrong"}, "Unauthorized"),
        ("telegram", {"chat": "7"}, "chat not found"),
    ],
)
def test_a_refusal_is_permanent_says_why_and_keeps_the_secret(
    kind: str, secret: dict[str, str], told: str, servers: Servers
) -> None:
    with pytest.raises(PermanentError, match=told) as refused:
        channel(kind, servers, **secret).send("paper-3-0", STOPPED, 1)

    assert next(iter(secret.values())) not in str(refused.value).replace("127.0.0.1", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "leaked",
    [
        f"api_key={PASSWORD}",
        f'{{"password": "{PASSWORD}"}}',
        f"Authorization: Bearer {PASSWORD}",
        f"https://user:{PASSWORD}@example.com/x",
        "https://hooks.slack.com/services/" + PASSWORD,
        TOKEN,
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0aa.c2lnbmF0dXJl",
    ],
)
def test_no_secret_is_ever_in_an_alert(kind: str, leaked: str, servers: Servers) -> None:
    facts = {"reason": f"failed: {leaked}", "by": f"somebody {leaked}"}
    channel(kind, servers).send(
        "paper-3-0", Event("HEALTH_FAILING", Severity.CRITICAL, f"failed: {leaked}", "", facts), 1
    )

    ((_, _, body),) = servers.received
    assert "[secret]" in text_of(kind, body)
    assert leaked not in str(body)
    assert PASSWORD not in str(body)


def test_a_signed_webhook_can_be_checked_by_who_knows_the_key(servers: Servers) -> None:
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    WebhookChannel(f"{servers.address}/hook", secret=lambda: "key").send("paper-3-0", STOPPED, 1)

    ((_, headers, body),) = servers.received
    text = "paper-3-0." + json.dumps(body, separators=(",", ":"), sort_keys=True)
    assert headers["Tradewind-Signature"] == "sha256=" + hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()


class Sns:
    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, **request: Any) -> None:
        self.published.append(request)


@pytest.mark.parametrize("text", [NASTY, "x\ny" * 60, "€ – é 𝄞" * 40])
def test_an_email_has_a_subject_that_sns_takes_and_an_sms_is_one_message(text: str) -> None:
    sns, event = Sns(), Event("ORDER_DENIED", Severity.WARNING, text, "ACME.TEST")

    EmailChannel(sns, "arn:email", "dev").send("paper-3-0", event, 1)
    SmsChannel(sns, "arn:sms", "dev").send("paper-3-0", event, 1)

    email, sms = sns.published
    assert re.fullmatch(r"[\x20-\x7e]{1,99}", email["Subject"])
    assert email["Subject"].startswith("Tradewind warning: Order denied ACME.TEST")
    assert email["Message"].endswith("paper-3-0")
    assert re.fullmatch(r"[\x20-\x7e]{1,160}", sms["Message"])
    assert sms["Message"].endswith("[paper-3-0]")


class Vault:
    """Parameters and secrets, counted."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> Any:  # noqa: N803 - as the SDK has it
        assert WithDecryption
        self.asked.append(Name)
        return {"Parameter": {"Value": '{"token": "t", "chat": 5}'}}

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803
        self.asked.append(SecretId)
        return {"SecretString": "plain\n"}


def test_a_secret_is_read_once_in_ten_minutes_and_not_for_each_alert() -> None:
    vault, now = Vault(), [0.0]
    secrets = Secrets(lambda _: vault, lambda: now[0])

    rows = [secrets.row("ssm:/a", "token", "chat") for _ in range(3)]
    now[0] = 601
    secrets.row("ssm:/a", "token", "chat")

    assert rows == [{"token": "t", "chat": "5"}] * 3
    assert vault.asked == ["/a", "/a"]
    assert secrets.row("secretsmanager:b", "url") == {"url": "plain"}


def test_a_secret_of_another_shape_is_refused_without_being_told() -> None:
    with pytest.raises(PermanentError, match="ssm:/a must be a JSON object with topic and user") as refused:
        Secrets(lambda _: Vault()).row("ssm:/a", "topic", "user")

    assert "chat" not in str(refused.value)


def test_every_kind_of_channel_can_be_built_and_no_other() -> None:
    made = Channels("dev", lambda _: Sns(), Secrets(lambda _: Vault()), {"email": "e", "sms": "s"})

    for kind in ("email", "sms", *KINDS):
        assert made.build(ChannelRules(kind, kind, "https://x.example", "ssm:/a"))
    with pytest.raises(BadInputError, match="unknown kind"):
        made.build(ChannelRules("x", "pager"))

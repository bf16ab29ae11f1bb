"""A webhook gets each alert with its stable id; its address, which is its password, is told to nobody else."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from tests.fakes.world import FakePause
from tradewind.adapters.channels.webhook import WebhookChannel
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event, Severity

SECRET = "s3cr3t"  # noqa: S105 - opens nothing
URL = f"https://hooks.example/{SECRET}?key={SECRET}"
FILLED = Event("ORDER_FILLED", Severity.INFO, "ENTRY BUY 10 ACME.TEST filled at 100 €", "ACME.TEST", {"fee": "0.10"})


@dataclass
class Receiver:
    """Answers with one status after the other, the last for ever; an exception is raised."""

    answers: list[int | Exception]
    received: list[httpx.Request] = field(default_factory=list)
    pause: FakePause = field(default_factory=FakePause)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, headers={"Location": "https://elsewhere.example"})

    def channel(self, url: str = URL) -> WebhookChannel:
        return WebhookChannel(url, pause=self.pause, client=httpx.Client(transport=httpx.MockTransport(self)))


def test_an_alert_is_posted_as_json_under_its_id() -> None:
    receiver = Receiver([204])

    receiver.channel().send("paper-3-0", FILLED, 86_400_000)

    (request,) = receiver.received
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Idempotency-Key"] == "paper-3-0"
    body = json.loads(request.content)
    assert (body["alert_id"], body["ts"], Event.from_dict(body)) == ("paper-3-0", 86_400_000, FILLED)
    assert receiver.pause.waits == []


@pytest.mark.parametrize("failure", [500, 503, 429, 408, httpx.ReadTimeout("slow"), httpx.ConnectError("refused")])
def test_what_may_pass_is_tried_again_under_the_same_id(failure: int | Exception) -> None:
    receiver = Receiver([failure, failure, 200])

    receiver.channel().send("paper-3-0", FILLED, 1)

    assert [one.headers["Idempotency-Key"] for one in receiver.received] == ["paper-3-0"] * 3
    assert receiver.pause.waits == [1, 2]


@pytest.mark.parametrize("failure", [500, 429, httpx.ConnectError(f"no way to {URL}")])
def test_what_never_passes_is_a_transient_error_that_keeps_the_secret(failure: int | Exception) -> None:
    receiver = Receiver([failure])

    with pytest.raises(TransientError, match=r"hooks\.example failed 3 times") as caught:
        receiver.channel().send("paper-3-0", FILLED, 1)

    assert len(receiver.received) == 3
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_permanent_and_tried_once(status: int) -> None:
    receiver = Receiver([status])

    with pytest.raises(PermanentError, match=f"refused it for good: status {status}") as caught:
        receiver.channel().send("paper-3-0", FILLED, 1)

    assert len(receiver.received) == 1
    assert SECRET not in str(caught.value)


def test_a_redirect_is_no_delivery() -> None:
    with pytest.raises(PermanentError, match="status 302"):
        Receiver([302]).channel().send("paper-3-0", FILLED, 1)


@pytest.mark.parametrize("url", [f"ftp://hooks.example/{SECRET}", f"https://hooks.example:x/{SECRET}", f"/{SECRET}"])
def test_an_address_that_is_none_is_permanent_and_stays_secret(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        WebhookChannel(url, pause=FakePause()).send("paper-3-0", FILLED, 1)

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("answers", [[200], [500], [404], [httpx.ConnectError(URL)]])
def test_the_address_is_in_no_log_and_no_traceback(
    caplog: pytest.LogCaptureFixture, answers: list[int | Exception]
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = Receiver(answers).channel()
    told: list[str] = [repr(channel)]
    deliver: Callable[[], None] = lambda: channel.send("paper-3-0", FILLED, 1)  # noqa: E731

    try:
        deliver()
    except (TransientError, PermanentError) as error:
        told += [str(error), str(error.__context__), str(error.__cause__)]

    assert SECRET not in caplog.text + "".join(told)

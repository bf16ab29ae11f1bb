"""What every function calls AWS with."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from tradewind import bootstrap


class _Body:
    def stream(self) -> list[bytes]:
        return [b"{}"]


def test_who_calls_is_named_in_a_word_that_no_request_puts_together_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "one", "SECRET_ACCESS_KEY": "two", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    named: list[bytes] = []
    headers: Any = {}

    def answer(request: Any, **_: object) -> AWSResponse:
        named.append(request.headers["User-Agent"])
        return AWSResponse(request.url, 200, headers, _Body())

    bootstrap.forget_clients()
    made = bootstrap.client("dynamodb")
    made.meta.events.register("before-send.dynamodb", answer)

    made.get_item(TableName="one", Key={"pk": {"S": "one"}})
    bootstrap.forget_clients()

    # Powertools, where a test has imported it, adds its own name behind.
    assert [name.split()[0] for name in named] == [b"tradewind"]
    assert b"Botocore" not in named[0]

"""A local endpoint for programs under measurement: what they ask over HTTP is answered by clients in this process.

Under moto these clients have real semantics (conditions, transactions, queues), and since they run in the parent, none
of their work counts as the child's.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}
_SERVICES = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}

type Answer = tuple[int, str, bytes]
type Page = Callable[[dict[str, list[str]]], bytes]


@cache
def client(service: str) -> Any:
    """Return a client of this process; under moto it never leaves it."""
    return get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=f"https://{service}.{REGION}.amazonaws.com",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: dict[str, Page]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(_call(self.headers["X-Amz-Target"], json.loads(body)))

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        page = self.pages.get(address.path)
        if page:
            self._answer((200, "application/json", page(parse_qs(address.query))))
            return
        bucket, _, key = unquote(address.path).lstrip("/").partition("/")
        self._answer((200, "binary/octet-stream", client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))

    def _answer(self, answer: Answer) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _call(target: str, request: dict[str, Any]) -> Answer:
    prefix, _, operation = target.partition(".")
    kind = "application/x-amz-json-1.0"
    try:
        answer = getattr(client(_SERVICES[prefix]), xform_name(operation))(**_decoded(request))
    except ClientError as error:
        answer = {"__type": f"com.amazonaws#{error.response['Error']['Code']}"} | dict(error.response)
        answer["message"] = error.response["Error"]["Message"]
        return 400, kind, json.dumps(_encoded(answer)).encode()
    return 200, kind, json.dumps(_encoded(answer)).encode()


def _decoded(value: Any) -> Any:
    """Turn base64 of binary attributes into bytes."""
    if isinstance(value, dict):
        if value.keys() == {"B"}:
            return {"B": base64.b64decode(value["B"])}
        return {key: _decoded(one) for key, one in value.items()}
    return [_decoded(one) for one in value] if isinstance(value, list) else value


def _encoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _encoded(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@contextmanager
def serving(pages: dict[str, Page] | None = None) -> Iterator[str]:
    """Serve until the end of the block; give the endpoint's URL.

    Parameters
    ----------
    pages : dict
        Answers of a venue by path, from the query.
    """
    handler = type("Handler", (_Handler,), {"pages": pages or {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Bringing the built dashboard to AWS: what is sent, how long it may be kept, and what goes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws import mocked_aws
from tradewind.cli.commands.dashboard import upload
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError

OUTPUTS = {"DashboardBucket": "files", "DashboardDistribution": "E1", "DashboardUrl": "https://d.example/dashboard"}


class _CloudFront:
    """Remembers what it was told to forget."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def create_invalidation(self, **request: Any) -> None:
        self.told.append(request)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mocked_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="files")
        made = Deployed("dev", OUTPUTS, {"region_name": "us-east-1"})
        made._clients |= {"s3": client, "cloudfront": _CloudFront()}
        yield made


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    for name in ("index.html", "favicon.svg", "assets/main-2.js", ".vite/manifest.json"):
        (tmp_path / name).write_text(json.dumps(name))
    return tmp_path


def test_the_page_is_asked_for_each_time_and_what_it_names_is_kept_for_good(deployed: Deployed, built: Path) -> None:
    client = deployed.client("s3")
    client.put_object(Bucket="files", Key="assets/main-1.js", Body=b"old")

    assert upload(deployed, built, 1) == (3, 1)

    kept = {one["Key"] for one in client.list_objects_v2(Bucket="files")["Contents"]}
    page, script = (client.head_object(Bucket="files", Key=key) for key in ("index.html", "assets/main-2.js"))
    assert kept == {"index.html", "favicon.svg", "assets/main-2.js"}
    assert (page["CacheControl"], page["ContentType"]) == ("no-cache", "text/html")
    assert "immutable" in script["CacheControl"]
    assert script["ContentType"] == "text/javascript"


def test_the_page_comes_last_and_cloudfront_is_told_of_it(
    deployed: Deployed, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = deployed.client("s3")
    sent: list[str] = []

    def put(**request: Any) -> None:
        sent.append(request["Key"])

    monkeypatch.setattr(client, "put_object", put)

    upload(deployed, built, 7)

    (told,) = deployed.client("cloudfront").told
    assert sent[-1] == "index.html"
    assert told["DistributionId"] == "E1"
    assert told["InvalidationBatch"]["Paths"]["Items"] == ["/index.html"]


def test_nothing_is_published_that_was_not_built(deployed: Deployed, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="the dashboard has not been built: run `make web` first"):
        upload(deployed, tmp_path, 1)

"""Whole objects by key: in memory, on moto, and on an emulator."""

from collections.abc import Iterator

import pytest

from tests.aws import mocked_aws
from tests.contract.backends import client
from tradewind.adapters.market.replay import MemoryObjects
from tradewind.adapters.s3.objects import S3Objects
from tradewind.application.ports_bars import ObjectReader
from tradewind.domain.errors import PermanentError, TransientError

DATA = bytes(range(256)) * 1000
KEY = "replay/1d/ACME.TEST.bin"


@pytest.fixture(params=["fake", "moto", pytest.param("emulator", marks=pytest.mark.e2e)])
def objects(request: pytest.FixtureRequest) -> Iterator[ObjectReader]:
    match request.param:
        case "fake":
            yield MemoryObjects({KEY: DATA})
        case "moto":
            with mocked_aws():
                yield _bucket(None)
        case _:
            yield _bucket(request.getfixturevalue("emulator"))


def _bucket(endpoint: str | None) -> ObjectReader:
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket="contract-objects")
    s3.put_object(Bucket="contract-objects", Key=KEY, Body=DATA)
    return S3Objects(s3, "contract-objects")


def test_an_object_is_read_whole(objects: ObjectReader) -> None:
    assert objects.get(KEY) == DATA


def test_an_object_that_is_not_there_is_named(objects: ObjectReader) -> None:
    with pytest.raises(PermanentError, match="replay/1d/NONE"):
        objects.get("replay/1d/NONE")


def test_a_bucket_that_is_not_there_is_the_environment_s_fault() -> None:
    with mocked_aws(), pytest.raises(TransientError, match="NoSuchBucket"):
        S3Objects(client("s3"), "nowhere").get(KEY)

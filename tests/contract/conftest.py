"""Each port's contract holds for the fake, for moto and, where `CONTRACT_ENDPOINT` names one, for an emulator."""

import os
from collections.abc import Iterator

import pytest

from tests.contract.backends import AwsBackend, Backend, FakeBackend, Ports

ENDPOINT = os.environ.get("CONTRACT_ENDPOINT", "")


@pytest.fixture(params=["fake", "moto", pytest.param("endpoint", marks=pytest.mark.e2e)])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    match request.param:
        case "fake":
            yield FakeBackend()
        case "moto":
            yield from _on_moto()
        case _:
            yield from _on_endpoint()


@pytest.fixture
def ports(backend: Backend) -> Ports:
    return backend.process()


@pytest.fixture
def aws() -> Iterator[AwsBackend]:
    """Return the real adapters on moto alone, for what only they can do."""
    yield from _on_moto()


def _on_moto() -> Iterator[AwsBackend]:
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds, which tests over fakes need not wait for

    with mock_aws():
        yield AwsBackend()


def _on_endpoint() -> Iterator[AwsBackend]:
    if not ENDPOINT:
        pytest.skip("CONTRACT_ENDPOINT names no emulator")
    backend = AwsBackend(ENDPOINT)
    yield backend
    backend.close()

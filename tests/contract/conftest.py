"""Each port's contract holds for the fake, for moto, and for an emulator of its own."""

import os
import socket
from collections.abc import Iterator

import pytest

from tests.aws import mocked_aws
from tests.contract.backends import AwsBackend, Backend, FakeBackend, Ports


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a bare emulator: nothing is deployed, IAM is on, and it ends with the tests."""
    from tradewind.cli.local import Places, processes  # noqa: PLC0415 - tests over fakes alone need not wait for it
    from tradewind.cli.local import emulator as program  # noqa: PLC0415

    places = Places(tmp_path_factory.mktemp("emulator"))
    with socket.socket() as listener:
        listener.bind((program.HOST, 0))
        port = listener.getsockname()[1]
    process = program.start(places, port)
    before = os.environ.get("AWS_CA_BUNDLE")
    os.environ["AWS_CA_BUNDLE"] = str(places.certificate)
    try:
        yield f"https://{program.HOST}:{port}"
    finally:
        processes.end_group(process)
        os.environ.pop("AWS_CA_BUNDLE")
        if before is not None:
            os.environ["AWS_CA_BUNDLE"] = before


@pytest.fixture(params=["fake", "moto", pytest.param("emulator", marks=pytest.mark.e2e)])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    match request.param:
        case "fake":
            yield FakeBackend()
        case "moto":
            yield from _on_moto()
        case _:
            yield from _on_emulator(request.getfixturevalue("emulator"))


@pytest.fixture
def ports(backend: Backend) -> Ports:
    return backend.process()


@pytest.fixture
def aws() -> Iterator[AwsBackend]:
    """Return the real adapters on moto alone, for what only they can do."""
    yield from _on_moto()


def _on_moto() -> Iterator[AwsBackend]:
    with mocked_aws():
        yield AwsBackend()


def _on_emulator(endpoint: str) -> Iterator[AwsBackend]:
    backend = AwsBackend(endpoint)
    yield backend
    backend.close()

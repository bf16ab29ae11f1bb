"""The local stack's life, without an emulator: what is refused, what is ended, what is not done twice."""

import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from tradewind.cli.local import (
    LocalStack,
    LocalStackError,
    Places,
    current,
    deployment,
    down,
    emulator,
    ends_when_interrupted,
    flat_outputs,
    processes,
    up,
)
from tradewind.cli.local.certificate import ensure_certificate

SLEEPER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "stack")


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "environment.json"
    path.write_text("{}")
    return path


def test_ending_a_program_ends_what_it_started(tmp_path: Path) -> None:
    group = processes.start([sys.executable, "-c", SLEEPER], tmp_path, os.environ, tmp_path / "log")

    processes.end_group(group)

    assert not processes.alive(group)


def test_a_program_that_takes_too_long_is_ended_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match=r"waiting took longer than 0 s and was ended: try again"):
        processes.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, os.environ, 0.2, "waiting")


def test_a_program_that_fails_says_what_it_said_last(tmp_path: Path) -> None:
    program = "import sys; print('much'); print('error: the disk is full'); print('more'); sys.exit(1)"

    with pytest.raises(LocalStackError, match=r"^writing failed: error: the disk is full$"):
        processes.run([sys.executable, "-c", program], tmp_path, os.environ, 30, "writing")


def test_a_busy_port_is_one_sentence_that_says_what_to_do(places: Places, configuration: Path) -> None:
    with socket.socket() as other:
        other.bind((emulator.HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(LocalStackError, match=f"port {port} is in use by another program: stop it, or choose"):
            up("minimal", port, configuration, places=places)

    assert current(places) is None


@pytest.mark.parametrize("port", [-1, 0, 80, 65_536])
def test_what_is_no_port_is_refused_before_anything_starts(places: Places, configuration: Path, port: int) -> None:
    with pytest.raises(LocalStackError, match=f"^PORT={port} is no port: choose one from 1024 to 65535$"):
        up("minimal", port, configuration, places=places)

    assert not places.logs.exists()


def test_a_port_that_cannot_be_had_leaves_the_stack_that_is_up_alone(
    places: Places, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Places] = []
    monkeypatch.setattr("tradewind.cli.local.lifecycle.down", ended.append)
    monkeypatch.setattr(emulator, "is_emulator", lambda _: True)
    monkeypatch.setattr(emulator, "healthy", lambda *_: True)
    places.home.mkdir(parents=True)
    places.state.write_text(json.dumps({"process": 1, "port": 4566, "profile": "minimal"}))

    with pytest.raises(LocalStackError, match="is no port"):
        up("minimal", 70_000, configuration, places=places)

    assert ended == []


def test_an_emulator_that_answers_no_more_is_ended_before_another_starts(
    places: Places, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("tradewind.cli.local.lifecycle.down", lambda _: told.append("ended"))
    monkeypatch.setattr(emulator, "is_emulator", lambda _: True)
    monkeypatch.setattr(emulator, "healthy", lambda *_: False)
    monkeypatch.setattr(emulator, "require_free", lambda port: told.append(f"looked at {port}"))
    monkeypatch.setattr(emulator, "start", lambda *_: _stop())
    places.home.mkdir(parents=True)
    places.state.write_text(json.dumps({"process": 1, "port": 4566, "profile": "minimal"}))

    with pytest.raises(LocalStackError, match="far enough"):
        up("minimal", 4566, configuration, places=places)

    assert told[:2] == ["ended", "looked at 4566"]


def _stop() -> int:
    raise LocalStackError("far enough")


def test_an_unknown_profile_is_refused_before_anything_starts(places: Places, configuration: Path) -> None:
    with pytest.raises(LocalStackError, match="unknown profile 'huge': choose one of minimal, standard, full"):
        up("huge", 4566, configuration, places=places)

    assert not places.home.exists()


def test_a_configuration_that_was_not_built_is_refused_before_anything_starts(places: Places, tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="run `tradewind config build local` first"):
        up("minimal", 4566, tmp_path / "none.json", places=places)

    assert not places.home.exists()


def test_nothing_is_up_where_nothing_was_started(places: Places) -> None:
    assert current(places) is None
    assert down(places) is False


def test_a_process_number_that_was_given_away_is_left_alone(places: Places) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    places.home.mkdir()
    places.state.write_text(json.dumps({"process": stranger.pid, "port": 1, "profile": "minimal"}))
    try:
        assert down(places) is False
        assert stranger.poll() is None
        assert not places.state.exists()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "{", '{"unknown": 1}'])
def test_a_damaged_state_counts_as_none(places: Places, text: str) -> None:
    places.home.mkdir()
    places.state.write_text(text)

    assert current(places) is None


def test_an_interrupt_ends_the_stack_and_goes_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Places | None] = []
    monkeypatch.setattr("tradewind.cli.local.lifecycle.down", ended.append)

    with pytest.raises(KeyboardInterrupt), ends_when_interrupted(places):
        signal.raise_signal(signal.SIGTERM)

    assert ended == [places]


def test_a_body_that_ends_by_itself_leaves_the_stack_up(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Places | None] = []
    monkeypatch.setattr("tradewind.cli.local.lifecycle.down", ended.append)
    before = signal.getsignal(signal.SIGTERM)

    with ends_when_interrupted(places):
        pass

    assert ended == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_certificate_proves_loopback_to_those_who_trust_it_and_stays(places: Places) -> None:
    ensure_certificate(places.certificate, places.private_key)
    first = places.certificate.read_bytes()
    ensure_certificate(places.certificate, places.private_key)

    assert places.certificate.read_bytes() == first
    assert places.private_key.stat().st_mode & 0o077 == 0
    names = x509.load_pem_x509_certificate(first).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert ipaddress.ip_address("127.0.0.1") in names.value.get_values_for_type(x509.IPAddress)


def test_a_damaged_certificate_is_made_anew(places: Places) -> None:
    ensure_certificate(places.certificate, places.private_key)
    places.certificate.write_text("nonsense")

    ensure_certificate(places.certificate, places.private_key)

    assert b"BEGIN CERTIFICATE" in places.certificate.read_bytes()


def test_what_decides_the_deployment_changes_its_fingerprint(configuration: Path) -> None:
    first = deployment.fingerprint("minimal", configuration)

    assert deployment.fingerprint("minimal", configuration) == first
    assert deployment.fingerprint("full", configuration) != first
    configuration.write_text('{"clock": "system"}')
    assert deployment.fingerprint("minimal", configuration) != first


def test_functions_inherit_neither_the_person_s_account_nor_their_certificates(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PYTHONPATH"):
        monkeypatch.setenv(name, "mine")

    variables = emulator.environment(places, 4566)

    assert "mine" not in variables.values()
    assert variables["AUTH"] == "true"
    assert variables["AWS_CA_BUNDLE"] == str(places.certificate)


def test_a_stack_hands_out_clients_that_trust_it_alone(places: Places) -> None:
    stack = LocalStack(places, 4599, "minimal", {"EvaluateBarsFunction": "tradewind-local-evaluate_bars"})

    options = stack.client_options

    assert options["endpoint_url"] == stack.endpoint == "https://127.0.0.1:4599"
    assert options["verify"] == str(places.certificate)
    assert stack.functions == {"evaluate_bars": "tradewind-local-evaluate_bars"}


def test_outputs_are_flat_and_leave_out_what_stacks_tell_each_other() -> None:
    written = {"data": {"MarketTable": "m", "ExportsOutputRefMarket": "m"}, "compute": {"WatchFunction": "w"}}

    assert flat_outputs(written) == {"MarketTable": "m", "WatchFunction": "w"}

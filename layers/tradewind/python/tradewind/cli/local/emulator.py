"""The AWS emulator: an environment of its own, one process group, loopback only, TLS and IAM on."""

import http.client
import os
import socket
import ssl
import time
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from tradewind.cli.local import processes
from tradewind.cli.local.certificate import ensure_certificate
from tradewind.cli.local.errors import LocalStackError
from tradewind.cli.local.places import Places, project_root, uv

HOST = "127.0.0.1"
INSTALL_SECONDS = 300.0
START_SECONDS = 30.0
_FIRST_PORT, _LAST_PORT = 1024, 65_535
_SERVER = Path("infra") / "emulator" / "serve.py"
# What a program needs of the person's environment; the rest (their AWS profile, certificates, Python paths) is not
# the functions' business, and the functions inherit what the emulator sees.
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "USER")


def install() -> Path:
    """Return the emulator's Python, installed from its own lock file on first use.

    Its site-packages are what functions see beside their layers: in the project's environment a layer that lacks a
    library would go unnoticed.

    Raises
    ------
    LocalStackError
        If the package index cannot be reached.
    """
    root = project_root()
    lock, home = root / "infra" / "emulator" / "requirements.txt", root / "build" / "emulator"
    python, stamp = home / "bin" / "python", home / "installed"
    wanted = blake2b(lock.read_bytes(), digest_size=16).hexdigest()
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return python
    _uv(root, "venv", "--quiet", "--clear", "--python", "3.13", str(home))
    _uv(
        root, "pip", "install", "--quiet", "--python", str(python),
        "--compile-bytecode", "--require-hashes", "-r", str(lock),
    )  # fmt: skip
    stamp.write_text(wanted)
    return python


def _uv(root: Path, *arguments: str) -> None:
    try:
        processes.run([uv(), *arguments], root, os.environ, INSTALL_SECONDS, "installing the emulator")
    except LocalStackError as error:
        raise LocalStackError(f"{error} (is the package index reachable?)") from None


def require_free(port: int) -> None:
    """Refuse a port that another program holds, or that is none.

    Raises
    ------
    LocalStackError
        If it is taken, or no port at all.
    """
    if not _FIRST_PORT <= port <= _LAST_PORT:
        raise LocalStackError(f"PORT={port} is no port: choose one from {_FIRST_PORT} to {_LAST_PORT}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalStackError(
                f"port {port} is in use by another program: stop it, or choose a free one with PORT={port + 10}"
            ) from None


def start(places: Places, port: int) -> int:
    """Start the emulator and wait until it answers; return its process id.

    Raises
    ------
    LocalStackError
        If the port is taken or it does not come up.
    """
    require_free(port)
    python = install()
    ensure_certificate(places.certificate, places.private_key)
    places.scratch.mkdir(parents=True, exist_ok=True)
    # Not `ministack` itself: that would also take port 443 wherever it may.
    server, certificate, key = project_root() / _SERVER, places.certificate, places.private_key
    command = [str(python), str(server), HOST, str(port), str(certificate), str(key)]
    process = processes.start(command, places.home, environment(places, port), places.logs)
    try:
        _wait(places, port, process)
    except BaseException:
        processes.end_group(process)
        raise
    return process


def environment(places: Places, port: int) -> Mapping[str, str]:
    """Return the variables of the emulator's process, which its functions inherit."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {
        "TMPDIR": str(places.scratch),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(places.certificate),
        "MINISTACK_SSL_KEY": str(places.private_key),
        # The functions trust this certificate alone when they call AWS.
        "AWS_CA_BUNDLE": str(places.certificate),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        # No Docker: functions are processes of this machine.
        "LAMBDA_EXECUTOR": "local",
        "PYTHONUNBUFFERED": "1",
    }


def _wait(places: Places, port: int, process: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if healthy(places, port):
            return
        if not processes.alive(process):
            break
        time.sleep(0.05)
    raise LocalStackError(f"the emulator did not come up: {places.logs} says why")


def healthy(places: Places, port: int) -> bool:
    """Whether the emulator with this folder's certificate answers on the port; nobody else's can."""
    if not places.certificate.is_file():
        return False
    trust = ssl.create_default_context(cafile=str(places.certificate))
    connection = http.client.HTTPSConnection(HOST, port, timeout=5, context=trust)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_emulator(process: int) -> bool:
    """Whether a process id still belongs to an emulator, and was not given to another program since."""
    return str(_SERVER) in processes.command_line(process)

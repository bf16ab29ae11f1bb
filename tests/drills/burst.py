"""microburst between the functions and the emulator: it fails, delays and cuts off calls in AWS's own words."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.cli.local.stack import ACCOUNT, REGION, SECRET

type Rule = Mapping[str, Any]

_PATIENCE = 20.0


@dataclass(frozen=True)
class Burst:
    """A running proxy."""

    url: str

    def breaks(self, *rules: Rule) -> None:
        """Let these rules hold from now on, and no others."""
        self._ask("POST", "rules", list(rules))

    def heals(self) -> None:
        """Let every call pass."""
        self._ask("POST", "rules", [])

    def fired(self) -> int:
        """Return how many calls were met since the last time."""
        found = self._ask("GET", "fired?limit=100000")
        self._ask("DELETE", "fired")
        return len(found)

    def _ask(self, method: str, what: str, body: Sequence[Rule] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(f"{self.url}/_microburst/{what}", data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - this machine's own
            text = answer.read()
        return json.loads(text) if text else None


@contextmanager
def bursting(upstream: str, certificate: Path, log: Path) -> Iterator[Burst]:
    """Run the proxy before an emulator until the end of the block; what it says goes into a file.

    A signature is over the host that was called, so it signs what it hands on anew, as the emulator's root.
    """
    port = free_port()
    command = [str(Path(sys.executable).with_name("microburst")), "--upstream", upstream, "--port", str(port)]
    keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}
    environment = {**os.environ, **keys, "SSL_CERT_FILE": str(certificate), "NO_PROXY": "127.0.0.1"}
    with (
        log.open("wb") as said,
        subprocess.Popen(  # noqa: S603 - our own words
            [*command, "--resign"], env=environment, stdout=said, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield _answering(Burst(f"http://127.0.0.1:{port}"))
        finally:
            process.terminate()


def _answering(burst: Burst) -> Burst:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            burst.heals()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return burst


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

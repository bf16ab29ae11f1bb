"""Where things lie: the checkout, its tools, and one local stack's own folder."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tradewind.cli.local.errors import LocalStackError


def project_root() -> Path:
    """Return the checkout this package is installed from.

    Raises
    ------
    LocalStackError
        If it is not installed from a checkout: the stack's templates are not part of the package.
    """
    for folder in Path(__file__).resolve().parents:
        if (folder / "cdk.json").is_file():
            return folder
    raise LocalStackError("the local stack is deployed from a checkout: clone the repository and run `make setup`")


def uv() -> str:
    """Return the uv executable that set this environment up.

    Raises
    ------
    LocalStackError
        If there is none.
    """
    own = project_root() / ".tools" / "bin" / "uv"
    found = os.environ.get("UV") or (str(own) if own.is_file() else shutil.which("uv"))
    if not found:
        raise LocalStackError("uv is missing: run `make setup` first")
    return found


def node_folder() -> Path:
    """Return the folder of the Node that the locked environment brings.

    Raises
    ------
    LocalStackError
        If it is not installed.
    """
    folder = Path(sys.executable).parent
    if not (folder / "node").exists() and not (folder / "node.exe").exists():
        raise LocalStackError("Node is missing from this environment: run `make setup` first")
    return folder


def cdk_command() -> list[str]:
    """Return the command of the CDK CLI pinned by package-lock.json.

    Raises
    ------
    LocalStackError
        If it is not installed.
    """
    script = project_root() / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if not script.is_file():
        raise LocalStackError("the CDK command line is missing: run `make setup` first")
    return [str(node_folder() / "node"), str(script)]


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one local stack, all under one folder that `down` may leave and nobody else reads."""

    home: Path

    @classmethod
    def default(cls) -> "Places":
        """Return the places of the stack that `make run` uses."""
        return cls(project_root() / "build" / "local")

    @property
    def state(self) -> Path:
        """What runs: process, port and fingerprint."""
        return self.home / "state.json"

    @property
    def outputs(self) -> Path:
        """What the deploy answered, as the CDK writes it."""
        return self.home / "outputs.json"

    @property
    def dashboard(self) -> Path:
        """What serves the dashboard: process and port."""
        return self.home / "dashboard.json"

    @property
    def logs(self) -> Path:
        """Everything the emulator and its functions print."""
        return self.home / "emulator.log"

    @property
    def assembly(self) -> Path:
        """The synthesised templates and assets."""
        return self.home / "cdk.out"

    @property
    def certificate(self) -> Path:
        """The emulator's certificate, which is also the only authority its clients trust."""
        return self.home / "tls" / "server.crt"

    @property
    def private_key(self) -> Path:
        """The key of the certificate."""
        return self.home / "tls" / "server.key"

    @property
    def scratch(self) -> Path:
        """Temporary files of the emulator: unpacked functions and layers."""
        return self.home / "tmp"

"""Let schemathesis ask the API of the local stack that is up: `python -m tests.e2e.fuzz [EXAMPLES]`."""

import os
import subprocess
import sys

import httpx

from tests.e2e.replays import ROOT
from tradewind.cli.commands.user import made, put
from tradewind.cli.deployed import connect
from tradewind.cli.local.places import uv

SCHEMATHESIS = "schemathesis==4.32.5"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> int:
    """Ask with a token of an admin; whatever is not as documented is a failure."""
    deployed, password = connect("local"), made()
    assert deployed.local is not None
    put(deployed, "fuzz", password, "admin")
    url, trust = deployed.local.api_url, str(deployed.local.certificate)
    login = {"name": "fuzz", "password": password}
    token = httpx.post(f"{url}/api/session", json=login, verify=trust, trust_env=False).json()["access_token"]
    examples = sys.argv[1] if len(sys.argv) > 1 else "50"
    command = [uv(), "tool", "run", "--from", SCHEMATHESIS, "schemathesis", "run", str(ROOT / "docs" / "openapi.json")]
    command += ["--url", url, "--tls-verify", trust, "-H", f"Authorization: Bearer {token}", "--max-examples", examples]
    command += ["--phases", "coverage,fuzzing", "--checks", CHECKS, "--exclude-path", "/api/session"]
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run([*command, "--no-color"], env=variables, check=False).returncode  # noqa: S603 - our own


if __name__ == "__main__":
    sys.exit(main())

"""Where the dashboard of the local stack is, and who may log in to it: said whenever the stack has come up."""

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.cli.deployed import Deployed

FIRST = "admin"


def welcome(deployed: "Deployed") -> str:
    """Return one sentence with the dashboard's address and its first login; empty where there is no dashboard.

    The first login exists on this machine only: it is made once a stack, and kept beside it for its owner's eyes.
    """
    if deployed.local is None or deployed.local.dashboard_url is None:
        return ""
    name, password = first_login(deployed)
    return f"Watch and trade: {deployed.local.dashboard_url}/dashboard (log in as {name}, password {password})"


def first_login(deployed: "Deployed") -> tuple[str, str]:
    """Return name and password of the local stack's first user, an admin, who is made where there is none yet."""
    from tradewind.cli.commands.user import made, people, put

    assert deployed.local is not None  # noqa: S101 - only local stacks have one
    kept = deployed.local.places.home / "login.json"
    known = json.loads(kept.read_text()) if kept.is_file() else {}
    pool = deployed.output("UserPoolId")
    is_known = known.get("pool") == pool and any(one["name"] == FIRST for one in people(deployed))
    if not is_known:
        known = {"pool": pool, "name": FIRST, "password": made()}
        put(deployed, FIRST, known["password"], FIRST)
        _keep(kept, known)
    return known["name"], known["password"]


def _keep(path: "Path", login: dict[str, str]) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(login, file)

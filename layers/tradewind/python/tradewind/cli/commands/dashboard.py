"""`dashboard`: the files that browsers load, on AWS."""

import mimetypes
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed

app = typer.Typer(no_args_is_help=True)

LASTING = "public, max-age=31536000, immutable"
NEWEST = "no-cache"
_ENTRY = "index.html"
_BATCH = 1000

Deployment = Annotated[str, typer.Option("--env", envvar="ENV", help="dev or prod.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="dashboard", rich_help_panel="Operate", help="The dashboard's files on AWS.")


@app.command()
def publish(*, env: Deployment = "dev", as_json: Json = False) -> None:
    """Bring the built dashboard to where browsers load it from; `make deploy` does it each time.

    New files come before the page that names them, and old ones go last, so that whoever loads it meanwhile gets all
    of the old dashboard or all of the new one.

    For example:

      make web && tradewind dashboard publish --env dev
    """
    from tradewind.cli.deployed import LOCAL, connect
    from tradewind.cli.output import emit_json
    from tradewind.cli.paths import root

    if env == LOCAL:
        raise InputError("the local stack serves build/web by itself: `tradewind local up`; choose --env dev or prod")
    deployed = connect(env)
    sent, removed = upload(deployed, root() / "build" / "web", time.time_ns())
    address = deployed.output("DashboardUrl")
    if as_json:
        emit_json({"url": address, "files": sent, "removed": removed})
    else:
        typer.echo(f"the dashboard is at {address} ({sent} files; {removed} old ones are gone)")


@app.command()
def withdraw(*, env: Deployment = "dev", as_json: Json = False) -> None:
    """Take the dashboard's files away, so that its bucket can go; `make destroy` does it first.

    For example:

      tradewind dashboard withdraw --env dev
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json

    deployed = connect(env)
    bucket = deployed.outputs.get("DashboardBucket")
    removed = _remove(deployed.client("s3"), bucket, _keys(deployed.client("s3"), bucket)) if bucket else 0
    if as_json:
        emit_json({"removed": removed})
    else:
        typer.echo(f"{removed} files of the dashboard are gone")


def upload(deployed: "Deployed", folder: Path, number: int) -> tuple[int, int]:
    """Make the bucket hold what a folder holds; return how many files were sent and how many old ones removed.

    Parameters
    ----------
    number : int
        Names the order to CloudFront to fetch the page anew; each needs another.

    Raises
    ------
    CommandError
        If nothing has been built.
    """
    files = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if _is_served(path, folder)
    }
    if _ENTRY not in files:
        raise CommandError("the dashboard has not been built: run `make web` first")
    client, bucket = deployed.client("s3"), deployed.output("DashboardBucket")
    before = _keys(client, bucket)
    for key in sorted(files, key=lambda name: name == _ENTRY):
        _send(client, bucket, key, files[key])
    deployed.client("cloudfront").create_invalidation(
        DistributionId=deployed.output("DashboardDistribution"),
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": [f"/{_ENTRY}"]}, "CallerReference": str(number)},
    )
    return len(files), _remove(client, bucket, [key for key in before if key not in files])


def _is_served(path: Path, folder: Path) -> bool:
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _send(client: Any, bucket: str, key: str, path: Path) -> None:
    client.put_object(
        Bucket=bucket, Key=key, Body=path.read_bytes(),
        ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
        CacheControl=LASTING if key.startswith("assets/") else NEWEST,
    )  # fmt: skip


def _keys(client: Any, bucket: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def _remove(client: Any, bucket: str, keys: list[str]) -> int:
    for start in range(0, len(keys), _BATCH):
        doomed = [{"Key": key} for key in keys[start : start + _BATCH]]
        client.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
    return len(keys)

"""A deployed local stack, as the command line and the tests use it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tradewind.cli.local.emulator import HOST
from tradewind.cli.local.places import Places

ACCOUNT = "000000000000"
REGION = "us-east-1"
SECRET = "test"  # noqa: S105  the emulator's root has no secret worth the name
_RUN = "TRADEWIND_RUN"


@dataclass(frozen=True, slots=True)
class LocalStack:
    """Handles to what runs.

    Attributes
    ----------
    outputs : dict of str to str
        The stacks' outputs by name: `MarketTable`, `OrderQueueUrl`, `EvaluateBarsFunction`, …
    dashboard_url : str or None
        Where the dashboard is served; None where it could not be built.
    """

    places: Places
    port: int
    profile: str
    outputs: dict[str, str] = field(default_factory=dict)
    dashboard_url: str | None = None

    @property
    def endpoint(self) -> str:
        """The emulator's address."""
        return f"https://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """Where the HTTP API answers: paths beginning with `/api` follow."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs['ApiId']}"

    @property
    def logs_path(self) -> Path:
        """What the emulator and its functions print."""
        return self.places.logs

    @property
    def certificate(self) -> Path:
        """The authority to trust, as `verify=` or in `AWS_CA_BUNDLE`."""
        return self.places.certificate

    @property
    def client_options(self) -> dict[str, Any]:
        """Keyword arguments that point any boto3 client or resource at this stack, as its root."""
        return {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": ACCOUNT,
            "aws_secret_access_key": SECRET,
            "verify": str(self.certificate),
            "config": Config(
                connect_timeout=5,
                read_timeout=60,
                retries={"total_max_attempts": 3, "mode": "standard"},
                proxies={},
                s3={"addressing_style": "path"},
                user_agent="tradewind",  # its own is put together anew for each request
            ),
        }

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that point any AWS program at this stack."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CA_BUNDLE": str(self.certificate),
            "NODE_EXTRA_CA_CERTS": str(self.certificate),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def client(self, service: str) -> Any:
        """Return a boto3 client of a service, with root's rights."""
        return boto3.session.Session().client(service, **self.client_options)  # type: ignore[call-overload]

    @property
    def functions(self) -> dict[str, str]:
        """Deployed function names by the product's names, as `evaluate_bars`."""
        deployed = (value for name, value in self.outputs.items() if name.endswith("Function"))
        return {name.rsplit("-", 1)[-1]: name for name in deployed}

    def restart_functions(self) -> None:
        """Make every function's next call a cold start, as a changed environment variable does on AWS."""
        client, run = self.client("lambda"), str(time.time_ns())
        for name in self.functions.values():
            variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            client.update_function_configuration(FunctionName=name, Environment={"Variables": variables | {_RUN: run}})


def flat_outputs(written: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Merge the stacks' outputs, leaving out the ones CDK makes for itself."""
    return {
        name: value
        for outputs in written.values()
        for name, value in outputs.items()
        if not name.startswith("ExportsOutput")
    }


def read_outputs(path: Path) -> dict[str, str]:
    """Read the outputs file of a deploy; nothing where there is none."""
    return flat_outputs(json.loads(path.read_text())) if path.is_file() else {}

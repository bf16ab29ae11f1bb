"""What would be deployed, read from the synthesised templates: sizes of functions, and what costs by being there."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tradewind.cli.configuration.building import build, write
from tradewind.cli.configuration.reading import read
from tradewind.cli.local import processes
from tradewind.cli.paths import built_file, root, toml_file
from tradewind.cli.pricing.bill import Line, Terms
from tradewind.domain.prices import LIST, PriceList

SYNTH_SECONDS = 180.0
FREE_DASHBOARDS = 3
BACKUP_DAYS = 35

KEY_CALLS_A_MONTH = 12 * 730
"""Calls of a key by one function in a month: a data key is used for five minutes before it is asked for again."""

type Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One environment in one profile."""

    environment: str
    profile: str
    resources: tuple[Resource, ...]

    def of(self, kind: str) -> Iterator[Resource]:
        """Yield the properties of every resource of a type."""
        return (one.get("Properties", {}) for one in self.resources if one["Type"] == f"AWS::{kind}")

    def count(self, kind: str) -> int:
        """Return how many resources of a type there are."""
        return sum(1 for _ in self.of(kind))

    def terms(self) -> Terms:
        """Return what a bill needs to know of it."""
        functions = {one["FunctionName"].rpartition("-")[2]: one for one in self.of("Lambda::Function")}
        tables = [one.get("PointInTimeRecoverySpecification", {}) for one in self.of("DynamoDB::Table")]
        return Terms(
            {name: one["MemorySize"] for name, one in functions.items()},
            max(one.get("RetentionInDays", 0) for one in self.of("Logs::LogGroup")),
            recovery=any(one.get("PointInTimeRecoveryEnabled") for one in tables),
            talkative=frozenset(name for name, one in functions.items() if _talkative(one.get("LoggingConfig", {}))),
        )

    def fixed(self, stored: float, prices: PriceList = LIST) -> list[Line]:
        """Return what is paid whatever is traded.

        Parameters
        ----------
        stored : float
            GB in the tables, of which backups keep copies.
        """
        alarms, keys = self.count("CloudWatch::Alarm"), self.count("KMS::Key")
        dashboards, secrets = self.count("CloudWatch::Dashboard"), self.count("SecretsManager::Secret")
        calls = keys * self.count("Lambda::Function") * KEY_CALLS_A_MONTH
        copies = BACKUP_DAYS * self.count("Backup::BackupPlan")
        lines = [
            ("alarms", alarms * prices.alarm, f"{alarms} alarms"),
            ("dashboards", max(0, dashboards - FREE_DASHBOARDS) * prices.dashboard, f"{dashboards}, three are free"),
            ("keys", keys * prices.key, f"{keys} customer keys"),
            ("key requests", calls * prices.key_request, f"{calls:,} calls"),
            ("secrets", secrets * prices.secret, f"{secrets} secrets"),
            ("backups", copies * stored * prices.backup, f"{copies} copies of {stored:.2f} GB"),
        ]
        return [Line(self.profile, name, dollars, detail) for name, dollars, detail in lines if dollars]


def _talkative(logging: Mapping[str, Any]) -> bool:
    """Return whether Lambda itself logs each invocation; INFO is what it takes where nothing is said."""
    return logging.get("LogFormat") != "JSON" or logging.get("SystemLogLevel", "INFO") in {"DEBUG", "INFO"}


def deployment(environment: str, profile: str) -> Deployment:
    """Synthesise an environment, unless what is there is newer than all it is made of, and read it.

    Raises
    ------
    LocalStackError
        If it cannot be synthesised; the message says why.
    """
    write(build(read(toml_file(environment))), built_file(environment))
    output = root() / "build" / "cost" / f"{environment}-{profile}"
    if not _fresh(output, environment):
        _synthesise(output, environment, profile)
    templates = (json.loads(path.read_text()) for path in sorted(output.rglob("*.template.json")))
    resources = chain.from_iterable(template["Resources"].values() for template in templates)
    return Deployment(environment, profile, tuple(resources))


def _fresh(output: Path, environment: str) -> bool:
    made = [path.stat().st_mtime for path in output.rglob("*.template.json")]
    sources = [root() / "cdk.json", toml_file(environment), *(root() / "infra").rglob("*.py")]
    return bool(made) and min(made) > max(path.stat().st_mtime for path in sources if path.exists())


def _synthesise(output: Path, environment: str, profile: str) -> None:
    context = json.loads((root() / "cdk.json").read_text())["context"]
    context |= {"environment": environment, "profile": profile, "checks": "false"}
    variables = os.environ | {
        "CDK_OUTDIR": str(output),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    what = f"synthesising {environment} in the profile {profile}"
    processes.run([sys.executable, "-m", "infra.app"], root(), variables, SYNTH_SECONDS, what)

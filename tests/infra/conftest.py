"""Every environment in every profile, synthesised once with the cdk-nag packs on."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

# The CDK's own Node is the one the locked environment brings, not whatever the machine has.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from infra import layers
from infra.settings import ENVIRONMENTS, Profile

SAMPLE = Path(__file__).parent / "sample" / "environment.json"
type Resource = Mapping[str, Any]
type Case = tuple[str, Profile]
CASES: tuple[Case, ...] = tuple((name, profile) for name in ENVIRONMENTS for profile in Profile)


@dataclass(frozen=True)
class Application:
    """One synthesised application."""

    environment: str
    profile: Profile
    templates: tuple[Path, ...]
    output: Path

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Every stack's resources by stack and logical id."""
        return {
            f"{path.name}:{name}": resource
            for path in self.templates
            for name, resource in json.loads(path.read_text()).get("Resources", {}).items()
        }

    def of(self, kind: str) -> dict[str, Resource]:
        """Return the resources of a type, as `Lambda::Function`."""
        return {name: row for name, row in self.resources.items() if row["Type"] == f"AWS::{kind}"}

    def properties(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the properties of every resource of a type."""
        return [row.get("Properties", {}) for row in self.of(kind).values()]

    def function(self, name: str) -> Mapping[str, Any]:
        """Return a function's properties by the product's name for it."""
        wanted = f"tradewind-{self.environment}-{name}"
        return next(row for row in self.properties("Lambda::Function") if row["FunctionName"] == wanted)

    def statements(self, name: str) -> list[Mapping[str, Any]]:
        """Return every statement that a function's role is granted."""
        role = self.function(name)["Role"]["Fn::GetAtt"][0]
        return [
            statement
            for policy in self.properties("IAM::Policy")
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    @property
    def findings(self) -> list[str]:
        """What cdk-nag still finds."""
        from infra.synthesise import findings

        return list(findings(self.output))


@pytest.fixture(scope="session")
def empty_layers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Stand in for the layers: what they hold is tested elsewhere, and their building needs the package index."""
    from infra.constructs import layers as layer_constructs

    folder = tmp_path_factory.mktemp("layers")
    for platform in layers.PLATFORMS:
        for layer in (*layers.LAYERS, layers.CCXT):
            (folder / platform / layer.name / "python").mkdir(parents=True)
            (folder / platform / layer.name / "python" / "empty.py").touch()
            (folder / platform / f"{layer.name}.digest").write_text(layer.name)
    layer_constructs.BUILD = folder


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory, empty_layers: None) -> dict[Case, Application]:
    from infra.synthesise import synthesise

    made: dict[Case, Application] = {}
    for environment, profile in CASES:
        folder = tmp_path_factory.mktemp(f"{environment}-{profile}")
        configuration = folder / "environment.json"
        clock = "replay" if environment == "local" else "system"
        sample = json.loads(SAMPLE.read_text()) | {"environment": environment, "clock": clock}
        configuration.write_text(json.dumps(sample))
        output = folder / "cdk.out"
        templates = synthesise(environment, profile, configuration, output)
        made[environment, profile] = Application(environment, profile, tuple(templates), output)
    return made


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def application(request: pytest.FixtureRequest, applications: dict[Case, Application]) -> Application:
    return applications[request.param]


@pytest.fixture
def prod(applications: dict[Case, Application]) -> Application:
    return applications["prod", Profile.FULL]

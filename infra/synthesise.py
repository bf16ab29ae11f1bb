"""Synthesise every environment in every profile, checked by cdk-nag and cfn-lint: `python -m infra.synthesise`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from aws_cdk import App

from infra.app import ROOT, build
from infra.settings import ENVIRONMENTS, Profile, SettingsError

OUTPUT = ROOT / "build" / "synth"


class CheckError(Exception):
    """A template breaks a rule; the message names the findings."""


def synthesise(environment: str, profile: Profile, configuration: Path, output: Path) -> list[Path]:
    """Write one environment's templates and return their paths.

    Raises
    ------
    CheckError
        If cdk-nag finds what is not acknowledged.
    SettingsError
        If the configuration or a layer is not built.
    """
    context = {"environment": environment, "profile": profile.value, "configuration": str(configuration)}
    app = App(context=context | _switches(), outdir=str(output))
    build(app)
    try:
        app.synth()
    except RuntimeError as error:
        raise CheckError("\n".join(findings(output)) or str(error)) from None
    return sorted(output.rglob("*.template.json"))


def _switches() -> dict[str, object]:
    context: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


def findings(output: Path) -> Iterator[str]:
    """Yield one line for each rule that an assembly breaks."""
    report = json.loads((output / "validation-report.json").read_text())
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            places = ", ".join(found["constructPath"] for found in violation["violatingConstructs"])
            yield f"{violation['ruleName']}: {violation['description']} ({places})"


def lint(templates: list[Path]) -> None:
    """Run cfn-lint over templates.

    Raises
    ------
    CheckError
        If it finds anything.
    """
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "parseable", "--", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own templates
    if done.returncode:
        raise CheckError(done.stdout + done.stderr)


def main() -> int:
    """Check all nine; the built configuration of each environment is `build/config/ENV/environment.json`."""
    templates: list[Path] = []
    for environment, profile in product(ENVIRONMENTS, Profile):
        name = f"{environment}-{profile}"
        configuration = ROOT / "build" / "config" / environment / "environment.json"
        try:
            templates += synthesise(environment, profile, configuration, OUTPUT / name)
        except (CheckError, SettingsError) as error:
            sys.stderr.write(f"error: {name}: {error}\n")
            return 1
        sys.stdout.write(f"{name}: synthesised\n")
    try:
        lint(templates)
    except CheckError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{len(templates)} templates pass cdk-nag and cfn-lint\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

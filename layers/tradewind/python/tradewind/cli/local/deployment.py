"""Synthesise once, bootstrap, deploy: each step under a time limit, none repeated while its inputs stay the same."""

import os
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from tradewind.cli.local import processes
from tradewind.cli.local.errors import LocalStackError
from tradewind.cli.local.places import cdk_command, node_folder, project_root, uv
from tradewind.cli.local.stack import ACCOUNT, REGION, LocalStack, read_outputs

LAYER_SECONDS = 300.0
SYNTH_SECONDS = 180.0
BOOTSTRAP_SECONDS = 90.0
DEPLOY_SECONDS = 240.0
PROFILES = ("minimal", "standard", "full")


def build_layers() -> None:
    """Build the layers for this machine where their sources changed."""
    root = project_root()
    command = [sys.executable, "-m", "infra.layers", "host", "--uv", uv()]
    processes.run(command, root, os.environ, LAYER_SECONDS, "building the layers")


def require(profile: str, configuration: Path) -> None:
    """Refuse what cannot be deployed, before anything is started.

    Raises
    ------
    LocalStackError
        If the profile is unknown or the configuration has not been built.
    """
    if profile not in PROFILES:
        raise LocalStackError(f"unknown profile {profile!r}: choose one of {', '.join(PROFILES)}")
    if not configuration.is_file():
        raise LocalStackError(f"{configuration} is missing: run `tradewind config build local` first")


def fingerprint(profile: str, configuration: Path) -> str:
    """Return the hash of all that decides what is deployed."""
    root, state = project_root(), blake2b(profile.encode(), digest_size=16)
    for path in [configuration, *_inputs(root)]:
        state.update(str(path).encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    yield from (root / "cdk.json", root / "package-lock.json", root / "uv.lock")
    yield from sorted((root / "infra").rglob("*.py"))
    yield from sorted((root / "functions").rglob("*.py"))
    yield from sorted((root / "build" / "layers" / "host").glob("*.digest"))


def synthesise(stack: LocalStack, configuration: Path, mark: str, progress: Callable[[str], None]) -> None:
    """Write the cloud assembly, unless the one there was made of the same inputs."""
    stamp = stack.places.assembly / "fingerprint"
    if stamp.is_file() and stamp.read_text() == mark:
        return
    progress("synthesising the stacks")
    _cdk(
        stack, SYNTH_SECONDS, "synthesising the stacks",
        "synth", "--quiet", "--output", str(stack.places.assembly),
        "-c", "environment=local", "-c", f"profile={stack.profile}", "-c", "checks=false",
        "-c", f"configuration={configuration.resolve()}",
    )  # fmt: skip
    stamp.write_text(mark)


def bootstrap(stack: LocalStack) -> None:
    """Make the emulator's account ready for CDK deployments."""
    # With the assembly as its app; else it would synthesise it once more.
    place = ["--app", str(stack.places.assembly), f"aws://{ACCOUNT}/{REGION}"]
    _cdk(stack, BOOTSTRAP_SECONDS, "bootstrapping the emulator", "bootstrap", *place)


def deploy(stack: LocalStack) -> dict[str, str]:
    """Deploy the synthesised stacks and return their outputs."""
    _cdk(
        stack, DEPLOY_SECONDS, "deploying the stacks",
        "deploy", "**", "--app", str(stack.places.assembly), "--require-approval", "never",
        "--method", "direct", "--concurrency", "4", "--outputs-file", str(stack.places.outputs),
    )  # fmt: skip
    return read_outputs(stack.places.outputs)


def _cdk(stack: LocalStack, seconds: float, what: str, *arguments: str) -> None:
    hidden = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "VIRTUAL_ENV"}
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    variables |= stack.variables | {
        "PATH": f"{node_folder()}{os.pathsep}{os.environ.get('PATH', '')}",
        # Neither may hold up a machine without internet.
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NO_COLOR": "1",
        "CI": "true",
    }
    processes.run([*cdk_command(), "--no-color", *arguments], project_root(), variables, seconds, what)

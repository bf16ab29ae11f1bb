"""Build the Lambda layers without Docker, so that the same inputs give the same bytes.

`python -m infra.layers host` builds for this machine (the emulator runs functions on it), `aws` for arm64 Lambda.
Nothing here imports the product: its package is copied as files. Modules are compiled with unchecked-hash `.pyc`,
because Lambda's file system is read-only and its modification times never match: without them each cold start
compiles every import again.
"""

import argparse
import compileall
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "layers"
PYTHON = "3.13"
# The platform Lambda's arm64 Python 3.13 runs on (Amazon Linux 2023, glibc 2.34); None is this machine.
PLATFORMS: dict[str, str | None] = {"host": None, "aws": "aarch64-manylinux_2_28"}
# What the functions call. Every other service's model is weight in each cold start's unzip.
SERVICES = frozenset(
    {"dynamodb", "sqs", "sns", "s3", "sts", "lambda", "ssm", "secretsmanager", "cognito-idp", "logs", "cloudwatch"}
)
ENDPOINT_SERVICES = SERVICES | {"streams.dynamodb", "entitlement.marketplace"}


class LayerError(Exception):
    """A layer could not be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a requirements file to install, or folders to copy."""

    name: str
    requirements: Path | None = None
    packages: tuple[Path, ...] = ()
    without: frozenset[str] = frozenset()


LAYERS = (
    Layer(
        "tradewind",
        packages=(ROOT / "layers/tradewind/python/tradewind",),
        # The command line runs on a person's machine, with libraries that no layer carries.
        without=frozenset({"cli", "__pycache__"}),
    ),
    Layer("runtime", requirements=ROOT / "layers/runtime/requirements.txt"),
    Layer("http", requirements=ROOT / "layers/http/requirements.txt"),
    Layer("api", requirements=ROOT / "layers/api/requirements.txt"),
    Layer("parquet", requirements=ROOT / "layers/parquet/requirements.txt"),
)
CCXT = Layer("ccxt", requirements=ROOT / "layers/ccxt/requirements.txt")
"""Larger than all others together, and built only where a market asks for `ccxt:EXCHANGE`."""
# What runs side by side with others, and tests: a function waits for one answer after the other.
CCXT_UNUSED = ("async_support", "pro", "test", "prediction")


def source_files(layer: Layer) -> list[Path]:
    """Return the files a layer is made of, in a fixed order."""
    if layer.requirements:
        return [layer.requirements]
    files = (path for package in layer.packages for path in package.rglob("*") if path.is_file())
    return sorted(path for path in files if not layer.without.intersection(path.parts))


def digest(layer: Layer, platform: str) -> str:
    """Return the hash of all that decides a layer's content: its sources, the platform and this script."""
    state = hashlib.blake2b(f"{PYTHON} {PLATFORMS[platform]}".encode(), digest_size=16)
    for path in [Path(__file__), *source_files(layer)]:
        state.update(path.relative_to(ROOT).as_posix().encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def build(layer: Layer, platform: str, uv: str) -> bool:
    """Build one layer unless it is there already; return whether there was work to do."""
    target, stamp = OUTPUT / platform / layer.name, OUTPUT / platform / f"{layer.name}.digest"
    wanted = digest(layer, platform)
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    content = target / "python"
    content.mkdir(parents=True)
    _fill(layer, content, platform, uv)
    _compile(content)
    stamp.write_text(wanted)
    return True


def _fill(layer: Layer, content: Path, platform: str, uv: str) -> None:
    if layer.requirements:
        _install(layer.requirements, content, PLATFORMS[platform], uv)
        _drop_leftovers(content)
        for unused in CCXT_UNUSED:
            shutil.rmtree(content / "ccxt" / unused, ignore_errors=True)
        if (content / "botocore").is_dir():
            _prune_botocore(content / "botocore" / "data")
            _prune_boto3(content / "boto3")
        return
    for package in layer.packages:
        for path in (found for found in source_files(layer) if found.is_relative_to(package)):
            copy = content / package.name / path.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _install(requirements: Path, content: Path, platform: str | None, uv: str) -> None:
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy"]
    command += ["--python-version", PYTHON, "--target", str(content), "--require-hashes", "-r", str(requirements)]
    command += ["--python-platform", platform] if platform else []
    done = subprocess.run(  # noqa: S603  uv, with our own requirements
        [*command, "--python", sys.executable], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LayerError(
            f"cannot install {requirements.relative_to(ROOT)}: is the package index reachable? "
            f"uv says: {' '.join(done.stderr.split())[-300:]}"
        )


def _drop_leftovers(content: Path) -> None:
    """Remove what an installer leaves for itself; licences and version metadata stay."""
    for name in ("bin", ".lock"):
        path = content / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    for pattern in ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/uv_*"):
        for path in content.glob(pattern):
            path.unlink()
    for path in list(content.rglob("__pycache__")):
        shutil.rmtree(path)


def _prune_botocore(data: Path) -> None:
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for example in data.rglob("examples-1.json*"):
        example.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text())
    endpoints["partitions"] = [_pruned(part) for part in endpoints["partitions"] if part["partition"] == "aws"]
    (data / "endpoints.json").write_text(json.dumps(endpoints, separators=(",", ":")))


def _pruned(partition: dict[str, object]) -> dict[str, object]:
    services = partition["services"]
    assert isinstance(services, dict)  # noqa: S101  botocore's own schema
    return partition | {"services": {name: row for name, row in services.items() if name in ENDPOINT_SERVICES}}


def _prune_boto3(boto3: Path) -> None:
    for path in (boto3 / "data").iterdir():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)
    shutil.rmtree(boto3 / "examples", ignore_errors=True)


def _compile(content: Path) -> None:
    # The recorded path is Lambda's, so that a traceback reads as it would there and the bytes do not depend on here.
    done = compileall.compile_dir(
        content, quiet=1, stripdir=content.parent, prependdir="/opt", workers=1,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )  # fmt: skip
    if not done:
        raise LayerError(f"a module of {content.relative_to(ROOT)} does not compile with Python {PYTHON}")


def check_python() -> None:
    """Refuse an interpreter whose `.pyc` files Lambda could not load.

    Raises
    ------
    LayerError
        If this is not the Python that the functions run on.
    """
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running != PYTHON:
        raise LayerError(f"layers are compiled for Python {PYTHON}, this is {running}: run `make setup` first")


def wanted() -> tuple[Layer, ...]:
    """Return the layers that the environments' configurations ask for."""
    written = "".join(path.read_text() for path in sorted((ROOT / "config").glob("*.toml")))
    return (*LAYERS, CCXT) if '"ccxt:' in written else LAYERS


def main(arguments: Iterable[str] | None = None) -> int:
    """Build every layer for the platforms named on the command line."""
    parser = argparse.ArgumentParser(description="Build the Lambda layers without Docker.")
    parser.add_argument("platforms", nargs="+", choices=sorted(PLATFORMS))
    parser.add_argument("--uv", default="uv", help="the uv executable")
    options = parser.parse_args(None if arguments is None else list(arguments))
    try:
        check_python()
        for platform in options.platforms:
            built = [layer.name for layer in wanted() if build(layer, platform, options.uv)]
            if built:
                sys.stdout.write(f"layers for {platform}: built {', '.join(built)}\n")
    except (LayerError, FileNotFoundError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The layers: the same inputs give the same bytes, and nothing is in them that no function calls."""

import importlib.util
import json
import marshal
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import layers
from infra.layers import LAYERS, ROOT, Layer

TRADEWIND = LAYERS[0]
_UNCHECKED_HASH = 0b01


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(layers, "OUTPUT", tmp_path)
    return tmp_path


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_sources_give_the_same_bytes(output: Path) -> None:
    assert layers.build(TRADEWIND, "host", "uv")
    first = _content(output / "host" / "tradewind")
    shutil.rmtree(output)

    assert layers.build(TRADEWIND, "host", "uv")

    assert _content(output / "host" / "tradewind") == first


def test_an_unchanged_layer_is_not_built_again(output: Path) -> None:
    layers.build(TRADEWIND, "host", "uv")

    assert not layers.build(TRADEWIND, "host", "uv")


def test_a_changed_source_builds_its_layer_again(output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "source" / "sample"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("A = 1\n")
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    monkeypatch.setattr(layers, "__file__", str(tmp_path / "source" / "sample" / "__init__.py"))
    layer = Layer("sample", packages=(package,))
    layers.build(layer, "host", "uv")

    (package / "__init__.py").write_text("A = 2\n")

    assert layers.build(layer, "host", "uv")


def test_modules_are_compiled_so_that_no_modification_time_is_ever_asked(output: Path) -> None:
    layers.build(TRADEWIND, "host", "uv")
    folder = output / "host" / "tradewind" / "python" / "tradewind"
    compiled = sorted(folder.rglob("*.pyc"))

    assert len(compiled) == len(list(folder.rglob("*.py")))
    for path in compiled:
        header = path.read_bytes()[:16]
        assert header[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(header[4:8], "little") == _UNCHECKED_HASH
    code = marshal.loads((folder / "domain" / "__pycache__" / "bar.cpython-313.pyc").read_bytes()[16:])  # noqa: S302
    assert code.co_filename == "/opt/python/tradewind/domain/bar.py"


def test_the_product_s_layer_leaves_the_command_line_at_home(output: Path) -> None:
    layers.build(TRADEWIND, "host", "uv")
    package = output / "host" / "tradewind" / "python" / "tradewind"

    assert not (package / "cli").exists()
    assert (package / "domain" / "bar.py").is_file()


def test_pruning_leaves_the_services_that_the_functions_call(tmp_path: Path) -> None:
    source = Path(str(importlib.util.find_spec("botocore").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    data = tmp_path / "data"
    data.mkdir()
    for name in ("dynamodb", "sqs", "ec2"):
        shutil.copytree(source / name, data / name)
    for name in ("endpoints.json", "partitions.json", "_retry.json"):
        shutil.copyfile(source / name, data / name)

    layers._prune_botocore(data)

    endpoints = json.loads((data / "endpoints.json").read_text())
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"dynamodb", "sqs"}
    assert [row["partition"] for row in endpoints["partitions"]] == ["aws"]
    assert {"dynamodb", "sqs", "sns"} <= set(endpoints["partitions"][0]["services"])
    assert "ec2" not in endpoints["partitions"][0]["services"]


def test_the_pinned_requirements_are_those_of_the_lock() -> None:
    locked = {
        match["name"]: match["version"]
        for match in re.finditer(
            r'\[\[package\]\]\nname = "(?P<name>[^"]+)"\nversion = "(?P<version>[^"]+)"', (ROOT / "uv.lock").read_text()
        )
    }
    for layer in (*LAYERS[1:], layers.CCXT):
        assert layer.requirements
        pinned = re.findall(r"^([\w.-]+)==([\w.]+)", layer.requirements.read_text(), re.MULTILINE)
        assert pinned
        assert {name: locked.get(name) for name, _ in pinned} == dict(pinned), "run `make lock`"


def test_locks_name_no_registry_but_the_public_ones() -> None:
    named = {
        host
        for file in ("uv.lock", "package-lock.json", "infra/emulator/requirements.txt", *map(str, _requirements()))
        for host in re.findall(r"https?://([^/\"\s]+)", (ROOT / file).read_text())
    }

    assert named <= {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}


def _requirements() -> list[Path]:
    return [layer.requirements for layer in (*LAYERS, layers.CCXT) if layer.requirements]


def test_an_unreachable_index_is_one_sentence(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 2, "", "error: Failed to fetch: connection refused\n")

    monkeypatch.setattr(subprocess, "run", refuse)

    with pytest.raises(layers.LayerError, match="is the package index reachable"):
        layers.build(LAYERS[1], "host", "uv")
    assert not list(output.rglob("*.digest"))


def test_the_emulator_and_the_cdk_are_pinned_to_the_versions_that_work_together() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())

    assert lock["packages"]["node_modules/aws-cdk"]["version"].startswith("2.1148.")
    assert "ministack==1.5.33" in (ROOT / "infra/emulator/requirements.txt").read_text()
    assert sys.version_info[:2] == (3, 13)

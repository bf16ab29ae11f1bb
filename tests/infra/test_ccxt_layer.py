"""The library ccxt has a layer of its own, which nobody carries who does not ask for it."""

import json
from pathlib import Path

import pytest

from infra import layers
from infra.settings import Profile
from tests.infra.conftest import SAMPLE, Application


def test_only_a_market_that_asks_for_ccxt_brings_its_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.mkdir()
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    (config / "dev.toml").write_text('provider = "kraken"\n')
    assert layers.wanted() == layers.LAYERS

    (config / "dev.toml").write_text('provider = "ccxt:bitstamp"\n')
    assert layers.wanted() == (*layers.LAYERS, layers.CCXT)


def test_only_the_function_that_fetches_has_it(tmp_path: Path, empty_layers: None) -> None:
    from infra.synthesise import synthesise

    sample = json.loads(SAMPLE.read_text()) | {"environment": "dev", "clock": "system"}
    sample["shards"] = [row | {"provider": "ccxt:bitstamp"} for row in sample["shards"]]
    configuration = tmp_path / "environment.json"
    configuration.write_text(json.dumps(sample))
    output = tmp_path / "cdk.out"

    made = Application("dev", Profile.MINIMAL, tuple(synthesise("dev", Profile.MINIMAL, configuration, output)), output)

    names = {row["LayerName"] for row in made.properties("Lambda::LayerVersion")}
    assert "tradewind-dev-ccxt" in names
    assert len(made.function("fetch_bars")["Layers"]) == 4
    assert len(made.function("send_alerts")["Layers"]) == 3

"""Only who trades at venues may read their keys, and only where an account has a venue."""

import json
from pathlib import Path

from infra.settings import Profile
from infra.synthesise import synthesise
from tests.infra.conftest import SAMPLE, Application

PLACE = "secretsmanager:tradewind/kraken"


def test_only_who_trades_at_venues_reads_their_keys(tmp_path: Path, empty_layers: None) -> None:
    sample = json.loads(SAMPLE.read_text()) | {"environment": "dev", "clock": "system"}
    sample["accounts"] = [{"name": "coins", "venue": "KRAKEN", "mode": "sandbox", "credentials": PLACE}]
    configuration = tmp_path / "environment.json"
    configuration.write_text(json.dumps(sample))
    output = tmp_path / "cdk.out"

    made = Application("dev", Profile.MINIMAL, tuple(synthesise("dev", Profile.MINIMAL, configuration, output)), output)

    readers = {
        name
        for name in (
            "execute_orders",
            "guard_stops",
            "evaluate_bars",
            "publish_events",
            "send_alerts",
            "watch",
            "http_api",
        )
        for one in made.statements(name)
        if "secretsmanager:GetSecretValue" in one["Action"]
        and "secret:tradewind/kraken-" in json.dumps(one["Resource"])
    }
    assert readers == {"execute_orders", "guard_stops"}
    assert len(made.function("publish_events")["Layers"]) == 2
    for name in readers:
        assert len(made.function(name)["Layers"]) == 3
        assert made.function(name)["Timeout"] >= 15
        assert "tradewind/kraken" not in json.dumps(made.function(name)["Environment"])

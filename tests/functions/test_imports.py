"""Every import of a hot function is paid for at each cold start: what it may load is written down here."""

import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.functions.environment import FUNCTIONS, variables, write_configuration

LAYERS = FUNCTIONS.parent / "layers"
SDK = frozenset({"aws_lambda_powertools", "botocore", "dateutil", "jmespath", "six", "typing_extensions", "urllib3"})
PARQUET = frozenset({"arro3"})
HTTP = frozenset({"anyio", "certifi", "h11", "httpcore", "httpx", "idna"})
API = frozenset({"annotated_types", "pydantic", "pydantic_core", "typing_inspection"})

# Function: what builds its use case, and what it may load besides the standard library and Tradewind itself.
ALLOWED = {
    "fetch_bars": ("_fetch()", SDK | HTTP),
    "evaluate_bars": ("_evaluate()", SDK),
    "execute_orders": ("_batch()", SDK),
    "publish_events": ("_publish()", SDK),
    "send_alerts": ("_send()", SDK | HTTP),
    "report": ("_report()", SDK),
    "watch": ("_watch()", SDK),
    "guard_stops": ("_guard()", SDK),
    "reconcile": ("_reconcile()", SDK),
    "compact_bars": ("_compact()", SDK),
    "archive_bars": ("_archive()", SDK | PARQUET),
    "repair_bars": ("_repair()", SDK | HTTP),
    "refresh_universe": ("_refresh()", SDK | HTTP),
    "backfill_bars": ("_backfill()", SDK | HTTP | PARQUET),
    "http_api": ("_gateway()", SDK | API),
}
# A person waits for it once, and its documents are worth the wait.
ALLOWED_HEAVY = {"http_api": frozenset({"pydantic", "aws_lambda_powertools.event_handler"})}
HEAVY = frozenset(
    {
        "boto3",
        "numpy",
        "pandas",
        "pyarrow",
        "pydantic",
        "aws_xray_sdk",  # what a Tracer loads; its own module comes with every Logger and weighs little
        "aws_lambda_powertools.event_handler",
        "aws_lambda_powertools.utilities.batch",
        "aws_lambda_powertools.utilities.idempotency",
        "aws_lambda_powertools.utilities.parser",
        "tradewind.backtest",
        "tradewind.cli",
        "tradewind.ml",
    }
)

SCRIPT = """
import sys

class OnlyLayers:
    '''Hides what this environment has and the layers have not, as in Lambda.'''
    hidden = frozenset(sys.argv[3].split())
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.hidden:
            raise ModuleNotFoundError(f"no layer ships {name}", name=name)

sys.meta_path.insert(0, OnlyLayers())
before = set(sys.modules)
import runpy
handler = runpy.run_path(sys.argv[1])
eval(sys.argv[2], handler)
print("\\n".join(sorted(set(sys.modules) - before)))
"""


@cache
def hidden(*layers: str) -> str:
    """Return the top-level modules that are at hand here and in none of these layers."""
    lines = [line for layer in layers for line in (LAYERS / layer / "requirements.txt").read_text().splitlines()]
    shipped = {_normal(found[1]) for line in lines if (found := re.match(r"([\w.-]+)==", line))} | {"tradewind"}
    here = packages_distributions()
    return " ".join(sorted(top for top, owners in here.items() if not shipped & set(map(_normal, owners))))


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def loaded(name: str, configuration: Path, built_by: str = "", *, http: bool = False) -> set[str]:
    """Return every module that a fresh process loads until the function's use case stands."""
    call, allowed = ALLOWED[name]
    layers = ("runtime", *(["http"] if http or allowed >= HTTP else []), *(["api", "http"] if allowed >= API else []))
    layers += ("parquet",) if allowed >= PARQUET else ()
    script = [sys.executable, "-c", SCRIPT, str(FUNCTIONS / name / "handler.py"), built_by or call, hidden(*layers)]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **variables(configuration)}
    done = subprocess.run(script, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def foreign(modules: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in modules}
    return {top for top in tops - sys.stdlib_module_names - {"tradewind"} if not top.startswith("_")}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    return write_configuration(tmp_path)


def test_every_function_is_held_to_a_list() -> None:
    assert {path.parent.name for path in FUNCTIONS.glob("*/handler.py")} == set(ALLOWED)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_loads_what_it_needs_and_nothing_heavier(name: str, configuration: Path) -> None:
    modules = loaded(name, configuration)

    assert foreign(modules) - ALLOWED[name][1] == set()
    assert modules & HEAVY == ALLOWED_HEAVY.get(name, set())


SOURCE = "bootstrap.source_of(bootstrap.trading.Shard('x', '1m', '{}', ()), RuntimeSettings.from_environ(os.environ))"


def test_replayed_bars_need_no_http_client(configuration: Path) -> None:
    build = SOURCE.format("replay")

    assert "httpx" not in loaded("fetch_bars", configuration, build)


def test_live_bars_find_what_they_need_in_their_layers(configuration: Path) -> None:
    build = SOURCE.format("kraken")
    modules = loaded("fetch_bars", configuration, build)

    assert "httpx" in modules
    assert foreign(modules) - ALLOWED["fetch_bars"][1] == set()


def test_who_trades_at_a_venue_finds_what_it_needs_in_its_layers(tmp_path: Path) -> None:
    places = {"mode": "sandbox", "credentials": "ssm:/keys", "cash": "1", "fee_bps": 1, "slippage_bps": 1}
    accounts = [{"name": name.lower(), "venue": name, **places} for name in ("ALPACA", "BYBIT")]
    at_venues = write_configuration(tmp_path, accounts=accounts, strategies=[])
    modules = loaded("execute_orders", at_venues, http=True)

    assert "httpx" in modules
    assert foreign(modules) <= SDK | HTTP
    assert modules & HEAVY == set()


def test_an_alert_channel_finds_what_it_needs_in_its_layers(tmp_path: Path) -> None:
    webhook = write_configuration(tmp_path, alerts={"webhooks": ["https://example.com/hook"]})

    assert "httpx" in loaded("send_alerts", webhook)

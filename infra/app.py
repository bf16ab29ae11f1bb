"""The CDK application: `cdk synth -c environment=dev -c profile=standard`."""

import os
import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.configuration import load
from infra.settings import SettingsError, environment, profile
from infra.stages import TradewindStage

ROOT = Path(__file__).resolve().parent.parent


def build(app: App) -> TradewindStage:
    """Add the one stage that the context asks for.

    Context: `environment` (local), `profile` (minimal), `configuration` (build/config/ENV/environment.json) and
    `checks` (true): the cdk-nag packs, which a local run leaves to `make check`.

    Raises
    ------
    SettingsError
        If the context names something unknown or the built configuration is missing.
    """
    chosen = environment(app.node.try_get_context("environment") or "local")
    kind = profile(app.node.try_get_context("profile") or "minimal")
    path = app.node.try_get_context("configuration") or f"build/config/{chosen.name}/environment.json"
    stage = TradewindStage(app, chosen, kind, load(ROOT / path, chosen.name))
    if app.node.try_get_context("checks") != "false":
        Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return stage


def main() -> int:
    """Synthesise; a setting that is wrong ends in one sentence."""
    app = App()
    try:
        build(app)
    except SettingsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    # jsii's node process may still write to a closed pipe at exit; the assembly is complete by then.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

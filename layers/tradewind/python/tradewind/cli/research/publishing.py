"""Publishing a finding: into the environment's data bucket, where its API and dashboard find it."""

import re
import time
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.studies import S3Studies, Study
from tradewind.cli.deployed import connect
from tradewind.cli.errors import InputError
from tradewind.cli.output import note

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,99}")
_POINTS, _TRIPS = 500, 300
"""What a page can show of a curve, and of round trips: an answer of the API has at most 256 kB."""

_FIGURES = ("return", "sharpe", "max_drawdown", "profit_factor", "round_trips", "win_rate")
_DROPPED = frozenset({"orders", "fills", "definitions"})


def checked(name: str) -> str:
    """Return a name that a finding may have.

    Raises
    ------
    InputError
        If it may not.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise InputError(f"--publish {name}: begin with a letter or digit; then letters, digits and . _ : - only")
    return name


def backtest(environment: str, name: str, whole: Mapping[str, Any]) -> None:
    """Publish a backtest: all of it but single orders and fills, its curve as fine as a page can show."""
    kept = {key: value for key, value in whole.items() if key not in _DROPPED}
    trips = whole["round_trips"]
    kept |= {"equity": thinned(whole["equity"], _POINTS), "round_trips": trips[-_TRIPS:], "all_round_trips": len(trips)}
    named = ", ".join(one["name"] for one in whole["strategies"])
    figures = {"strategies": named, "timeframe": whole["timeframe"], "instruments": float(len(whole["instruments"]))}
    _publish(environment, "backtests", name, figures | _figures(whole["metrics"]), kept)


def research(environment: str, name: str, whole: Mapping[str, Any]) -> None:
    """Publish a search of parameters."""
    figures = {
        "strategy": whole["strategy"],
        "goal": whole["goal"],
        "trials": float(whole["trials"]["count"]),
        "deflated_sharpe": whole["deflated_sharpe"],
        "overfitting": (whole["overfitting"] or {}).get("probability"),
    }
    aside = whole["best"]["aside"] or {}
    _publish(environment, "research", name, figures | _figures(aside), whole)


def thinned[T](rows: Sequence[T], most: int) -> list[T]:
    """Return at most so many rows, evenly taken, the last one always."""
    every = -(-len(rows) // most) or 1
    return list(rows[::-1][::every][::-1])


def _figures(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: metrics.get(name) for name in _FIGURES}


def _publish(environment: str, kind: str, name: str, figures: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    deployed = connect(environment)
    studies = S3Studies(S3Store(deployed.client("s3"), deployed.output("DataBucket")), kind)
    studies.keep(Study(checked(name), time.time_ns() // 1_000_000, _sound(figures)), _sound(whole))
    note(f"published: {kind}/{name} of {environment}; the dashboard and /api/{kind}/{name} show it")


def _sound(value: Any) -> Any:
    """Return JSON values with null where a number is none."""
    if isinstance(value, Mapping):
        return {str(key): _sound(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import configuration
from tradewind.adapters.clock import SystemClock
from tradewind.application.compact_bars import CompactBars
from tradewind.application.rate_limiter import ConsiderateLimiter
from tradewind.application.refresh_universe import Membership, RefreshUniverse
from tradewind.bootstrap import load_configuration, strategies_at_work, upkeep
from tradewind.domain.configuration import Configuration, Gates, StrategyRules
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.settings import RuntimeSettings


def fails(name: str) -> str:
    """Do something for a shard or a universe: the first one's fails for good."""
    if name == "first":
        raise BadInputError("damaged")
    return f"{name} is done"


def compacting(monkeypatch: pytest.MonkeyPatch, _: Path) -> Callable[[], object]:
    made = configuration()
    shards = tuple(replace(made.shards[0], name=name) for name in ("first", "second"))
    monkeypatch.setattr(upkeep, "load_configuration", lambda _: replace(made, shards=shards))
    monkeypatch.setattr(upkeep, "market_table", lambda _: None)
    monkeypatch.setattr(CompactBars, "__call__", lambda _, shard: done.append(fails(shard.name)))
    return upkeep.compact_bars(RuntimeSettings({"CONFIGURATION_PATH": "unread"}))


def repairing(monkeypatch: pytest.MonkeyPatch, _: Path) -> Callable[[], object]:
    monkeypatch.setattr(upkeep, "load_configuration", lambda _: replace(configuration(), clock="system"))
    monkeypatch.setattr(upkeep, "market_table", lambda _: None)
    runs = {name: lambda _, name=name: done.append(fails(name)) for name in ("first", "second")}
    monkeypatch.setattr("tradewind.assembly.repairers", lambda *_: runs)
    return upkeep.repair_bars(RuntimeSettings({"CONFIGURATION_PATH": "unread"}))


def refreshing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Callable[[], object]:
    row: dict[str, object] = {"venue": "X", "provider": "kraken", "rules": {}, "followed": []}
    rows = [row | {"name": name} for name in ("first", "second")]
    (folder / "configuration.json").write_text(json.dumps({"universes": rows}))
    monkeypatch.setattr(upkeep, "market_table", lambda _: None)

    def refresh(_: object, name: str, *__: object) -> Membership:
        done.append(fails(name))
        return Membership(name, 0, (), ())

    monkeypatch.setattr(RefreshUniverse, "__call__", refresh)
    return upkeep.refresh_universe(RuntimeSettings({"CONFIGURATION_PATH": str(folder / "configuration.json")}))


done: list[str] = []


@pytest.mark.parametrize("build", [compacting, repairing, refreshing])
def test_what_fails_for_one_shard_or_universe_holds_up_no_other(
    build: Callable[..., Callable[[], object]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done.clear()

    with pytest.raises(ExceptionGroup, match="1 of 2 failed: first"):
        build(monkeypatch, tmp_path)()

    assert done == ["second is done"]


def test_each_minute_another_shard_is_repaired_first_so_that_a_slow_one_starves_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repair = repairing(monkeypatch, tmp_path)
    orders = []
    for minute in range(3):
        order: list[str] = []
        monkeypatch.setattr("tests.unit.test_bootstrap.fails", order.append)
        monkeypatch.setattr(SystemClock, "now", lambda *_, minute=minute: minute * MINUTE)
        repair()
        orders.append(order)

    assert orders == [["first", "second"], ["second", "first"], ["first", "second"]]


def test_a_universe_is_refreshed_within_the_rate_that_all_functions_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[RefreshUniverse] = []
    run = refreshing(monkeypatch, tmp_path)

    def refresh(self: RefreshUniverse, name: str, *_: object) -> Membership:
        made.append(self)
        return Membership(name, 0, (), ())

    monkeypatch.setattr(RefreshUniverse, "__call__", refresh)
    run()

    limiters = [one.provider.limiter for one in made]  # type: ignore[attr-defined]
    assert [(type(one), one.provider, one.share) for one in limiters] == [(ConsiderateLimiter, "kraken", 0.5)] * 2


def with_parameters(**parameters: float) -> Configuration:
    rules = StrategyRules("rsi_pullback_pro", "paper", Timeframe.D1, parameters, Gates())
    return replace(configuration(), strategies=(rules,))


def key_of(made: Configuration) -> str:
    at_work, code = strategies_at_work(made, None)
    (one,) = at_work["paper"]
    assert list(code) == [one.key]
    return str(one.key)


def test_the_state_of_one_rule_is_never_taken_for_that_of_another() -> None:
    """Other parameters, or other code, are another key: a checkpoint of one cannot be restored into the other."""
    one = key_of(with_parameters(rsi_period=4))

    assert one == key_of(with_parameters(rsi_period=4)) != key_of(with_parameters(rsi_period=5))
    assert one.startswith("paper/rsi_pullback_pro/1d/")


def test_without_a_configuration_nothing_starts_and_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no configuration at .*: run `tradewind config build`"):
        load_configuration(tmp_path / "none.json")

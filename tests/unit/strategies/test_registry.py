"""Strategies by name, a user's own among them, and the hash of the code that decides."""

import shutil
from math import isnan
from pathlib import Path

import pytest

from tests.walks import walk
from tradewind.domain.configuration import Gates
from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import FLAT, GateReading, PositionView
from tradewind.strategies import registry, rsi_pullback_pro
from tradewind.strategies.standing import confident

EXAMPLES = Path(__file__).parents[3] / "user_strategies"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(EXAMPLES / "ema_cross.py", tmp_path)
    return tmp_path


def test_a_built_in_strategy_takes_its_parameters() -> None:
    strategy = registry.build("rsi_pullback_pro", {"rsi_period": 3})

    assert strategy.name == "rsi_pullback_pro"
    assert strategy.parameters.rsi_period == 3.0


def test_an_unknown_name_is_refused_with_those_that_are_known(folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"unknown strategy 'rsi': known are .*ema_cross, .*rsi_pullback_pro"):
        registry.build("rsi", {}, folder)


def test_an_unknown_parameter_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadInputError, match="no parameter 'rsi'; it has ema_fast, ema_slow, rsi_period"):
        registry.build("rsi_pullback_pro", {"rsi": 3})


def test_a_users_file_is_a_strategy_like_any_other(folder: Path) -> None:
    strategy = registry.build("ema_cross", {"fast": 10}, folder)
    state, reasons, strengths = strategy.new_state(), set(), set()
    for each in walk(seed=3, count=1_000):
        strategy.advance(state, each)
        strengths.add(strategy.signal(state, FLAT).strength)
        reasons.add(strategy.signal(state, PositionView(1.0, 100.0, 1.0)).exit_reason)

    assert strengths == {0.0, 0.8}
    assert reasons == {0, 1}


def test_a_folder_that_is_not_there_holds_no_strategies(tmp_path: Path) -> None:
    assert registry.names(tmp_path / "absent") == registry.names()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("STRATEGY = 3", "defines no Rule and no STRATEGY"),
        ("def build(", "does not load: SyntaxError"),
        (
            "from tradewind.strategies.rule import Rule\nclass Half(Rule): pass",
            "strategy broken: class Half must define decide and indicators; see docs/strategies.md",
        ),
        ("import nothing_of_that_name", "does not load: ModuleNotFoundError"),
        ("1 / 0", "does not load: ZeroDivisionError"),
    ],
)
def test_a_file_that_is_no_strategy_is_refused_with_its_reason(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "broken.py").write_text(source)

    with pytest.raises(BadInputError, match=message):
        registry.build("broken", {}, tmp_path)


def test_a_users_file_cannot_take_a_built_in_name(tmp_path: Path) -> None:
    (tmp_path / "rsi_pullback_pro.py").write_text("STRATEGY = print")

    with pytest.raises(BadInputError, match="has the name of a built-in strategy: rename the file"):
        registry.build("rsi_pullback_pro", {}, tmp_path)


def code_after(change: str, folder: Path) -> str:
    """Return the hash of the example with a line added to it, loaded as if for the first time."""
    path = folder / "ema_cross.py"
    path.write_text((EXAMPLES / "ema_cross.py").read_text() + change)
    registry._builder.cache_clear()
    registry.modules_hash.cache_clear()
    return registry.code_hash(registry.build("ema_cross", {}, folder))


def test_the_code_hash_moves_with_the_source_and_with_nothing_else(folder: Path) -> None:
    first, changed, again = (code_after(change, folder) for change in ("", "# a word\n", ""))

    assert first != changed
    assert first == again


def test_the_sources_are_those_that_the_code_hash_is_made_of(folder: Path) -> None:
    strategy = registry.build("ema_cross", {}, folder)

    sources = registry.sources(strategy)

    assert registry.sources_hash({name: text.encode() for name, text in sources.items()}) == registry.code_hash(
        strategy
    )
    assert sources["user_strategies.ema_cross"] == (folder / "ema_cross.py").read_text()


def test_the_code_hash_does_not_depend_on_parameters() -> None:
    one, other = (registry.build("rsi_pullback_pro", {"rsi_period": period}) for period in (3, 5))

    assert registry.code_hash(one) == registry.code_hash(other)


def test_the_code_hash_covers_what_the_indicators_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    registry.modules_hash.cache_clear()

    registry.code_hash(rsi_pullback_pro.build({}))

    own = {"rsi_pullback_pro.py", "standing.py", "stratus_brain.py"}
    assert own | {"averages.py", "base.py", "momentum.py", "regime.py", "volatility.py", "windows.py"} <= set(read)
    assert len(read) == len(set(read)) + 1, "base.py of the indicators and of the strategies, and nothing twice"


def test_two_folders_may_hold_files_of_one_name(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    source = (folder / "ema_cross.py").read_text()
    (other / "ema_cross.py").write_text(source.replace("    parameters = (", '    version = "2"\n    parameters = ('))

    assert registry.build("ema_cross", {}, folder).version == "1"
    assert registry.build("ema_cross", {}, other).version == "2"


# ── what stands beside every strategy ────────────────────────────────────────────────────────────────────────────


def standing_at(bars: int, gates: Gates = Gates(), folder: Path | None = None) -> dict[str, GateReading]:  # noqa: B008
    strategy = registry.build("rsi_pullback_pro", {}, folder, gates)
    state = strategy.new_state()
    for each in walk(seed=3, count=bars):
        strategy.advance(state, each)
    signal = strategy.signal(state, FLAT)
    return {gate.name: reading for gate, reading in zip(strategy.gates, signal.gates, strict=True)}


def test_every_decision_carries_the_regime_once_it_is_known() -> None:
    assert isnan(standing_at(10)["regime"].value)
    assert standing_at(300)["regime"].value in {1.0, 2.0, 3.0, 4.0}


def test_the_model_s_gate_does_not_apply_without_a_model_and_says_so() -> None:
    reading = standing_at(300, Gates(ml_confidence=0.7))["ml_confidence"]

    assert (isnan(reading.value), reading.threshold, reading.passed) == (True, 0.7, True)


@pytest.mark.parametrize(("confidence", "passed"), [(0.55, True), (0.549, False), (1.0, True)])
def test_a_model_s_confidence_is_held_against_what_the_account_asks(confidence: float, passed: bool) -> None:
    assert confident(confidence, 0.55) == (confidence, 0.55, passed)


def test_another_threshold_is_no_other_code() -> None:
    one, other = (registry.build("rsi_pullback_pro", {}, None, Gates(ml_confidence=least)) for least in (0.5, 0.7))

    assert one.decide is other.decide
    assert type(one.parameters) is type(other.parameters)
    assert registry.code_hash(one) == registry.code_hash(other)

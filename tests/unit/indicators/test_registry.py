"""Indicators by name, as people and configurations write them."""

from inspect import signature
from pathlib import Path

import pytest

from tests.walks import run, walk
from tradewind.domain.errors import BadInputError
from tradewind.indicators.registry import DEFINITIONS, indicator, indicators

BARS = walk(seed=4, count=120)
PAGE = Path(__file__).parents[3] / "docs" / "indicators.md"


def test_what_is_not_given_keeps_its_default() -> None:
    assert run(indicator("macd:5"), BARS)[-1] == run(indicator("macd:5:26:9"), BARS)[-1]
    assert run(indicator("macd:5"), BARS)[-1] != run(indicator("macd"), BARS)[-1]


@pytest.mark.parametrize(
    ("spec", "columns"),
    [
        ("rsi:14", ("rsi_14",)),
        ("obv", ("obv",)),
        ("bbands:20:2.5", ("bbands_20_2.5_upper", "bbands_20_2.5_middle", "bbands_20_2.5_lower")),
        ("macd:5", ("macd_5", "macd_5_signal", "macd_5_hist")),
        ("donchian:9", ("donchian_9_upper", "donchian_9_middle", "donchian_9_lower")),
    ],
)
def test_columns_are_named_after_what_was_asked_for(spec: str, columns: tuple[str, ...]) -> None:
    assert indicator(spec).outputs == columns


def test_a_list_is_built_in_its_order() -> None:
    assert [one.outputs[0] for one in indicators(" rsi:14, ema:200 ,")] == ["rsi_14", "ema_200"]


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ("", "no indicator is named"),
        ("rsi:14,rsi:14", "names the same indicator twice"),
        ("rsy:14", "no indicator is called 'rsy': there are sma, "),
        ("rsi:14:2", r"'rsi:14:2' has 2 settings where rsi has 1 \(period\)"),
        ("rsi:x", "rsi: period is 'x', not a number"),
        ("rsi:0", "rsi: period = 0 must lie within 1 and 100000"),
        ("rsi:1e9", "rsi: period = 1e.09 must lie within"),
        ("rsi:nan", "rsi: period = nan must lie within"),
        ("rsi:2.5", "rsi: period = 2.5 must be whole, it counts bars"),
        ("hma:1", "hma: period = 1 must lie within 2"),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_reason(specs: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        indicators(specs)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_says_what_its_builder_takes(name: str) -> None:
    one = DEFINITIONS[name]
    taken = {
        key: parameter.default for key, parameter in signature(one.build).parameters.items() if "output" not in key
    }

    assert [each.name for each in one.settings] == list(taken)
    for each in one.settings:
        assert taken[each.name] in {each.default, signature(one.build).empty}
    assert one.summary.endswith(".")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_least_settings_work(name: str) -> None:
    least = [str(each.least) for each in DEFINITIONS[name].settings]

    assert len(run(indicator(":".join((name, *least))), BARS)) == len(BARS)


def test_the_page_names_every_indicator() -> None:
    text = PAGE.read_text()

    assert [name for name in DEFINITIONS if f"`{name}`" not in text] == []

"""Indicators by name: `rsi:14`, `bbands:20:2` — the name, then its settings in their order, as many as differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tradewind.domain.errors import BadInputError
from tradewind.indicators.aroon import aroon
from tradewind.indicators.averages import ema, sma, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import donchian, keltner, regression, squeeze
from tradewind.indicators.ichimoku import ichimoku
from tradewind.indicators.imbalances import fair_value_gaps, liquidity_sweeps, order_blocks
from tradewind.indicators.markov import markov
from tradewind.indicators.momentum import rsi, rsi_dip, stochastic
from tradewind.indicators.oscillators import cci, mfi, roc, stoch_rsi, williams_r
from tradewind.indicators.sessions import anchored_vwap, pivots, session_vwap
from tradewind.indicators.swings import swings
from tradewind.indicators.trailing import sar, supertrend
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger, bollinger_share, natr, realised_volatility
from tradewind.indicators.volume import cmf, obv, volume_score
from tradewind.indicators.weighted import dema, hma, kama, tema, wma

LONGEST = 100_000
"""Bars that a window may span: more would be a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, its default, the least it may be, and whether it counts something.

    A `whole` one takes no fraction and no more than `LONGEST`.
    """

    name: str
    default: float
    least: float
    whole: bool

    def checked(self, indicator: str, text: str) -> float:
        """Return the number that a text means.

        Raises
        ------
        BadInputError
            If it is none, or out of range, or not whole where it counts.
        """
        try:
            value = float(text)
        except ValueError:
            raise BadInputError(f"{indicator}: {self.name} is {text!r}, not a number") from None
        most = LONGEST if self.whole else 1e15
        if not self.least <= value <= most:
            raise BadInputError(f"{indicator}: {self.name} = {value:g} must lie within {self.least:g} and {most:g}")
        if self.whole and value != int(value):
            raise BadInputError(f"{indicator}: {self.name} = {value:g} must be whole, it counts bars")
        return value


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator that can be asked for by name."""

    name: str
    build: Callable[..., Indicator]
    settings: tuple[Setting, ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of what it gives."""
        return self.with_defaults().outputs

    @property
    def warmup(self) -> int:
        """Return the bars that it takes to settle, at its defaults."""
        return self.with_defaults().warmup

    def with_defaults(self, *given: float) -> Indicator:
        """Build it with the first settings given and the rest at their defaults."""
        return self.build(*given, *(one.default for one in self.settings[len(given) :]))

    @property
    def summary(self) -> str:
        """Return the first sentence of its description."""
        text = " ".join((self.build.__doc__ or "").split("\n\n")[0].split())
        return text.removeprefix("Declare ")


def bars(name: str, default: float, least: float = 1) -> Setting:
    """Return a setting that counts bars."""
    return Setting(name, default, least, whole=True)


def factor(name: str, default: float, least: float = 0) -> Setting:
    """Return a setting that is any number from `least` on."""
    return Setting(name, default, least, whole=False)


_ALL: tuple[Definition, ...] = (
    Definition("sma", sma, (bars("period", 20),)),
    Definition("ema", ema, (bars("period", 20),)),
    Definition("wma", wma, (bars("period", 20),)),
    Definition("dema", dema, (bars("period", 20),)),
    Definition("tema", tema, (bars("period", 20),)),
    Definition("hma", hma, (bars("period", 20, 2),)),
    Definition("kama", kama, (bars("period", 10), bars("fast", 2), bars("slow", 30))),
    Definition("rsi", rsi, (bars("period", 14),)),
    Definition("rsi_dip", rsi_dip, (bars("period", 14), bars("window", 5))),
    Definition("stoch", stochastic, (bars("period", 14), bars("slowing", 3), bars("smoothing", 3))),
    Definition(
        "stoch_rsi", stoch_rsi, (bars("period", 14), bars("window", 14), bars("slowing", 3), bars("smoothing", 3))
    ),
    Definition("macd", macd, (bars("fast", 12), bars("slow", 26), bars("signal", 9))),
    Definition("cci", cci, (bars("period", 20),)),
    Definition("williams_r", williams_r, (bars("period", 14),)),
    Definition("roc", roc, (bars("period", 10),)),
    Definition("mfi", mfi, (bars("period", 14),)),
    Definition("adx", adx, (bars("period", 14),)),
    Definition("aroon", aroon, (bars("period", 25),)),
    Definition("sar", sar, (factor("step", 0.02), factor("maximum", 0.2))),
    Definition("supertrend", supertrend, (bars("period", 10), factor("multiplier", 3))),
    Definition("ichimoku", ichimoku, (bars("conversion", 9), bars("base", 26), bars("slow", 52), bars("shift", 26))),
    Definition("atr", atr, (bars("period", 14),)),
    Definition("natr", natr, (bars("period", 14),)),
    Definition("bbands", bollinger, (bars("period", 20), factor("width", 2))),
    Definition("bbshare", bollinger_share, (bars("period", 20), factor("width", 2))),
    Definition("keltner", keltner, (bars("period", 20), factor("width", 2), bars("atr_period", 10))),
    Definition("donchian", donchian, (bars("period", 20),)),
    Definition("squeeze", squeeze, (bars("period", 20, 2), factor("bands", 2), factor("channel", 1.5))),
    Definition("regression", regression, (bars("period", 100, 2), factor("width", 2))),
    Definition("volatility", realised_volatility, (bars("period", 20), factor("bars_a_year", 365))),
    Definition("obv", obv, ()),
    Definition("vwap", session_vwap, (factor("hours", 24, 0.01), factor("begin", 0))),
    Definition("anchored_vwap", anchored_vwap, (factor("anchor", 0),)),
    Definition("cmf", cmf, (bars("period", 20),)),
    Definition("volume_sma", volume_sma, (bars("period", 20),)),
    Definition("volume_score", volume_score, (bars("period", 20),)),
    Definition("pivots", pivots, (factor("hours", 24, 0.01), factor("begin", 0))),
    Definition("swings", swings, (bars("left", 2), bars("right", 2))),
    Definition("fair_value_gaps", fair_value_gaps, (factor("smallest", 0),)),
    Definition("order_blocks", order_blocks, (bars("left", 3), bars("right", 3))),
    Definition("liquidity_sweeps", liquidity_sweeps, (bars("left", 3), bars("right", 3))),
    Definition("markov", markov, (factor("threshold", 0.5), bars("period", 50, 2), bars("window", 500))),
)

DEFINITIONS: Mapping[str, Definition] = MappingProxyType({one.name: one for one in _ALL})


def indicator(spec: str) -> Indicator:
    """Build the indicator that a spec like `bbands:20:2` asks for.

    Its outputs are named after the spec: `bbands_20_2_upper`; a single one is just `rsi_14`.

    Raises
    ------
    BadInputError
        If there is no such indicator, it has fewer settings, or one of them is no good.
    """
    name, *texts = spec.strip().split(":")
    definition = DEFINITIONS.get(name)
    if definition is None:
        raise BadInputError(f"no indicator is called {name!r}: there are {', '.join(DEFINITIONS)}")
    if len(texts) > len(definition.settings):
        known = ":".join(one.name for one in definition.settings) or "none"
        raise BadInputError(f"{spec!r} has {len(texts)} settings where {name} has {len(definition.settings)} ({known})")
    given = [one.checked(name, text) for one, text in zip(definition.settings, texts, strict=False)]
    built = definition.with_defaults(*given)
    label = spec.strip().replace(":", "_")
    if len(built.outputs) == 1:
        return replace(built, outputs=(label,))
    return replace(built, outputs=tuple(_column(name, label, output) for output in built.outputs))


def _column(name: str, label: str, output: str) -> str:
    """Put the label in the place of the indicator's name, or before what does not begin with it."""
    if output == name or output.startswith(f"{name}_"):
        return label + output.removeprefix(name)
    return f"{label}_{output}"


def indicators(specs: str) -> tuple[Indicator, ...]:
    """Build every indicator of a list like `rsi:14,ema:200`.

    Raises
    ------
    BadInputError
        If the list is empty, names the same twice, or one of it cannot be built.
    """
    parts = [part for part in (text.strip() for text in specs.split(",")) if part]
    if not parts:
        raise BadInputError("no indicator is named: give a list like rsi:14,ema:200")
    if len(set(parts)) != len(parts):
        raise BadInputError(f"{specs!r} names the same indicator twice")
    return tuple(indicator(part) for part in parts)

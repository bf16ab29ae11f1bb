"""How large an entry is, and in words why: what the configuration says of sizes, turned into numbers.

`backtest.sizing` does over flat arrays what is done here over closed positions; a parity test holds the two together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tradewind.domain.configuration import AccountRules, Configuration, Gates
from tradewind.domain.ledger import Closed
from tradewind.domain.signal import Signal
from tradewind.domain.sizing import Method, Sizing
from tradewind.indicators.regime import REGIMES
from tradewind.risk.adaptive import (
    Plan,
    Track,
    base_risk,
    capped,
    full_bet,
    lately,
    longer,
    payoff,
)
from tradewind.risk.position_size import Terms
from tradewind.strategies.base import Gate, Strategy
from tradewind.strategies.standing import REGIME, SPAN

_WHOLE = 10_000.0
_NOTHING_YET = Track(0, 0, 0, 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class EntrySize:
    """What one entry may risk.

    Attributes
    ----------
    risk, most : float
        Of equity: what this entry's whole position risks, and what it never goes beyond.
    why : str
        In words; empty where it is the plain risk to the stop.
    """

    terms: Terms
    risk: float
    most: float
    why: str


def plan_of(rules: AccountRules, gates: Gates) -> Plan:
    """Return how a strategy's risk is chosen on its account.

    Nothing that adapts goes beyond the account's risk per trade; a size multiplier above 1 is its owner's own word.
    """
    plain, sizing = float(rules.limits.risk_per_trade), gates.sizing
    return Plan(
        risk=plain * gates.size_multiplier,
        most=plain * max(1.0, gates.size_multiplier),
        kelly_fraction=sizing.kelly_fraction if sizing.method is Method.KELLY else 0.0,
        kelly_trips=sizing.kelly_trips,
        kelly_least=sizing.kelly_least,
        recent_trips=sizing.recent_trips,
        recent_streak=sizing.recent_streak,
        recent_multiplier=sizing.recent_multiplier,
    )


def by_regime(sizing: Sizing) -> tuple[float, ...]:
    """Return the multiplier of each regime by its number."""
    given = dict(sizing.regimes)
    return tuple(given.get(name, 1.0) for name in REGIMES)


def place_of(gate: str, gates: Sequence[Gate]) -> int:
    """Return where a strategy's signals read a gate; -1 for nowhere."""
    return next((place for place, one in enumerate(gates) if one.name == gate), -1)


def in_order(closed: Iterable[Closed], configuration: Configuration) -> list[Closed]:
    """Return closed positions oldest first, those of one bar by instrument, whatever the order of booking was."""
    names = (name for shard in configuration.shards for name in shard.instruments)
    places = {name: place for place, name in enumerate(names)}
    return sorted(closed, key=lambda one: (one.ts, places.get(one.instrument, len(places))))


def terms_of(rules: AccountRules, risk: float, entries: int, span: float = 0.0) -> Terms:
    """Return what an account allows one entry of a strategy whose positions are built of so many."""
    return Terms(risk / entries, float(rules.limits.instrument_exposure) / entries, rules.fee_bps / _WHOLE, span)


def entry_size(
    rules: AccountRules, gates: Gates, strategy: Strategy, signal: Signal, closed: Sequence[Closed]
) -> EntrySize:
    """Return what an entry may risk.

    Parameters
    ----------
    closed : sequence of Closed
        What the very strategy closed on its account, oldest first.
    """
    plan, sizing = plan_of(rules, gates), gates.sizing
    if sizing.is_plain:
        return EntrySize(terms_of(rules, plan.risk, strategy.entries), plan.risk, plan.most, "")
    window = sizing.kelly_window if plan.kelly_fraction else 0
    fee = rules.fee_bps / _WHOLE
    kelly, recent = _track(closed, window, fee), _track(closed, sizing.recent_trips, fee)
    regime, slowed = _regime(strategy, signal), lately(plan, recent)
    market = by_regime(sizing)[regime]
    risk = capped(plan, base_risk(plan, kelly), market * slowed)
    span = _reading(SPAN.name, strategy, signal)
    words = [*_method(plan, sizing, kelly, span, signal)]
    if sizing.regimes:
        words.append(f"{REGIMES[regime]} × {market:g}")
    if sizing.recent_trips:
        words.append(f"{_told(recent)} × {slowed:g}")
    why = "; ".join((*words, f"risk {100.0 * risk:.3g} %"))
    return EntrySize(terms_of(rules, risk, strategy.entries, span), risk, plan.most, why)


def _track(closed: Sequence[Closed], window: int, fee: float) -> Track:
    track = _NOTHING_YET
    for one in reversed(closed[-window:] if window else ()):
        track = longer(track, float(one.realised), float(one.cost), fee)
    return track


def _reading(gate: str, strategy: Strategy, signal: Signal) -> float:
    place = place_of(gate, strategy.gates)
    return signal.gates[place].value if place >= 0 else 0.0


def _regime(strategy: Strategy, signal: Signal) -> int:
    return int(_reading(REGIME, strategy, signal))


def _method(plan: Plan, sizing: Sizing, kelly: Track, span: float, signal: Signal) -> Iterator[str]:
    """Yield in words what the method measured."""
    if sizing.method is Method.VOLATILITY:
        yield f"{sizing.atr_multiple:g} ATR({sizing.atr_bars}) = {span:.6g}, stop at {signal.stop:.6g}"
    elif sizing.method is Method.KELLY and kelly.trips < plan.kelly_trips:
        yield f"Kelly waits: {kelly.trips} of {plan.kelly_trips} closed positions"
    elif sizing.method is Method.KELLY:
        told = f"{kelly.wins} of {kelly.trips} won, payoff {payoff(kelly):.3g}"
        yield f"Kelly {full_bet(kelly):.3g} × {plan.kelly_fraction:g}: {told}"


def _told(track: Track) -> str:
    return f"last {track.trips}: {100.0 * (track.won - track.lost):+.3g} %, {track.losing} lost in a row"

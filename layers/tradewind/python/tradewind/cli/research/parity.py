"""Does the backtest decide as the pipeline did? The first difference, and the first input that differs there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tradewind.adapters.dynamodb import queries
from tradewind.backtest.checks.sayings import same
from tradewind.backtest.digest import decision_text, numbers_of
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.trace import Said, trace
from tradewind.cli.deployed import Deployed
from tradewind.cli.research.rehearsing import Key, Stored, cut, read, rehearsal, series_of
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision import Decision
from tradewind.domain.moments import iso
from tradewind.domain.order import AT_ONCE, Order
from tradewind.domain.series import Series


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two ways of running do not share.

    Attributes
    ----------
    what : str
        Decision, order or fill, and of which bar, strategy and instrument.
    stored, again : str
        As the pipeline stored it, and as the backtest has it.
    number : str
        The first number of the decision that differs; empty where only the outcome does.
    cause : str
        The first input that differs.
    """

    what: str
    stored: str
    again: str
    number: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Parity:
    """What was compared."""

    decisions: int
    orders: int
    fills: int
    digest: str
    first: Difference | None
    different: int
    corrected: int


def compare(deployed: Deployed, series: Sequence[Series] | None) -> Parity:
    """Run the backtest over the stored bars, or over others, and compare decisions, orders and fills.

    Raises
    ------
    CommandError, BadInputError
        If there is nothing to compare with.
    """
    stored = read(deployed)
    begun, last = min(ts for _, ts in stored.slices), max(record.ts for record in stored.records)
    setup = rehearsal(stored.configuration, cut(series if series is not None else series_of(stored), begun, last))
    run, said = trace(setup)
    again = {(one.ts, one.strategy, one.instrument): one for one in said}
    differing = _differing(stored, again)
    outcome, account = Outcome(run), setup.account.name
    kept = queries.orders(deployed.ledger, account)
    orders = _unlike(
        {one.id: one for one in kept},
        {one.id: one for one in outcome.orders},
        "order",
    )
    fills = _unlike(
        {one.trade_id: one for one in queries.fills(deployed.ledger, account)},
        {one.trade_id: one for one in outcome.fills},
        "fill",
    )
    first = _explained(stored, again, differing[0], setup.bars) if differing else next(iter((*orders, *fills)), None)
    return Parity(
        len(again), len(outcome.orders), len(outcome.fills), run.digest,
        first and _beside(first, kept, differing[0][0] if differing else last),
        len(differing) + len(orders) + len(fills), len(stored.corrected),
    )  # fmt: skip


def _beside(found: Difference, orders: Sequence[Order], ts: int) -> Difference:
    """Return a difference with the order by hand before it, if there is one: a backtest has no people."""
    made = next((one for one in orders if one.source in AT_ONCE and one.created <= ts), None)
    if made is None:
        return found
    text = f"{made.source} order {made.id[:8]} of {iso(made.created)} on {made.instrument}: a backtest has no people"
    return replace(found, cause=f"{found.cause}; before it, the {text}" if found.cause else f"the {text}")


def _differing(stored: Stored, again: Mapping[Key, Said]) -> list[Key]:
    decisions = stored.decisions
    every = sorted({*decisions, *again})
    return [key for key in every if not _agree(decisions.get(key), again.get(key))]


def _agree(stored: tuple[Any, Decision] | None, again: Said | None) -> bool:
    if stored is None or again is None:
        return False
    decision = stored[1]
    return _text(decision) == decision_text(again.action, again.reason) and _place(decision, again) is None


def _text(decision: Decision) -> str:
    return decision_text(decision.action, decision.reason)


def _place(decision: Decision, again: Said) -> int | None:
    """Return the first number that differs, −1 where there are more of them on one side."""
    was = numbers_of(decision)
    if len(was) != len(again.numbers):
        return -1
    return next((place for place, (a, b) in enumerate(zip(was, again.numbers, strict=True)) if not same(a, b)), None)


def _explained(stored: Stored, again: Mapping[Key, Said], key: Key, bars: Any) -> Difference:
    found, said = stored.decisions.get(key), again.get(key)
    ts, strategy, instrument = key
    what = f"{strategy} on {instrument} at the bar that closed {iso(ts)}"
    cause = _first_input(stored, key, bars)
    if found is None or said is None:
        return Difference(what, _told(found[1]) if found else "nothing", _said(said), "", cause)
    place = _place(found[1], said)
    number = "" if place is None else _number(found[0].gates.get(strategy, ()), found[1], said, place)
    return Difference(what, _told(found[1]), _said(said), number, cause or _beyond(place))


def _told(decision: Decision) -> str:
    return f"{decision.action} {decision.reason}".strip()


def _said(said: Said | None) -> str:
    return f"{said.action} {said.reason}".strip() if said else "nothing"


def _number(gates: Sequence[Sequence[str]], decision: Decision, said: Said, place: int) -> str:
    if place < 0:
        return f"{len(decision.gates)} gates against {max(0, len(said.numbers) - 1) // 3}"
    was, now = numbers_of(decision)[place], said.numbers[place]
    name = (
        "strength"
        if place == 0
        else f"gate {gates[(place - 1) // 3][0]} {('value', 'threshold', 'passed')[(place - 1) % 3]}"
    )
    return f"{name}: {was!r} against {now!r}"


def _first_input(stored: Stored, key: Key, bars: Any) -> str:
    """Return the earliest bar up to the decision that is not the stored one; else what other code or rules decided."""
    ts, strategy, instrument = key
    column = next((one for one in bars.columns if one.instrument.id == instrument), None)
    given = (
        {}
        if column is None
        else dict(zip(column.ts.tolist(), zip(*(v.tolist() for v in column.values), strict=True), strict=True))
    )
    known = sorted({*given, *(close for _, close in stored.slices)})
    for close in (one for one in known if one <= ts):
        was, now = stored.bar((close, strategy, instrument)), given.get(close)
        if was != now:
            return f"the bar that closed {iso(close)}: {_bar(was)} stored, {_bar(now)} given"
    for shard, close in stored.corrected:
        if close <= ts:
            return f"the bar that closed {iso(close)} of {shard} was corrected after it had been decided on"
    return _other_rules(stored, key)


def _bar(values: tuple[float, ...] | None) -> str:
    return "none" if values is None else "o={:g} h={:g} l={:g} c={:g} v={:g}".format(*values)


def _other_rules(stored: Stored, key: Key) -> str:
    found = stored.decisions.get(key)
    if found is None:
        return ""
    record = found[0]
    if record.configuration != stored.configuration.hash:
        return f"the configuration: {record.configuration} then, {stored.configuration.hash} now"
    now = code_here(stored.configuration)
    return next(
        (
            f"the code of {name}: {code} then, {now.get(name)} now"
            for name, code in record.code.items()
            if now.get(name) != code
        ),
        "",
    )


def code_here(configuration: Configuration) -> Mapping[str, str]:
    """Return the hash of each strategy's code as it is here and now."""
    from tradewind.bootstrap import strategies_at_work
    from tradewind.cli.paths import user_strategies

    return strategies_at_work(configuration, user_strategies())[1]


def _beyond(place: int | None) -> str:
    if place is None:
        return "the account: what was held, ordered and free there; see `tradewind replay-decision`"
    return "the position or the state: bars, code and configuration are the same; see `tradewind replay-decision`"


def _unlike(stored: Mapping[Any, Any], again: Mapping[Any, Any], kind: str) -> list[Difference]:
    found = []
    for name in dict.fromkeys((*stored, *again)):
        was, now = stored.get(name), again.get(name)
        if was != now:
            found.append(Difference(f"{kind} {name}", _fields(was, now), _fields(now, was)))
    return found


def _fields(one: Any, other: Any) -> str:
    """Return what of one differs from the other."""
    if one is None:
        return "none"
    names = one.__slots__
    return ", ".join(
        f"{name}={getattr(one, name)}" for name in names if other is None or getattr(one, name) != getattr(other, name)
    )

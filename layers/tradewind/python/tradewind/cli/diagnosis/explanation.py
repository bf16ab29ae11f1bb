"""Why one bar led to what it led to, as the command line tells it."""

from math import isnan
from typing import Any

from tradewind.adapters.dynamodb.records import DynamoPast
from tradewind.application import explaining
from tradewind.application.archived_past import ArchivedPast
from tradewind.application.explaining import Explain, Explanation
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import InputError
from tradewind.cli.paths import user_strategies
from tradewind.cli.times import bar_text
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.keeping import vault
from tradewind.strategies.registry import declared_gates


def find_instrument(configuration: Configuration, text: str) -> InstrumentId:
    """Return the instrument that a person means: `AAPL.US`, `aapl`, `US:AAPL`.

    Raises
    ------
    InputError
        If there is none or more than one; it lists them.
    """
    try:
        return explaining.find_instrument(list(configuration.instruments), text, configuration.environment)
    except BadInputError as error:
        raise InputError(str(error)) from None


def explain(deployed: Deployed, instrument: InstrumentId, time: int, *, is_close: bool = False) -> list[Explanation]:
    """Return what every strategy decided on the bar that holds a time, or that closed exactly then.

    Raises
    ------
    InputError
        If no bar was decided there; it names the nearest ones.
    """
    past = ArchivedPast(DynamoPast(deployed.market), vault(deployed.client("s3"), deployed.output("DataBucket")))
    ask = Explain(deployed.configuration, past, lambda name: declared_gates(name, user_strategies()))
    found = ask(instrument, time, is_close=is_close)
    if found:
        return found
    near = " and ".join(bar_text(ts, 0) for ts in ask.nearest(instrument, time))
    if not near:
        raise InputError(f"nothing has been decided on {instrument} yet: run something first, see `tradewind status`")
    raise InputError(f"no decision on {instrument} at {bar_text(time, 0)}: the nearest bars are {near}")


def when(one: Explanation) -> str:
    """Return when the bar opened, as people write it."""
    return bar_text(one.record.ts, one.bar_ms)


def to_json(one: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON has it; what is no number is null."""
    decision = one.decision
    return {
        "ts": one.record.ts,
        "bar": when(one),
        "rev": one.record.rev,
        "instrument": decision.instrument,
        "ohlcv": list(one.bar[2:]) if one.bar else None,
        "missing": one.missing or None,
        "account": decision.account,
        "strategy": decision.strategy,
        "action": str(decision.action),
        "reason": decision.reason,
        "strength": _number(decision.strength),
        "value": _number(decision.value),
        "limit": _number(decision.limit),
        "intent_id": decision.intent,
        "gates": [
            {
                "name": gate.name, "kind": gate.kind, "value": _number(gate.value), "comparison": gate.comparison,
                "threshold": _number(gate.threshold), "passed": gate.passed, "distance": _number(gate.distance),
                "unit": gate.unit,
            }
            for gate in one.gates
        ],
        "configuration": one.record.configuration,
        "code": one.code,
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if isnan(value) else value

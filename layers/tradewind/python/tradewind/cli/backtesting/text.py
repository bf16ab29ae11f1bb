"""A backtest's result as JSON values. The keys are stable: programs may rely on them."""

from typing import Any

from tradewind.backtest.metrics import DEFINITIONS
from tradewind.backtest.result import Result, RoundTrip
from tradewind.cli.backtesting import universe
from tradewind.cli.report.files import fill_row, order_row

KEYS = {
    "bars": "bars that were decided on, over all instruments",
    "instruments": "their names, in order",
    "timeframe": "length of a bar",
    "universe": "whose members alone took new risk: who belonged, came, went, and has no bars; null without one",
    "strategies": "name, version, parameters and code of each",
    "account": "cash, fee_bps, slippage_bps and limits",
    "engine": "compiled or interpreted, with the seconds it took and those of compiling, and a note where it says why",
    "orders": "every order as the ledger has it; prices and quantities are text, exact",
    "fills": "every fill, likewise",
    "round_trips": "every closed position, in numbers",
    "equity": "[ts, equity, held]: at the end of each step, or of each day where there are more than 5,000 steps",
    "metrics": "figures; `definitions` says what each is. null where a figure would have no meaning",
    "monthly": "return of each month",
    "by": "round trips by strategy, instrument, regime and exit",
    "reasons": "how often each strategy gave each action and reason",
    "decisions_digest": "one number for every decision of the run; equal runs have equal ones, in every engine",
    "warnings": "what to know before believing any of this",
}
"""What each key holds."""


def to_json(result: Result, warnings: list[str]) -> dict[str, Any]:
    """Return everything; see `KEYS`."""
    run, setup = result.run, result.setup
    return {
        "bars": len(setup.bars),
        "instruments": list(setup.bars.names),
        "timeframe": str(setup.bars.timeframe),
        "universe": universe.facts(result),
        "configuration": setup.configuration.hash,
        "strategies": [
            {
                "name": one.rules.name,
                "version": one.strategy.version,
                "parameters": one.strategy.parameters._asdict(),
                "key": one.key,
            }
            for one in setup.at_work
        ],
        "account": _account(result),
        "engine": {
            "name": run.engine,
            "seconds": round(run.seconds, 6),
            "compile_seconds": round(run.compile_seconds, 3),
            "note": run.note,
        },
        "orders": [order_row(order) for order in result.orders],
        "fills": [fill_row(fill) for fill in result.fills],
        "round_trips": [_trip(trip) for trip in result.round_trips],
        "equity": [[int(ts), equity, held] for ts, equity, held in run.curve.tolist()],
        "metrics": result.metrics,
        "definitions": DEFINITIONS,
        "monthly": result.monthly(),
        "by": {name: result.by(name) for name in ("strategy", "instrument", "regime", "exit")},
        "reasons": result.reasons(),
        "decisions_digest": run.digest,
        "warnings": warnings,
    }


def _account(result: Result) -> dict[str, Any]:
    account = result.setup.account
    limits = account.limits
    return {
        "cash": str(account.cash),
        "fee_bps": account.fee_bps,
        "slippage_bps": account.slippage_bps,
        "limits": {name: str(getattr(limits, name)) for name in limits.__slots__},
    }


def _trip(trip: RoundTrip) -> dict[str, Any]:
    return {name: getattr(trip, name) for name in RoundTrip.__slots__} | {"change": trip.change}

"""A backtest's result in the terminal."""

from tradewind.backtest.result import Result
from tradewind.cli.backtesting.words import HEAD, group_rows, result_rows
from tradewind.cli.output import emit_table


def show(result: Result) -> None:
    """Print the result, round trips by what closed them, and why it held."""
    emit_table("Result", ("", ""), result_rows(result))
    if result.round_trips:
        for name in ("strategy", "exit") if len(result.setup.at_work) > 1 else ("exit",):
            emit_table(f"\nBy {name}", HEAD, group_rows(result, name), HEAD[1:])
    for name, reasons in result.reasons().items():
        rows = [(reason, f"{count:,}") for reason, count in list(reasons.items())[:12]]
        emit_table(f"\nWhy, {name}", ("decision", "count"), rows, ("count",))

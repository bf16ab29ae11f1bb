"""The `tradewind` command."""

import os
import sys

import typer

from tradewind.cli import cost
from tradewind.cli.commands import (
    again,
    alert,
    backfill,
    backtest,
    compare,
    config,
    dashboard,
    data,
    data_health,
    indicators,
    inspect,
    keep,
    ledger,
    letters,
    live,
    local,
    manual,
    operate,
    optimize,
    plot,
    providers,
    reconcile,
    report,
    run,
    settle,
    splits,
    status,
    strategy,
    trace,
    trade,
    trust,
    universe,
    user,
)

app = typer.Typer(
    name="tradewind",
    help="A serverless trading system: run it on this machine, ask it why, operate it on AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _family in (
    run,
    inspect,
    trace,
    again,
    status,
    report,
    operate,
    live,
    trade,
    manual,
    settle,
    ledger,
    reconcile,
    letters,
    alert,
    cost,
    config,
    providers,
    universe,
    data,
    data_health,
    backfill,
    splits,
    keep,
    plot,
    indicators,
    backtest,
    strategy,
    trust,
    optimize,
    compare,
    local,
    user,
    dashboard,
):
    _family.register(app)

BAD_INPUT = 2
FAILED = 1


def main() -> None:
    """Run the command; a person never sees a stack trace unless TRADEWIND_DEBUG asks for it."""
    try:
        app()
    except Exception as error:  # the command's edge: a person gets a sentence
        if os.environ.get("TRADEWIND_DEBUG"):
            raise
        sys.stderr.write(f"error: {_sentence(error)}\n")
        sys.exit(BAD_INPUT if _is_input(error) else FAILED)


def _is_input(error: Exception) -> bool:
    from tradewind.cli.errors import InputError
    from tradewind.domain.errors import BadInputError

    return isinstance(error, BadInputError | InputError)


def _sentence(error: Exception) -> str:
    from tradewind.cli.local.errors import LocalStackError
    from tradewind.domain.errors import TradewindError

    if isinstance(error, TradewindError | LocalStackError):
        return str(error)
    if type(error).__module__.partition(".")[0] in {"botocore", "boto3"}:
        return f"AWS did not answer as it should: {error}; check your credentials and `tradewind doctor`"
    if isinstance(error, OSError) and error.filename:
        return f"cannot use {error.filename}: {error.strerror}; choose another place, or see to its rights and space"
    return f"{type(error).__name__}: {error} (run again with TRADEWIND_DEBUG=1 to see where, and please report it)"


if __name__ == "__main__":
    main()

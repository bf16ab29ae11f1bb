"""The `tradewind` command."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command

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
from tradewind.cli.output import emit_json

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
    """Run the command; a person never sees a stack trace unless TRADEWIND_DEBUG asks for it.

    Who asked for JSON reads what went wrong as JSON on stdout as well.
    """
    as_json = _asks_for_json(sys.argv[1:])
    try:
        code = app(standalone_mode=not as_json)  # else wrong options are told here too, and it returns the code
        sys.exit(code if isinstance(code, int) else 0)
    except Exception as error:  # the command's edge: a person gets a sentence
        if os.environ.get("TRADEWIND_DEBUG"):
            raise
        code, sentence = _code(error), _sentence(error)
        sys.stderr.write(f"error: {sentence}\n")
        if as_json:
            emit_json({"error": {"kind": "bad_input" if code == BAD_INPUT else "failed", "detail": sentence}})
        sys.exit(code)


def _asks_for_json(words: Sequence[str]) -> bool:
    """Tell whether stdout is a program's: `--json`, or `--json -` where the option names a file."""
    if not any(word.partition("=")[0] == "--json" for word in words):
        return False
    command: Any = get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    option = next((one for one in command.params if "--json" in one.opts), None)
    if option is None or option.is_flag:
        return option is not None
    return "--json=-" in words or ("--json", "-") in pairwise(words)


def _code(error: Exception) -> int:
    if isinstance(error, TyperException):
        return BAD_INPUT
    return BAD_INPUT if _is_input(error) else FAILED


def _is_input(error: Exception) -> bool:
    from tradewind.cli.errors import InputError
    from tradewind.domain.errors import BadInputError

    return isinstance(error, BadInputError | InputError)


def _sentence(error: Exception) -> str:
    from tradewind.cli.local.errors import LocalStackError
    from tradewind.domain.errors import TradewindError

    if isinstance(error, TradewindError | LocalStackError):
        return str(error)
    if isinstance(error, typer.Abort):
        return "nothing was done: it was broken off, or nobody answered"
    if isinstance(error, TyperException):
        return str(getattr(error, "format_message", error.__str__)())
    if type(error).__module__.partition(".")[0] in {"botocore", "boto3"}:
        return f"AWS did not answer as it should: {error}; check your credentials and `tradewind doctor`"
    if isinstance(error, OSError) and error.filename:
        return f"cannot use {error.filename}: {error.strerror}; choose another place, or see to its rights and space"
    return f"{type(error).__name__}: {error} (run again with TRADEWIND_DEBUG=1 to see where, and please report it)"


if __name__ == "__main__":
    main()

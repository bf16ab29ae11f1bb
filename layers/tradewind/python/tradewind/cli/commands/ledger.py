"""`ledger verify`, `pnl`, `lots`, `postings`, `audit`, `restore`: is it whole, what did it earn, who did what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Account, By, Environment, Json, Reason, Yes
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed

ledger = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(ledger, name="ledger", rich_help_panel="Operate",
                  help="Verify the ledger to its first entry; profit and loss from its fills.")  # fmt: skip


@ledger.command("verify")
def verify(*, env: Environment = "local", account: Account = None, as_json: Json = False) -> None:
    """Hash every journal entry again, and add up every fill.

    Each account's journal must be one unbroken chain that ends where the account says; its fills must be those that the
    journal tells, word for word; cash and every position, its cost and its owner must follow from the fills. The
    system's journal must reach as far as it was announced; nothing else knows where it or the audit trail ends. The
    first entry that was altered, moved or lost is named. Exit code 1 if anything is wrong.

    For example:

      tradewind ledger verify --env prod

      tradewind ledger verify --account paper --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.verifying import journals, verified
    from tradewind.cli.output import coloured, emit_json, emit_table

    deployed = connect(env)
    results = [verified(deployed, name) for name in journals(deployed, account)]
    broken = [result for result in results if result.faults]
    if as_json:
        emit_json([result.to_json() for result in results])
    else:
        for result in results:
            verdict = coloured("wrong", "red") if result.faults else coloured("whole", "green")
            lines = result.faults or (f"{result.entries} entries, {result.fills} fills, head {result.head}",)
            emit_table("", (result.journal, ""), [(verdict if i == 0 else "", text) for i, text in enumerate(lines)])
    raise typer.Exit(1 if broken else 0)


@ledger.command("pnl")
def pnl(
    *,
    by: Annotated[
        str, typer.Option(metavar="NAMES", help="Of strategy, instrument, day, who.")
    ] = "strategy,instrument",
    env: Environment = "local",
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Show what was realised after fees, and what is open at its last mark, by strategy, instrument, day (UTC) or who.

    A fill counts on the day of its own time; inside a bar that closes at midnight, on the day that ends there.

    Who is `automatic`, `manual` (opened by hand), or `overridden` (a strategy's position that was sold by hand).

    For example:

      tradewind ledger pnl --by who

      tradewind ledger pnl --by day,instrument --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.verifying import GROUPS, earnings
    from tradewind.cli.output import emit_json, emit_table

    names = tuple(name.strip() for name in by.split(","))
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise InputError(f"cannot group by {', '.join(unknown)}: use {', '.join(GROUPS)}")
    deployed = connect(env)
    rows: list[dict[str, Any]] = [
        row for name in accounts(deployed, account) for row in earnings(deployed, name, names)
    ]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing has filled yet")
    else:
        numeric = ("entries", "exits", "won", "fees", "realised", "unrealised")
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], numeric)


@ledger.command("lots")
def lots(
    *,
    method: Annotated[str, typer.Option(help="fifo, or average.")] = "fifo",
    year: Annotated[int | None, typer.Option(help="Only what was sold in this UTC year.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a CSV file for a tax return.")] = None,
    env: Environment = "local",
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Show what each sale had cost: first in, first out, or on average; fees belong to both sides.

    A sale belongs to the day, and so to the year, on which `ledger pnl --by day` counts it.

    For example:

      tradewind ledger lots --year 2026 --csv lots-2026.csv

      tradewind ledger lots --method average --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.bookkeeping import disposals, write_csv
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    rows = [row for name in accounts(deployed, account) for row in disposals(deployed, name, method, year)]
    if csv:
        write_csv(csv, rows)
        typer.echo(f"{len(rows)} rows in {csv}")
    elif as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing has been sold yet" if year is None else f"nothing was sold in {year}")
    else:
        numeric = ("quantity", "proceeds", "cost", "gain")
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], numeric)


@ledger.command("postings")
def postings(
    *,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every posting as CSV.")] = None,
    env: Environment = "local",
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Show the double entry: what stands in cash, position (at cost), fees and realised, per currency and coin.

    Every fill and every movement has sides that come to nothing: what leaves one ledger is in another. Gains stand in
    `realised` below 0, as income does; `apart` is what lies at a venue and is not traded with.

    For example:

      tradewind ledger postings --csv postings.csv
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis import bookkeeping
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    rows = [row for name in accounts(deployed, account) for row in bookkeeping.postings(deployed, name)]
    if csv:
        bookkeeping.write_csv(csv, rows, bookkeeping.POSTINGS)
        typer.echo(f"{len(rows)} rows in {csv}")
    elif as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing has filled yet")
    else:
        sums = bookkeeping.balances(rows)
        emit_table("", tuple(sums[0]), [tuple(row.values()) for row in sums], ("balance",))


@ledger.command("audit")
def audit(
    *,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="Only what this person did.")] = None,
    instrument: Annotated[str | None, typer.Option(metavar="ID", help="As AAPL.US.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The latest so many.")] = 50,
    env: Environment = "local",
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Show what people did: orders, cancels, resumes, kill switch, arming, dead letters; the latest last.

    For example:

      tradewind ledger audit --by ana -n 10
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.bookkeeping import by_people
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.cli.diagnosis.verifying import journals
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    name = find_instrument(deployed.configuration, instrument) if instrument else ""
    rows = by_people(deployed, journals(deployed, account), by or "", name)[-limit:]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nobody has done anything by hand")
    else:
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows])


@ledger.command("restore")
def restore(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The table that point-in-time recovery made.")],
    account: Annotated[str, typer.Option(metavar="NAME", help="Which account of it.")],
    *,
    reason: Reason = "restored",
    env: Environment = "local",
    by: By = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put an account back to what a restored ledger table has of it. It asks first.

    The account must be HALTED and not armed; it stays so. Read docs/runbooks/tables.md first: the functions that write
    must rest meanwhile, and the venue may know of more than the ledger does afterwards.

    For example:

      tradewind ledger restore tradewind-ledger-restored --account kraken --env prod --reason "a script deleted fills"
    """
    from getpass import getuser

    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis import restoring
    from tradewind.cli.output import emit_json

    deployed = connect(env)
    accounts(deployed, account)
    if not yes:
        typer.confirm(f"put {account} of {env} back to what {table} has of it?", abort=True, err=True)
    done = restoring.restore(deployed, table, account, by or getuser(), reason)
    if as_json:
        emit_json({name: getattr(done, name) for name in ("account", "written", "removed", "entries")})
    else:
        typer.echo(f"{done.written} items put back, {done.removed} removed; the journal ends at entry {done.entries}")
        typer.echo(f"now: tradewind ledger verify --account {account}, and tradewind reconcile")


def accounts(deployed: "Deployed", account: str | None) -> list[str]:
    """Return the accounts that are meant.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = [one.name for one in deployed.configuration.accounts]
    if account is not None and account not in known:
        raise InputError(f"unknown account {account!r}: {deployed.environment} has {', '.join(known)}")
    return known if account is None else [account]

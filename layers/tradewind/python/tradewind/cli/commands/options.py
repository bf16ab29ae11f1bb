"""Options that commands share."""

from typing import Annotated

import typer

Environment = Annotated[
    str, typer.Option("--env", metavar="ENV", help="Which environment: local, dev or prod.", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
Account = Annotated[str | None, typer.Option(metavar="NAME", help="One account; without it, all of them.")]
By = Annotated[str | None, typer.Option(metavar="WHO", help="Who; your login name without it.")]
Instrument = Annotated[str, typer.Argument(help="AAPL.US, or AAPL where only one venue has it.")]
Key = Annotated[str | None, typer.Option(metavar="TEXT", help="The same key is the same command, however often sent.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="As `orders` shows it; a beginning is enough.")]
Reason = Annotated[str, typer.Option(help="Why; it is journaled and announced.")]
Wait = Annotated[int, typer.Option(min=0, help="Seconds to wait until the ledger shows it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

"""Options that commands share."""

from typing import Annotated

import typer

Environment = Annotated[
    str, typer.Option("--env", metavar="ENV", help="Which environment: local, dev or prod.", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]

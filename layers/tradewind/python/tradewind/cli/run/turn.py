"""One run at a time in one folder: a second one would empty the tables of the first."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradewind.cli.errors import CommandError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock until the end of the block; it ends with the process, however that ends.

    Raises
    ------
    CommandError
        If another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                "another run is under way in this folder: wait until it has ended, or press Ctrl-C where it runs"
            ) from None
        yield


def forget_results(folder: Path) -> None:
    """Delete what an earlier run left, so that a run that fails leaves nothing that looks like its own."""
    for path in folder.glob("*"):
        if path.is_file():
            path.unlink()

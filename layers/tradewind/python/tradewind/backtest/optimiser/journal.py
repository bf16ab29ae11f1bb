"""A study's journal: one line a trial, so that a study that was ended goes on where it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tradewind.backtest.optimiser.outcome import Trial
from tradewind.domain.errors import BadInputError

_SCHEMA = 1


class Journal:
    """Trials by their number, in a file or, without one, in memory.

    Parameters
    ----------
    path : Path or None
        Appended to; its first line says what the study is.
    key : mapping
        What the study is: space, seed, bars, code. A file of another study is refused.

    Raises
    ------
    BadInputError
        If the file is no journal, or of another study.
    """

    def __init__(self, path: Path | None, key: Mapping[str, Any]) -> None:
        self._path, self._known = path, dict[int, Trial]()
        self._head = {"schema": _SCHEMA, **key}
        self._file: IO[str] | None = None
        if path is not None:
            self._read(path)

    @property
    def recalled(self) -> int:
        """How many trials it knows from before."""
        return len(self._known)

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            if self._file.tell() == 0:
                self._write(self._head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def recall(self, number: int, parameters: Mapping[str, float]) -> Trial | None:
        """Return a trial that was run before.

        Raises
        ------
        BadInputError
            If other parameters were tried under this number.
        """
        known = self._known.get(number)
        if known is not None and dict(known.parameters) != dict(parameters):
            raise BadInputError(
                f"{self._path}: trial {number} had other parameters; another version of the sampler wrote it, "
                "so begin anew with another file"
            )
        return known

    def add(self, trial: Trial) -> None:
        """Write a trial that is not known yet."""
        if trial.number not in self._known and self._file is not None:
            self._write(trial.to_json())

    def _write(self, row: Mapping[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 - both callers know
        self._file.write(json.dumps(row, separators=(",", ":")) + "\n")
        self._file.flush()

    def _read(self, path: Path) -> None:
        if not path.exists() or not path.read_bytes():
            return
        text = path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]  # the last line may have been cut off by what ended the study
        if len(whole) < len(text):
            path.write_bytes(whole)
        try:
            head, *rows = (json.loads(line) for line in whole.splitlines())
            self._known = {row["number"]: Trial.from_json(row) for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            raise BadInputError(f"{path} is no journal of a study ({error}): give another file") from None
        self._check(path, head)

    def _check(self, path: Path, head: Mapping[str, Any]) -> None:
        wanted = json.loads(json.dumps(self._head))
        differ = [name for name in wanted if head.get(name) != wanted[name]]
        if differ:
            name = differ[0]
            raise BadInputError(
                f"{path} is the journal of another study: its {name} is {head.get(name)!r} and not {wanted[name]!r}; "
                "give another file"
            )

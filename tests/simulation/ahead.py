"""Reading ahead, as the function does it but worse: the answers are older than the questions, the ledger's most of all.

Each is given once.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from tradewind.application.ports import Ledger, Progress, ReadAhead, SliceLog, SnapshotRequest
from tradewind.domain.errors import TransientError

type Question = tuple[Any, ...]

_ASKED = {"snapshot", "first_edition", "load"}


class Early(ReadAhead):
    """Asks before it is asked."""

    def __init__(self, progress: Progress, slices: SliceLog, ledger: Ledger) -> None:
        self._progress, self._slices, self._ledger = progress, slices, ledger
        self.answers: dict[Question, Any] = {}

    def __call__(self, shard: str, steps: Sequence[int], snapshots: Sequence[SnapshotRequest]) -> None:
        self.answers = {}
        if not steps:
            return
        answers: dict[Question, Any] = {}
        with suppress(TransientError):
            answers |= {_question("snapshot", *one): self._ledger.snapshot(*one) for one in snapshots}
            answers |= {("first_edition", shard, ts): self._slices.first_edition(shard, ts) for ts in steps}
            answers["load", shard] = self._progress.load(shard)
            self.answers = answers

    def over[T](self, port: T) -> T:
        """Return a port whose questions may have been answered already."""
        return cast("T", _Answered(self, port))


class _Answered:
    def __init__(self, early: Early, port: Any) -> None:
        self._early, self._port = early, port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name not in _ASKED:
            return method

        def ask(*arguments: Any) -> Any:
            question = _question(name, *arguments)
            if question in self._early.answers:
                return self._early.answers.pop(question)
            return method(*arguments)

        return ask


def _question(name: str, *arguments: Any) -> Question:
    return name, *(tuple(one) if isinstance(one, list) else one for one in arguments)

"""Findings of research in the data bucket: `KIND/NAME.json`, and a list of the latest of each kind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tradewind.adapters.s3.objects import S3Store
from tradewind.domain.errors import ConflictError

LISTED = 200
"""Findings that the list names; older ones stay where they are."""

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Study:
    """One finding as the list has it.

    Attributes
    ----------
    ts : int
        When it was published, UTC ms.
    figures : mapping
        The few numbers and words by which findings are told apart.
    """

    name: str
    ts: int
    figures: Mapping[str, float | str | None]


@dataclass(frozen=True, slots=True)
class S3Studies:
    """The findings of one kind: `backtests` or `research`."""

    store: S3Store
    kind: str

    def latest(self) -> Sequence[Study]:
        """Return what the list names, the latest first."""
        found = self.store.read(self._list)
        return [Study(**row) for row in json.loads(found.data)] if found else []

    def whole(self, name: str) -> dict[str, Any] | None:
        """Return a finding, or None if there is none of this name."""
        found = self.store.read(self._place(name))
        return dict(json.loads(found.data)) if found else None

    def edition(self, name: str = "") -> str:
        """Return which edition of a finding, or of the list, there is: it tells the same until there is another."""
        return self.store.edition(self._place(name) if name else self._list)

    def keep(self, study: Study, whole: Mapping[str, Any]) -> None:
        """Keep a finding in the place of what had its name, then list it.

        Raises
        ------
        ConflictError
            If others were faster every time.
        """
        self._write(self._place(study.name), lambda _: whole)
        self._write(self._list, lambda rows: _with(study, rows))

    def _write(self, key: str, change: Any) -> None:
        for _ in range(_TRIES):
            found = self.store.read(key)
            value = change(json.loads(found.data) if found else [])
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            try:
                self.store.write(key, text.encode(), found.edition if found else "")
            except ConflictError:
                continue
            return
        raise ConflictError(f"{key}: others were faster {_TRIES} times")

    @property
    def _list(self) -> str:
        return f"{self.kind}/.list.json"  # no finding has a name that begins so

    def _place(self, name: str) -> str:
        return f"{self.kind}/{name}.json"


def _with(study: Study, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    others = [row for row in rows if row["name"] != study.name]
    return [asdict(study), *others][:LISTED]

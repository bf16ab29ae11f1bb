"""What a shard decided at one bar in outline: actions and reasons without any gate's numbers, which are most of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import NamedTuple

from tradewind.domain.decision_record import SCHEMA
from tradewind.domain.packing import unseal


class OutlineRow(NamedTuple):
    """One decision in outline.

    Attributes
    ----------
    reason : str
        Up to its first colon: what follows are numbers and names of the one case.
    """

    account: str
    strategy: str
    instrument: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Every decision of one shard at one bar, in outline; `late` as in `DecisionRecord`.

    Attributes
    ----------
    counts : mapping
        How often each (account, strategy, action, reason) is in the rows, in their order.
    """

    shard: str
    ts: int
    rev: int
    late: bool
    rows: tuple[OutlineRow, ...]
    counts: Mapping[tuple[str, str, str, str], int]


def outline_of(shard: str, ts: int, rev: int, data: bytes) -> Outline:
    """Read the outline of a decisions item; a tenth of the work of reading it whole.

    Raises
    ------
    PermanentError
        If the bytes are damaged or of an unknown schema.
    """
    header, _ = unseal(f"decisions {shard} {ts} rev {rev}", SCHEMA, data)
    rows = tuple(_rows(header))
    return Outline(shard, ts, rev, header["late"], rows, counted(rows))


def counted(rows: Iterable[OutlineRow]) -> Counter[tuple[str, str, str, str]]:
    """Return how often each (account, strategy, action, reason) is in rows, in their order."""
    return Counter((row.account, row.strategy, row.action, row.reason) for row in rows)


def _rows(header: dict[str, list[list[str]]]) -> Iterator[OutlineRow]:
    names: dict[str, list[list[str]]] = header["gates"]  # type: ignore[assignment]
    for account, strategy, instrument, action, reason, _ in header["rows"]:
        # A number is the place of the gate that was the reason.
        text = names[strategy][reason][0].upper() if isinstance(reason, int) else reason.partition(":")[0]
        yield OutlineRow(*map(intern, (account, strategy, instrument, action, text)))

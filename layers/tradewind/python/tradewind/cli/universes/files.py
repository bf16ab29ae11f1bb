"""Files of who belonged to a universe on which day: written by `tradewind universe export`, or by hand."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.membership import UniverseHistory
from tradewind.domain.moments import iso
from tradewind.domain.timeframe import DAY

SHAPE = '{"universe": "NAME", "days": {"2026-05-01": ["BTC-USDT.BYBIT", …], …}}'
"""What a file holds. A day that is not in it is like the one before it; of days before the first nothing is known."""


def write(history: UniverseHistory, path: Path) -> None:
    """Write a history, one day a line."""
    days = (
        f" {json.dumps(iso(day * DAY))}: {json.dumps(sorted(some))}"
        for day, some in zip(history.days, history.members, strict=True)
    )
    text = f'{{"universe": {json.dumps(history.name)},\n "days": {{\n' + ",\n".join(days) + "\n}}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def read(path: Path) -> UniverseHistory:
    """Read a history.

    Raises
    ------
    BadInputError
        If there is no such file, or it is none of a universe; it says where.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise BadInputError(
            f"there is no file {path}: write one with `tradewind universe export NAME --out {path}`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read as text: {error}") from None
    whole = _parsed(text, path)
    if not isinstance(whole, dict) or not isinstance(whole.get("universe"), str):
        raise BadInputError(f"{path.name} is no file of a universe: it holds {SHAPE}")
    days = dict(sorted(_days(whole.get("days"), path)))
    return UniverseHistory(whole["universe"], tuple(days), tuple(days.values()), str(path))


def _parsed(text: str, path: Path) -> Any:
    def once(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
            raise BadInputError(f"{path.name}: {twice!r} is there twice; keep one of them")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path.name} is no JSON: {error}; it holds {SHAPE}") from None


def _days(days: Any, path: Path) -> Iterator[tuple[int, frozenset[InstrumentId]]]:
    if not isinstance(days, dict) or not days:
        raise BadInputError(f"{path.name} has no days: it holds {SHAPE}")
    for text, names in days.items():
        if not isinstance(names, list):
            raise BadInputError(f'{path.name}, {text}: members are a list, as ["BTC-USDT.BYBIT", …]')
        for one in names:
            if not _is_name(one):
                told = json.dumps(one, ensure_ascii=False)[:60]
                raise BadInputError(f"{path.name}, {text}: {told} is no instrument, as BTC-USDT.BYBIT is")
        yield _day(text, path), frozenset(InstrumentId(name.upper()) for name in names)


def _is_name(one: object) -> bool:
    if not isinstance(one, str):
        return False
    symbol, _, venue = one.rpartition(".")
    return bool(symbol and venue) and not any(map(str.isspace, one))


def _day(text: str, path: Path) -> int:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"{path.name}: {text!r} is no day: write it as 2026-05-01") from None
    return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()) * 1000 // DAY

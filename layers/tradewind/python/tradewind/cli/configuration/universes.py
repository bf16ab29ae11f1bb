"""Universes of a configuration: filters by name, and the members that a market takes from the last pinned choice.

A deployment must be repeatable, so what is followed does not change by itself: `tradewind universe pin` writes the
choice to `config/universes/NAME.json`, which belongs under version control.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tradewind.cli.configuration.models import EnvironmentFile, InstrumentTable, MarketTable, UniverseTable
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.universe import PRESETS, Candidate, Category, Choice, Filter, assign

type Fault = tuple[tuple[str | int, ...], str]
"""Where, and what is wrong there."""


def rules_of(table: UniverseTable) -> Filter:
    """Return a universe's filter: its preset with everything that the table says itself."""
    said: dict[str, Any] = {name: value for name, value in table.filters().items() if name in table.model_fields_set}
    begin = PRESETS[table.preset] if table.preset else Filter()
    changes: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    if "without" in changes:
        changes["without"] = tuple(map(Category, changes["without"]))
    return replace(begin, **changes)


def unfit(file: EnvironmentFile) -> Iterator[Fault]:
    """Yield markets that name no universe of the file, or neither or both a universe and instruments."""
    for index, market in enumerate(file.markets):
        if market.universe is None and not market.instruments:
            yield ("markets", index), "name its instruments, or a universe"
        elif market.universe is not None and market.universe not in file.universes:
            known = ", ".join(sorted(file.universes)) or "none"
            yield ("markets", index, "universe"), f"there is no [universes.{market.universe}]: there are {known}"


def pinned(file: EnvironmentFile, folder: Path) -> tuple[EnvironmentFile, list[Fault]]:
    """Return the file with the pinned members of its universes, and what cannot be read of them.

    Parameters
    ----------
    folder : Path
        Where `universes/NAME.json` lie.
    """
    markets: list[MarketTable] = []
    instruments = dict(file.instruments)
    faults: list[Fault] = []
    for index, market in enumerate(file.markets):
        if market.universe is None or market.instruments:
            markets.append(market)
            continue
        try:
            shards = read_pin(folder, market.universe)
        except BadInputError as error:
            faults.append((("markets", index, "universe"), str(error)))
            continue
        symbols = [[row["symbol"] for row in shard] for shard in shards]
        every = [symbol for shard in symbols for symbol in shard]
        markets.append(market.model_copy(update={"instruments": every, "shards": symbols}))
        for row in (row for shard in shards for row in shard):
            rules = {key: row[key] for key in ("tick", "lot", "minimum_notional", "minimum_quantity") if key in row}
            instruments.setdefault(instrument_id(row["symbol"], market.venue), InstrumentTable.model_validate(rules))
    return file.model_copy(update={"markets": markets, "instruments": instruments}), faults


def read_pin(folder: Path, name: str) -> list[list[dict[str, str]]]:
    """Return the rows of a pinned universe by shard.

    Raises
    ------
    BadInputError
        If it was never pinned, or the file is damaged.
    """
    path = folder / "universes" / f"{name}.json"
    remedy = f"run `tradewind universe pin {name}`"
    try:
        shards = json.loads(path.read_text("utf-8"))["shards"]
    except FileNotFoundError:
        raise BadInputError(f"{name} was never pinned: {remedy}") from None
    except (ValueError, KeyError, TypeError):
        raise BadInputError(f"{path.name} cannot be read: {remedy} again") from None
    return [list(shard) for shard in shards]


def pin(folder: Path, name: str, venue: str, choice: Choice, day: int) -> Mapping[str, Sequence[InstrumentId]]:
    """Write a choice; whoever was pinned in a shard stays in it. Return who came and who went."""
    try:
        before = [[instrument_id(row["symbol"], venue) for row in shard] for shard in read_pin(folder, name)]
    except BadInputError:
        before = []
    by_name = {one.id: one for one in choice.members}
    shards = assign(list(by_name), before)
    rows: dict[str, Any] = {
        "universe": name, "day": day, "shards": [[_row(by_name[one]) for one in shard] for shard in shards]
    }  # fmt: skip
    path = folder / "universes" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    old = {one for shard in before for one in shard}
    return {"came": sorted(by_name.keys() - old), "went": sorted(old - by_name.keys())}


def _row(one: Candidate) -> dict[str, str]:
    steps = {"tick": one.tick, "lot": one.lot, "minimum_notional": one.minimum_notional}
    if one.minimum_quantity:
        steps["minimum_quantity"] = one.minimum_quantity
    return {"symbol": f"{one.base}-{one.quote}", **{name: f"{step:f}" for name, step in steps.items()}}

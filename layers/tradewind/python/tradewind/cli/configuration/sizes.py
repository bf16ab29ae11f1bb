"""What `config/ENV.toml` may say of how large entries are, and what of it does not go together."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tradewind.domain.sizing import PLAIN, Method

type Multiplier = Annotated[float, Field(ge=0, le=2)]

_OF_METHOD = {"atr": Method.VOLATILITY, "kelly": Method.KELLY}


class RegimesTable(BaseModel):
    """By what the risk is multiplied in each regime of the market; 0 takes no entry at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    UNKNOWN: Multiplier = 1.0
    QUIET: Multiplier = 1.0
    BULL: Multiplier = 1.0
    BEAR: Multiplier = 1.0
    TURBULENT: Multiplier = 1.0


class SizingTable(BaseModel):
    """How large entries are: by which method, and multiplied by what; the account's limits hold all the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Method = PLAIN.method
    atr_bars: Annotated[int, Field(ge=2, le=500)] = PLAIN.atr_bars
    atr_multiple: Annotated[float, Field(gt=0, le=20)] = PLAIN.atr_multiple
    kelly_fraction: Annotated[float, Field(gt=0, le=1)] = PLAIN.kelly_fraction
    kelly_trips: Annotated[int, Field(ge=5, le=100)] = PLAIN.kelly_trips
    kelly_window: Annotated[int, Field(ge=5, le=100)] = PLAIN.kelly_window
    kelly_least: Annotated[float, Field(ge=0, le=1)] = PLAIN.kelly_least
    recent_trips: Annotated[int, Field(ge=0, le=100)] = PLAIN.recent_trips
    recent_streak: Annotated[int, Field(ge=0, le=100)] = PLAIN.recent_streak
    recent_multiplier: Annotated[float, Field(ge=0.05, le=1)] = PLAIN.recent_multiplier
    regimes: RegimesTable = RegimesTable()

    def built(self) -> dict[str, Any]:
        """Return what a configuration says of it: only what was said, and nothing of a plain one."""
        return self.model_dump(mode="json", exclude_unset=True)


def unfit(table: SizingTable, size_multiplier: float) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what does not go together, each with its place in the table."""
    for name in sorted(table.model_fields_set):
        method = _OF_METHOD.get(name.partition("_")[0], table.method)
        if method is not table.method:
            yield (name,), f'goes with method = "{method}" alone; here it is "{table.method}"'
    if table.method is Method.KELLY and table.kelly_trips > table.kelly_window:
        what = f"would never apply: {table.kelly_trips} positions are asked for, and {table.kelly_window} looked at"
        yield ("kelly_trips" if "kelly_trips" in table.model_fields_set else "kelly_window",), what
    yield from _unfit_recent(table)
    for name in sorted(table.regimes.model_fields_set):
        multiplier = getattr(table.regimes, name)
        if multiplier > 1 and size_multiplier >= 1 and table.method is not Method.KELLY:
            what = (
                f"{multiplier:g} would risk more than risk_per_trade: let [strategies.gates] size_multiplier leave room"
            )
            yield ("regimes", name), what


def _unfit_recent(table: SizingTable) -> Iterator[tuple[tuple[str, ...], str]]:
    if not table.recent_trips:
        for name in sorted(table.model_fields_set & {"recent_streak", "recent_multiplier"}):
            yield (name,), "does nothing without recent_trips: add how many closed positions it looks at"
    elif table.recent_streak > table.recent_trips:
        what = f"only the last {table.recent_trips} positions are looked at: write at most recent_trips"
        yield ("recent_streak",), what

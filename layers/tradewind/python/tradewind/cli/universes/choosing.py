"""Which universe a backtest goes by: the one that was asked for, else the one that its configuration follows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tradewind.cli.bar_names import DOLLARS
from tradewind.cli.configuration.models import EnvironmentFile
from tradewind.cli.errors import InputError
from tradewind.cli.output import first_of
from tradewind.cli.universes import files
from tradewind.domain.errors import TradewindError
from tradewind.domain.instrument import InstrumentId, venue_of
from tradewind.domain.membership import Belonging, UniverseHistory, day_of_close
from tradewind.domain.moments import iso
from tradewind.domain.series import Series
from tradewind.domain.timeframe import DAY

NONE = "none"
"""Asked for by who wants every instrument to count as a member."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A universe as a backtest goes by it, or none, and what to say of that."""

    universe: Belonging | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The bars that a universe is wanted for.

    Attributes
    ----------
    names : frozenset of InstrumentId
        Of which instruments there are bars.
    first, last : int
        UTC day numbers of the first and the last bar that may be traded on.
    """

    names: frozenset[InstrumentId]
    first: int
    last: int

    @classmethod
    def of(cls, series: Sequence[Series], start: int | None) -> "Span":
        """Return the span of bars that open at or after a time."""
        closes = [bar.ts_close for one in series for bar in (*one.bars[:1], *one.bars[-1:])]
        frame = series[0].timeframe.ms if series else 0
        begun = max(min(closes, default=0), (start or 0) + frame)
        return cls(
            frozenset(one.instrument.id for one in series),
            day_of_close(begun),
            day_of_close(max(closes, default=begun)),
        )

    def __str__(self) -> str:
        return f"{iso(self.first * DAY)} to {iso(self.last * DAY)}"


def chosen(asked: str, environment: str, file: EnvironmentFile, span: Span) -> Chosen:
    """Return the universe that bars are traded under.

    Parameters
    ----------
    asked : str
        A universe of the environment, a file of one, `none`; empty for what the configuration follows.

    Raises
    ------
    TradewindError
        If it was asked for and cannot be had, or says nothing of these bars.
    """
    if asked == NONE:
        return Chosen()
    if asked:
        history = files.read(Path(asked)) if _is_path(asked) else _stored(asked, environment, file, span)
        return Chosen(fitted(history, span))
    followed = sorted({one.universe for one in file.markets if one.universe})
    if not followed:
        return Chosen()
    if len(followed) > 1:
        return Chosen(notes=(f"{environment} follows {', '.join(followed)}: choose one with --universe; {_EVERYBODY}",))
    (name,) = followed
    if file.universes[name].venue not in {venue_of(one) for one in span.names}:
        return Chosen(notes=(f"{environment} follows {name}, which says nothing of the venues of these bars",))
    return _by_default(name, environment, file, span)


_EVERYBODY = "until then every instrument counts as a member on every day, which flatters"


def _by_default(name: str, environment: str, file: EnvironmentFile, span: Span) -> Chosen:
    try:
        history = _stored(name, environment, file, span)
    except InputError as error:
        return Chosen(notes=(f"{error}; {_EVERYBODY}",))
    except TradewindError as error:
        return Chosen(
            notes=(
                f"{environment} follows {name}, and who belonged on which day cannot be read ({error}): give a file "
                f"with --universe FILE; {_EVERYBODY}",
            )
        )
    return Chosen(fitted(history, span))


def _is_path(asked: str) -> bool:
    return asked.endswith(".json") or "/" in asked or Path(asked).is_file()


def _stored(name: str, environment: str, file: EnvironmentFile, span: Span) -> UniverseHistory:
    from tradewind.adapters.dynamodb.universes import DynamoUniverses
    from tradewind.cli.deployed import connect

    if name not in file.universes:
        known = ", ".join(sorted(file.universes)) or "none"
        raise InputError(f"{environment} has no universe {name!r} (it has {known}); a file is given by its path")
    history = DynamoUniverses(connect(environment).market).between(name, span.first, span.last)
    if not history.days:
        raise InputError(
            f"nothing is stored in {environment} of who belonged to {name} up to {iso(span.last * DAY)}: it is "
            "recorded each day at 00:20 UTC from the deployment on"
        )
    return replace(history, source=environment)


def fitted(history: UniverseHistory, span: Span) -> Belonging:
    """Return a history as a backtest over some bars asks it.

    Bar files of pairs in dollars are all spelled in USD; a member that is told in USDT or the like is then the same.

    Raises
    ------
    InputError
        If it says nothing of these bars, or of this time.
    """
    if history.days[0] > span.last:
        raise InputError(
            f"{history.name} ({history.source}) is known from {iso(history.days[0] * DAY)} on, and the bars are of "
            f"{span}: give later bars, or --universe {NONE}"
        )
    spelled = history.spelled(lambda name: _as_in_files(name, span.names))
    if not span.names & spelled.between(span.first, span.last):
        there, then = (first_of(sorted(some)) for some in (span.names, history.between(span.first, span.last)))
        raise InputError(
            f"none of the bars' instruments ({there}) belonged to {history.name} ({history.source}) from {span}; its "
            f"members then: {then or 'nobody'}; --universe {NONE} trades without one"
        )
    return Belonging.of(spelled)


def _as_in_files(name: InstrumentId, wanted: frozenset[InstrumentId]) -> InstrumentId:
    symbol, _, venue = name.rpartition(".")
    base, dash, quote = symbol.rpartition("-")
    other = InstrumentId(f"{base}-USD.{venue}")
    return other if name not in wanted and dash and quote in DOLLARS and other in wanted else name

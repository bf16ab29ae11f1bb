"""From what a person asks to a study, and from its findings to what a person reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tradewind.backtest.optimiser.findings import Findings, Judged
from tradewind.cli.errors import InputError
from tradewind.cli.run.plan import RunRequest, for_run, load
from tradewind.domain.moments import iso

if TYPE_CHECKING:
    from tradewind.backtest.optimiser.bench import Bench
    from tradewind.backtest.optimiser.outcome import Span
    from tradewind.domain.series import Series

_SURE, _DOUBTFUL = 0.95, 0.5
_FIGURES = ("return", "sharpe", "calmar", "max_drawdown", "profit_factor", "round_trips")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Bars and configuration of a study, and what to say of its universe."""

    series: "tuple[Series, ...]"
    bench: "Bench"
    notes: tuple[str, ...] = ()


def prepare(request: RunRequest, strategy: str, universe: str = "", environment: str = "local") -> Loaded:
    """Read bars and configuration: accounts, limits and gates are those of `config/local.toml`.

    Parameters
    ----------
    universe, environment : str
        As `universes.choosing.chosen` takes them.

    Raises
    ------
    BadInputError, InputError
        If bars or strategy cannot be had.
    """
    from tradewind.backtest.bars import bars_of
    from tradewind.backtest.optimiser.bench import Bench
    from tradewind.cli.configuration.building import build, canonical
    from tradewind.cli.configuration.reading import read
    from tradewind.cli.paths import toml_file, user_strategies
    from tradewind.cli.universes.choosing import Span, chosen
    from tradewind.domain.configuration import Configuration
    from tradewind.domain.identifiers import content_hash

    series = tuple(_cut(one, request.start) for one in load(request))
    if not any(one.bars for one in series):
        raise InputError("no bar lies in the chosen time: widen --from and --to")
    file = for_run(read(toml_file("local")), series, request.cash)
    named = [one for one in file.strategies if one.name == strategy] or [file.strategies[0]]
    at_work = named[0].model_copy(update={"name": strategy, "parameters": {}})
    data = build(file.model_copy(update={"strategies": [at_work], "accounts": file.accounts[:1]}))
    configuration = Configuration.from_json(data, content_hash(canonical(data).encode()))
    followed = chosen(universe, environment, read(toml_file(environment)), Span.of(series, request.start))
    bench = Bench(
        configuration, configuration.strategies[0], bars_of(series), user_strategies(), universe=followed.universe
    )
    _check_enough(bench)
    return Loaded(series, bench, (*followed.notes, *_missing(bench)))


def _missing(bench: "Bench") -> Iterable[str]:
    """Say which members of the universe have no bars: what they would have lost is not searched on."""
    from tradewind.cli.output import first_of
    from tradewind.domain.membership import day_of_close
    from tradewind.domain.timeframe import DAY

    if bench.universe is None:
        return
    history, span = bench.universe.history, bench.span()
    ever = history.between(day_of_close(span.start), day_of_close(span.end - 1))
    absent = sorted(ever - {one.instrument.id for one in bench.bars.columns if len(one.ts)})
    if absent:
        yield f"{len(absent):,} of {len(ever):,} members of {history.name} have no bars here: {first_of(absent)}"
    if history.begins > span.start:
        yield f"who belonged to {history.name} is known from {iso(history.days[0] * DAY)} on: nothing is entered before"


def _check_enough(bench: "Bench") -> None:
    """Refuse to search bars on which nothing can ever be entered."""
    from tradewind.cli.research.choosing import built

    longest, needed = max(len(one.ts) for one in bench.bars.columns), built(bench.rules.name, {}).warmup
    if longest <= needed:
        raise InputError(
            f"{longest} bars that may be traded on are no more than the warm-up of {bench.rules.name}, {needed}: give "
            "more, and see `tradewind data verify` for those that were refused"
        )


def key_of(loaded: Loaded) -> dict[str, Any]:
    """Return what else a journal must agree on: the code, the configuration, and every bar."""
    from hashlib import blake2b

    from tradewind.strategies.registry import build, code_hash

    digest = blake2b(digest_size=16)
    for one in loaded.bench.bars.columns:
        digest.update(f"{one.instrument!r}".encode())
        for column in (one.ts, *one.values):
            digest.update(column.tobytes())
    strategy = build(loaded.bench.rules.name, {}, loaded.bench.folder)
    universe = loaded.bench.universe
    if universe:
        digest.update(f"{sorted((name, *turns) for name, turns in universe.turns.items())}".encode())
    return {
        "strategy": strategy.name, "code": code_hash(strategy), "configuration": loaded.bench.configuration.hash,
        "bars": digest.hexdigest(),
    }  # fmt: skip


def held(loaded: Loaded, start: int, end: int) -> float:
    """Return what buying every instrument with an equal share at its first close, and keeping it, returned.

    Of a universe only those are bought that belong on the first bar of which that is known.
    """
    shares, universe = [], loaded.bench.universe
    kept = {
        one.instrument.id: [b for b in one.bars if start <= b.ts_close < end and not b.fault()] for one in loaded.series
    }
    first = min((bars[0].ts_close for bars in kept.values() if bars), default=start)
    for name, bars in kept.items():
        if len(bars) > 1 and (universe is None or universe.belongs(name, max(first, universe.history.begins))):
            shares.append(bars[-1].close / bars[0].close - 1.0)
    return sum(shares) / len(shares) if shares else 0.0


def facts(found: Findings, loaded: Loaded, seconds: float) -> dict[str, Any]:
    """Return the findings for programs."""
    forward = found.forward
    return {
        "strategy": loaded.bench.rules.name,
        "goal": found.plan.goal,
        "seed": found.plan.seed,
        "universe": loaded.bench.universe and loaded.bench.universe.history.name,
        "notes": list(loaded.notes),
        "sampler": found.plan.sampler,
        "space": [str(one) for one in found.plan.space],
        "trials": {"count": found.trials, "refused": found.refused, "recalled": found.recalled, "seconds": seconds},
        "searched": _span(found.plan.span), "aside": _span(found.aside),
        "best": _judged(found.best), "default": _judged(found.default),
        "hold": {name: held(loaded, *span) for name, span in _spans(found)},
        "deflated_sharpe": found.deflated,
        "overfitting": _slots(found.overfitting), "monte_carlo": _slots(found.shuffled),
        "walk_forward": None if forward is None else {
            "return": forward.returned, "efficiency": forward.efficiency,
            "steps": [
                {"train": _span(one.fold.train), "test": _span(one.fold.test), "parameters": dict(one.best.parameters),
                 "inside": dict(one.inside.metrics), "outside": dict(one.outside.metrics)}
                for one in forward.steps
            ],
        },
    }  # fmt: skip


def _spans(found: Findings) -> "list[tuple[str, Span]]":
    return [("searched", found.plan.span), *([("aside", found.aside)] if found.aside else [])]


def _span(span: Sequence[int] | None) -> list[str] | None:
    return [iso(span[0]), iso(span[1])] if span else None


def _judged(one: Judged) -> dict[str, Any]:
    aside = dict(one.aside.metrics) if one.aside else None
    return {"parameters": dict(one.parameters), "searched": dict(one.searched.metrics), "aside": aside}


def _slots(value: Any) -> dict[str, Any] | None:
    return None if value is None else {name: getattr(value, name) for name in value.__slots__}


def comparison(found: Findings, loaded: Loaded) -> list[tuple[object, ...]]:
    """Return the rows that set best, default and holding side by side, searched years first."""
    rows: list[tuple[object, ...]] = []
    for title, span in _spans(found):
        for name, one in (("best", found.best), ("default", found.default)):
            outcome = one.searched if title == "searched" else one.aside
            if outcome:
                rows.append((f"{title}: {name}", *map(_figure, _FIGURES, (outcome.metrics[each] for each in _FIGURES))))
        rows.append((f"{title}: buy and hold", f"{held(loaded, *span):+.1%}", *[""] * (len(_FIGURES) - 1)))
    return rows


def _figure(name: str, value: float) -> str:
    if value != value:  # noqa: PLR0124 - NaN
        return "–"
    if name in {"return", "max_drawdown"}:
        return f"{value:+.1%}" if name == "return" else f"{value:.1%}"
    return f"{value:,.0f}" if name == "round_trips" else f"{value:.2f}"


def sentences(found: Findings) -> Iterable[str]:
    """Say what the figures mean, plainly."""
    if found.deflated is None:
        yield (
            f"Not even the best trial had {found.plan.fewest} round trips, so nothing can be said of luck: give more "
            "bars, other ranges, or --min-trades."
        )
    else:
        sure = "more than luck explains" if found.deflated >= _SURE else "what luck among so many tries may give"
        yield f"Deflated Sharpe ratio {found.deflated:.1%}: the best of {found.trials:,} trials is {sure}."
    if found.overfitting:
        one = found.overfitting
        told = "as bad as choosing blindly" if one.probability >= _DOUBTFUL else "better than choosing blindly"
        yield (
            f"Probability of overfitting {one.probability:.1%}, of a loss {one.loss:.1%} ({one.ways:,} ways to halve "
            f"the years, {one.trials:,} trials): {told}."
        )
    if found.shuffled:
        one_ = found.shuffled
        yield (
            f"Other orders of the same trades: drawdown {one_.drawdown[0]:.1%} to {one_.drawdown[2]:.1%} (5 to 95 %), "
            f"deeper than it was in {one_.worse:.0%}; other draws: return {one_.result[0]:+.1%} to "
            f"{one_.result[2]:+.1%}, a loss in {one_.loss:.0%}."
        )
    if found.forward:
        yield f"Walk-forward over {len(found.forward.steps)} folds: {_forward(found)}."


def _forward(found: Findings) -> str:
    assert found.forward is not None  # noqa: S101 - asked by the only caller
    efficiency = found.forward.efficiency
    told = "what was chosen lost where it was chosen" if efficiency != efficiency else f"efficiency {efficiency:.0%}"  # noqa: PLR0124
    return f"{found.forward.returned:+.1%} on bars that nothing was chosen on, {told}"


def _cut(series: "Series", start: int | None) -> "Series":
    from dataclasses import replace

    return series if start is None else replace(series, bars=tuple(bar for bar in series.bars if bar.ts_open >= start))


def day(ts: int) -> str:
    """Write the day of a time."""
    return f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m-%d}"

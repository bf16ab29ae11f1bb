"""The sample that a bill is made of: five positions held, an exchange of one for another, and an hour's compaction.

Quiet minutes and what an order adds are measured apart, so that a short sample says exactly what a month with so many
orders a day uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tradewind.adapters.metering import Usage
from tradewind.cli.pricing.company import FUNCTIONS, Company, at_work
from tradewind.cli.pricing.scenario import Scenario, rotation
from tradewind.cli.pricing.stage import stage

HELD = 5
_OPEN = 58
_QUIET = range(61, 67)  # a checkpoint is due at 64
_EXCHANGE = range(_QUIET.stop, _QUIET.stop + 5)
_LATER = 125
_ORDERS = 2
_RARE = "CHECKPOINT"

type ByFunction = Mapping[str, Usage]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a scenario uses, by function.

    Attributes
    ----------
    minute : mapping
        A minute in which positions are held and nothing is ordered, checkpoints left out.
    checkpoint : mapping
        One checkpoint of every shard.
    order : mapping
        What one order adds.
    hour : mapping
        One hour's compaction.
    day : mapping
        One refresh of a universe with every instrument in it.
    sizes : mapping
        Mean bytes of an item by its kind, as stored.
    """

    scenario: Scenario
    minute: ByFunction
    checkpoint: ByFunction
    order: ByFunction
    hour: ByFunction
    day: ByFunction
    sizes: Mapping[str, float]


def take(instruments: int) -> Sample:
    """Run the functions over a made-up market of so many instruments, and count."""
    orders = rotation(HELD, _OPEN, _EXCHANGE.stop, _EXCHANGE.start - _OPEN, instruments)
    scenario = Scenario(instruments, _LATER, orders, provider="kraken", clock="system")
    with stage(scenario) as made, at_work(made) as company:
        company.step(_OPEN - 1)
        for step in range(_OPEN, _QUIET.start):
            company.step(step)
        quiet = [_minute(company, step) for step in _QUIET]
        busy = [_minute(company, step) for step in _EXCHANGE]
        sizes = company.mean_sizes(_QUIET.start)
        company.run("compact_bars", {})  # the first hour, so that the second one finds what each later one finds
        company.fetch(_LATER)
        company.reset()
        company.run("compact_bars", {})
        sizes["SERIES"] = company.mean_sizes(0)["SERIES"]
        hour = company.reset()
        company.run("refresh_universe", {})
        sizes["UNIVERSE"] = company.mean_sizes(0)["UNIVERSE"]
        return _sample(scenario, quiet, busy, hour, company.reset(), sizes)


def _minute(company: Company, step: int) -> ByFunction:
    company.reset()
    company.step(step)
    company.run("watch", {})
    company.run("repair_bars", {})
    company.run("guard_stops", {})
    return company.reset()


def _sample(
    scenario: Scenario,
    quiet: Sequence[ByFunction],
    busy: Sequence[ByFunction],
    hour: ByFunction,
    day: ByFunction,
    sizes: Mapping[str, float],
) -> Sample:
    minute = {name: _typical([one[name] for one in quiet]) for name in FUNCTIONS}
    together = {name: sum((one[name] for one in (*quiet, *busy)), Usage()) for name in FUNCTIONS}
    extra = {name: sum((one[name] for one in busy), minute[name] * -len(busy)) * (1 / _ORDERS) for name in FUNCTIONS}
    return Sample(
        scenario,
        {name: one.without(_RARE) for name, one in minute.items()},
        {name: one.writes_of(_RARE) for name, one in together.items()},
        {name: one.without(_RARE) for name, one in extra.items()},
        hour,
        day,
        sizes,
    )


def _typical(minutes: Sequence[Usage]) -> Usage:
    """Return the mean minute; of its CPU time the median, since others use this machine too."""
    total = sum(minutes, Usage()) * (1 / len(minutes))
    return replace(total, cpu=median(one.cpu for one in minutes))

"""Cost: what `tradewind cost` counts, beside what a month may cost."""

from collections.abc import Iterator

from benchmarks.figures import Figure
from tradewind.cli.pricing.bill import Bill, Line
from tradewind.cli.pricing.sample import take
from tradewind.cli.pricing.templates import deployment

ENVIRONMENT = "dev"
TARGETS = {90: (1.0, 2.5), 611: (5.0, 11.0)}
FIXED = {"minimal": 6.0, "full": 25.0}


def measure() -> list[Figure]:
    """Count, price, and put the sums beside their targets; every line follows without one."""
    deployed = {profile: deployment(ENVIRONMENT, profile) for profile in FIXED}
    bills = [Bill(take(count), deployed["minimal"].terms()) for count in TARGETS]
    sums = [figure for bill in bills for figure in _sums(bill)]
    # Backups keep copies of the tables: those of the larger market.
    fixed = [
        Figure(f"fixed items, profile {profile}", _dollars(deployed[profile].fixed(bills[-1].stored)), "$/month", limit)
        for profile, limit in FIXED.items()
    ]
    return [*sums, *fixed, *(figure for bill in bills for figure in _lines(bill))]


def _sums(bill: Bill) -> Iterator[Figure]:
    count = bill.sample.scenario.count
    deciding, everything = TARGETS[count]
    yield Figure(f"{count} instruments, slice to ledger", bill.total("deciding"), "$/month", deciding)
    yield Figure(f"{count} instruments, with fetching", bill.total("deciding", "around"), "$/month", everything)
    yield Figure(f"{count} instruments, kept for years", bill.total("keeping"), "$/month")


def _lines(bill: Bill) -> Iterator[Figure]:
    count = bill.sample.scenario.count
    for line in bill.lines():
        yield Figure(f"{count} instruments, {line.part}: {line.name}", line.dollars, "$/month")


def _dollars(lines: list[Line]) -> float:
    return sum(line.dollars for line in lines)

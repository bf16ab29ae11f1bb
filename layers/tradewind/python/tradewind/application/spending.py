"""What was spent, by function, by strategy and by signal, from what the functions say that they used.

What one strategy asked for is its own. What all share (fetching, watching, evaluating together) is divided in
proportion to the decisions that each had made for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, Protocol

from tradewind.domain.prices import LIST, PriceList

POLLED: Mapping[str, int] = {"execute_orders": 2}
"""Requests that AWS makes of the order queue for each call: one to receive, one to delete."""

_DECIDING = "evaluate_bars"


@dataclass(frozen=True, slots=True)
class Use:
    """What one call of a function used, as it logged it.

    Attributes
    ----------
    ms, memory : float, int
        How long it took, and MiB.
    shares, signals : mapping
        For which strategies it worked, in which proportion; and how many signals each had.
    """

    function: str
    ts: int
    ms: float
    memory: int
    calls: int = 0
    reads: float = 0
    writes: float = 0
    fifo: float = 0
    standard: float = 0
    publishes: float = 0
    shares: Mapping[str, float] = field(default_factory=dict)
    signals: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, function: str, ts: int, row: Mapping[str, Any]) -> "Use":
        """Read a line of a log."""
        known = {one.name for one in fields(cls)} - {"function", "ts"}
        return cls(function, ts, **{name: value for name, value in row.items() if name in known})

    def dollars(self, prices: PriceList = LIST) -> float:
        """Return its price by the list."""
        compute = self.ms / 1000 * self.memory / 1024 * prices.compute + prices.invocation
        tables = self.reads * prices.read_unit + self.writes * prices.write_unit
        queues = (self.fifo + POLLED.get(self.function, 0)) * prices.fifo + self.standard * prices.standard
        return compute + tables + queues + self.publishes * prices.publish


@dataclass(slots=True)
class Spent:
    """A sum of uses."""

    invocations: int = 0
    ms: float = 0
    calls: int = 0
    reads: float = 0
    writes: float = 0
    fifo: float = 0
    standard: float = 0
    publishes: float = 0
    dollars: float = 0

    def add(self, use: Use) -> None:
        """Add one."""
        self.invocations += 1
        for name in ("ms", "calls", "reads", "writes", "fifo", "standard", "publishes"):
            setattr(self, name, getattr(self, name) + getattr(use, name))
        self.dollars += use.dollars()


@dataclass(slots=True)
class Spending:
    """Everything that was spent in a month so far.

    Attributes
    ----------
    until, since : int
        UTC ms up to which logs were read, and from which in an environment's first month; 0 from the month's first.
    own, shared : mapping, float
        Dollars that single strategies caused, and those that are divided.
    decisions, signals : mapping
        By strategy.
    paused : list of str
        Strategies that their budget has paused, as `account/strategy`.
    """

    until: int = 0
    functions: dict[str, Spent] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    shared: float = 0
    decisions: dict[str, float] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)
    since: int = 0
    version: int = 0

    def add(self, uses: Iterable[Use]) -> None:
        """Add what was used."""
        for use in uses:
            self.functions.setdefault(use.function, Spent()).add(use)
            dollars, total = use.dollars(), sum(use.shares.values())
            self.shared += 0 if total else dollars
            for name, weight in use.shares.items():
                self.own[name] = self.own.get(name, 0) + dollars * weight / total
                if use.function == _DECIDING:
                    self.decisions[name] = self.decisions.get(name, 0) + weight
            for name, count in use.signals.items():
                self.signals[name] = self.signals.get(name, 0) + count

    @property
    def dollars(self) -> float:
        """What all of it cost."""
        return sum(one.dollars for one in self.functions.values())

    def strategies(self) -> dict[str, float]:
        """Return each strategy's dollars, its part of what is shared included."""
        decided = sum(self.decisions.values())
        parts = {name: self.shared * count / decided for name, count in self.decisions.items()} if decided else {}
        return {name: self.own.get(name, 0) + parts.get(name, 0) for name in sorted({*self.own, *parts})}

    def to_row(self) -> dict[str, Any]:
        """Return it as JSON has it, its version apart."""
        row = asdict(self)
        del row["version"]
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any], version: int) -> "Spending":
        """Read what `to_row` wrote."""
        functions = {name: Spent(**one) for name, one in row["functions"].items()}
        return cls(**{**row, "functions": functions}, version=version)


class SpendingStore(Protocol):
    """What was spent, by month."""

    def load(self, month: str) -> Spending:
        """Return a month's spending, as `2026-11`; an empty one for a month without any."""

    def keep(self, month: str, spending: Spending) -> None:
        """Store it if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster.
        """


class UsageLog(Protocol):
    """What the functions say that they used."""

    def uses(self, start: int, end: int) -> Iterable[Use]:
        """Return the uses logged in [start, end), UTC ms."""


def so_far(store: SpendingStore, month: str) -> Decimal | None:
    """Return a month's dollars; None where nothing has been metered."""
    spending = store.load(month)
    return Decimal(f"{spending.dollars:.4f}") if spending.functions else None

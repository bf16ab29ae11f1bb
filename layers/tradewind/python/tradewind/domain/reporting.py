"""What a report of the day says, and when one is due by the clock of a zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING

_DAYS = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment at which a report is due, and the one before: between them lies what it tells of. UTC ms."""

    due: int
    since: int
    name: str


def slot_of(now: int, zone: str, at: Sequence[str]) -> Slot:
    """Return the latest slot that is due.

    A time that the clock skips in spring is due when the clock has gone forward; one that it shows twice in autumn is
    due the first time.

    Parameters
    ----------
    now : int
        UTC ms.
    at : sequence of str
        Times of the day, as `09:00`.
    """
    here = ZoneInfo(zone)
    today = datetime.fromtimestamp(now / 1000, here).date()
    found: dict[int, str] = {}
    for back in range(_DAYS + 1):
        day = today - timedelta(days=back)
        for text in at:
            hours, _, minutes = text.partition(":")
            local = datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=here)
            found[round(local.astimezone(UTC).timestamp() * 1000)] = f"{day:%Y-%m-%d}T{text}"
    due = sorted(ts for ts in found if ts <= now)
    return Slot(due[-1], due[-2], found[due[-1]])


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What an account was worth at a moment, in its currency."""

    ts: int
    equity: Decimal


@dataclass(frozen=True, slots=True)
class AccountReport:
    """One account.

    Attributes
    ----------
    equity, profit, realised : Decimal
        Now; equity less what it was `since`, or less what it began with; realised after fees since then.
    fees : Decimal
        Paid since then.
    state : str
        What it may do, with the reason where it may not do everything.
    """

    name: str
    equity: Decimal
    profit: Decimal
    realised: Decimal
    fees: Decimal
    cash: Decimal
    state: str
    curve: Sequence[EquityPoint] = ()


@dataclass(frozen=True, slots=True)
class HeldReport:
    """One position at its last mark."""

    instrument: InstrumentId
    strategy: str
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    unrealised: Decimal
    stop: Decimal | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says.

    Attributes
    ----------
    since, until : int
        What it tells of, UTC ms.
    won, lost : int
        Exits that realised a profit or a loss.
    decisions, reasons : mapping
        How often each action was decided, and the most frequent reasons for not trading.
    capped : bool
        Whether there were more decisions than were read.
    failing : mapping
        Health checks that fail, each with its text.
    cost : Decimal or None
        Dollars of this month so far; None where nothing has been metered.
    """

    environment: str
    title: str
    zone: str
    since: int
    until: int
    accounts: Sequence[AccountReport]
    held: Sequence[HeldReport]
    fills: int = 0
    won: int = 0
    lost: int = 0
    denied: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    capped: bool = False
    failing: Mapping[str, str] = field(default_factory=dict)
    cost: Decimal | None = None

    @property
    def equity(self) -> Decimal:
        """What all accounts are worth."""
        return sum((one.equity for one in self.accounts), NOTHING)

    @property
    def profit(self) -> Decimal:
        """What all accounts gained."""
        return sum((one.profit for one in self.accounts), NOTHING)

    @property
    def curve(self) -> list[EquityPoint]:
        """What all accounts were worth together, whenever one was looked at."""
        last: dict[str, Decimal] = {}
        points: dict[int, Decimal] = {}
        every = sorted((one.ts, account.name, one.equity) for account in self.accounts for one in account.curve)
        for ts, name, equity in every:
            last[name] = equity
            if len(last) == len(self.accounts):
                points[ts] = sum(last.values(), NOTHING)
        return [EquityPoint(ts, equity) for ts, equity in points.items()]

"""Universes: which of a venue's instruments are worth following, by rules that can be read, and each one's shard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS


class Category(StrEnum):
    """What kind of thing an instrument's base is."""

    MAJOR = "major"
    STABLE = "stable"
    FIAT = "fiat"
    LEVERAGED = "leveraged"
    OTHER = "other"


class Profile(StrEnum):
    """How an instrument trades, told by its scores."""

    DEEP = "deep"
    """Narrow spread and much turnover."""
    TRENDING = "trending"
    WILD = "wild"
    THIN = "thin"
    """Wide spread or hardly any turnover."""
    PLAIN = "plain"


_MAJOR = frozenset({"BTC", "ETH", "SOL", "XRP", "BNB", "ADA", "DOGE", "LTC", "DOT", "LINK", "AVAX", "TRX", "BCH"})
_STABLE = frozenset(
    {"USDT", "USDC", "DAI", "TUSD", "FDUSD", "USDE", "PYUSD", "USDP", "BUSD", "RLUSD", "USD1", "USDD", "GUSD", "EURT"}
)
_FIAT = frozenset({"USD", "EUR", "GBP", "AUD", "CAD", "CHF", "JPY", "BRL", "TRY", "PLN"})
_LEVERAGED = ("2L", "2S", "3L", "3S", "5L", "5S", "UP", "DOWN", "BULL", "BEAR")
_LONGEST_STEM = 2


def category_of(base: str) -> Category:
    """Return what kind of thing a base is; leveraged tokens are told by their suffix (`BTC3L`)."""
    if base in _STABLE:
        return Category.STABLE
    if base in _FIAT:
        return Category.FIAT
    if base in _MAJOR:
        return Category.MAJOR
    suffix = next((one for one in _LEVERAGED if base.endswith(one)), "")
    stem = base.removesuffix(suffix)
    if suffix and (stem in _MAJOR or (suffix[0].isdigit() and len(stem) >= _LONGEST_STEM)):
        return Category.LEVERAGED
    return Category.OTHER


@dataclass(frozen=True, slots=True)
class Candidate:
    """One listed instrument on one day.

    Attributes
    ----------
    tick, lot : Decimal or None
        None where the venue does not say.
    turnover : float
        Of 24 hours, in the quote currency; 0 where nobody says.
    spread_bps : float
        Ask less bid over their middle; infinite where there is no two-sided quote.
    volatility : float
        Standard deviation of daily returns over the last month; NaN where it is not known.
    trend : float
        Kaufman's efficiency ratio with a sign, in [-1, 1]: the way from first to last close over the way gone. NaN
        where it is not known. Source: Kaufman, "Smarter Trading" (1995), chapter 7.
    days : int
        For how many days it has been traded, as far as was looked; -1 where nobody looked.
    """

    id: InstrumentId
    base: str
    quote: str
    tick: Decimal | None
    lot: Decimal | None
    minimum_notional: Decimal
    trading: bool
    turnover: float = 0.0
    spread_bps: float = float("inf")
    volatility: float = float("nan")
    trend: float = float("nan")
    days: int = -1
    minimum_quantity: Decimal = Decimal(0)

    @property
    def category(self) -> Category:
        """What kind of thing its base is."""
        return category_of(self.base)

    @property
    def profile(self) -> Profile:
        """How it trades."""
        if self.spread_bps > _WIDE_BPS or self.turnover < _LITTLE:
            return Profile.THIN
        if self.volatility > _WILD:
            return Profile.WILD
        if abs(self.trend) > _TRENDING:
            return Profile.TRENDING
        return Profile.DEEP if self.spread_bps < _NARROW_BPS and self.turnover > _MUCH else Profile.PLAIN


_WIDE_BPS, _NARROW_BPS, _LITTLE, _MUCH, _WILD, _TRENDING = 50.0, 5.0, 100_000.0, 10_000_000.0, 0.08, 0.5


def scores(closes: Sequence[float]) -> tuple[float, float]:
    """Return (volatility, trend) of daily closes, oldest first; NaN where there are fewer than three."""
    returns = [after / before - 1.0 for before, after in pairwise(closes)]
    if len(returns) < 2:  # noqa: PLR2004 - a spread needs two
        return float("nan"), float("nan")
    mean = sum(returns) / len(returns)
    variance = sum((one - mean) ** 2 for one in returns) / (len(returns) - 1)
    gone = sum(abs(after - before) for before, after in pairwise(closes))
    return float(variance**0.5), (closes[-1] - closes[0]) / gone if gone else 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What belongs to a universe. Empty lists and zeros ask for nothing.

    Attributes
    ----------
    quotes : tuple of str
        Quote currencies.
    minimum_turnover : float
        Of 24 hours, in the quote currency.
    maximum_spread_bps : float
        0 for any.
    minimum_days : int
        For how long it must have been traded.
    without : tuple of Category
        Kinds that are left out.
    allow, deny : tuple of str
        Symbols that belong to it whatever the other rules say (as long as they trade), and that never do.
    top : int
        At most so many, by turnover; those of `allow` come first.
    """

    quotes: tuple[str, ...] = ()
    minimum_turnover: float = 0.0
    maximum_spread_bps: float = 0.0
    minimum_days: int = 0
    without: tuple[Category, ...] = (Category.STABLE, Category.FIAT, Category.LEVERAGED)
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    top: int = 90


PRESETS: Mapping[str, Filter] = {
    "liquid-90": Filter(quotes=("USDT",), minimum_turnover=1_000_000, maximum_spread_bps=20, top=90),
    "majors": Filter(quotes=("USD", "USDT"), minimum_turnover=1_000_000, maximum_spread_bps=10, top=20),
    "everything": Filter(without=(Category.FIAT,), top=10_000),
}
"""Filters that a configuration may begin from."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A universe of one day: its members by turnover, and why each other candidate is none."""

    members: tuple[Candidate, ...]
    left_out: Mapping[InstrumentId, str]


def choose(candidates: Iterable[Candidate], rules: Filter) -> Choice:
    """Apply a filter; the same candidates give the same choice, in whatever order they come."""
    left_out: dict[InstrumentId, str] = {}
    fit: list[Candidate] = []
    for one in candidates:
        reason = _objection(one, rules)
        if reason:
            left_out[one.id] = reason
        else:
            fit.append(one)
    fit.sort(key=lambda one: (_symbol(one) not in rules.allow, -one.turnover, one.id))
    left_out |= {one.id: f"RANK {rank} of {rules.top}" for rank, one in enumerate(fit, 1) if rank > rules.top}
    return Choice(tuple(fit[: rules.top]), left_out)


def _symbol(one: Candidate) -> str:
    return f"{one.base}-{one.quote}"


def _objection(one: Candidate, rules: Filter) -> str:
    """Return the first rule that an instrument does not pass, with its value; empty if it passes all."""
    if not one.trading:
        return "NOT_TRADING"
    if one.tick is None or one.lot is None:
        return "NO_RULES"
    if _symbol(one) in rules.deny:
        return "DENIED"
    if _symbol(one) in rules.allow:
        return ""
    checks = (
        (bool(rules.quotes) and one.quote not in rules.quotes, f"QUOTE {one.quote}"),
        (one.category in rules.without, f"CATEGORY {one.category}"),
        (one.turnover < rules.minimum_turnover, f"TURNOVER {one.turnover:.0f}"),
        (bool(rules.maximum_spread_bps) and one.spread_bps > rules.maximum_spread_bps, f"SPREAD {one.spread_bps:.1f}"),
        (0 <= one.days < rules.minimum_days, f"AGE {one.days}"),
    )
    return next((reason for failed, reason in checks if failed), "")


type Shards = Sequence[Sequence[InstrumentId]]


def assign(members: Sequence[InstrumentId], before: Shards = (), size: int = MAXIMUM_INSTRUMENTS) -> Shards:
    """Part members into shards: whoever was in one stays in it, newcomers take free places, then new shards.

    A shard that loses all its instruments stays, empty, so that no other shard changes its name.
    """
    wanted = set(members)
    shards = [[name for name in shard if name in wanted] for shard in before]
    placed = {name for shard in shards for name in shard}
    for name in members:
        if name in placed:
            continue
        place = next((shard for shard in shards if len(shard) < size), None)
        if place is None:
            shards.append(place := [])
        place.append(name)
    return [tuple(shard) for shard in shards]

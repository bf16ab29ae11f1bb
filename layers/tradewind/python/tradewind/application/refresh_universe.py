"""Refresh a universe: what a venue lists today, what each instrument is like, and who belongs; stored for the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tradewind.application.ports import Notice, Notices
from tradewind.application.ports_market import NOT_IN_ANSWER, Failure, MarketDataProvider, NotOfferedError, Quotes
from tradewind.domain.errors import TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, ListingStatus, Quote
from tradewind.domain.membership import UniverseHistory
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.universe import Candidate, Choice, Filter, choose, scores
from tradewind.domain.validation import validate

SCORED = 100
"""Of how many members daily bars are asked for."""

MONTH = 30
"""Daily bars that scores are made of."""

_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belonged to a universe on one UTC day, with what was known of everybody that was listed.

    Attributes
    ----------
    listed : tuple of Candidate
        Everything that the venue listed on that day, delisted instruments of other days not among them.
    """

    universe: str
    day: int
    members: tuple[InstrumentId, ...]
    listed: tuple[Candidate, ...]


class UniverseStore(Protocol):
    """Memberships by day; none is ever taken back."""

    def put(self, membership: Membership) -> bool:
        """Write once: True if written, False if that day is there already, untouched."""

    def on(self, universe: str, day: int) -> Membership | None:
        """Return the membership that held on a UTC day number: that day's, or the latest before it."""

    def between(self, universe: str, first: int, last: int) -> UniverseHistory:
        """Return who belonged on each stored day up to `last`, from the day on whose membership held on `first`."""


@dataclass(frozen=True, slots=True)
class RefreshUniverse:
    """Ask a provider what its venue lists and what that is like, and choose.

    Attributes
    ----------
    scored : int
        Of how many members bars are asked for, the most traded first: each costs a request.
    """

    provider: MarketDataProvider
    store: UniverseStore
    notices: Notices
    scored: int = SCORED

    def __call__(
        self, name: str, venue: str, rules: Filter, now: int, configured: Sequence[InstrumentId] = ()
    ) -> Membership:
        """Store today's membership, and name what is configured and not listed any more, once.

        Raises
        ------
        TransientError
            If the provider cannot answer now.
        """
        every, choice = choose_today(self.provider, venue, rules, now, self.scored)
        members = tuple(one.id for one in choice.members)
        membership = Membership(name, now // DAY, members, tuple(every))
        self.store.put(membership)
        self._name_unlisted(configured, every)
        return membership

    def _name_unlisted(self, configured: Sequence[InstrumentId], listed: Sequence[Candidate]) -> None:
        trading = {one.id for one in listed if one.trading}
        for name in configured:
            if name not in trading:
                text = f"{name} is not listed any more, or not traded: take it out of the configuration"
                self.notices.post(
                    Notice(f"unlisted-{name}", Event("INSTRUMENT_UNLISTED", Severity.WARNING, text, name))
                )


def choose_today(
    provider: MarketDataProvider, venue: str, rules: Filter, now: int, scored: int = SCORED
) -> tuple[list[Candidate], Choice]:
    """Return every candidate and today's choice.

    Parameters
    ----------
    scored : int
        Of how many members bars are asked for, the most traded first; of every one where age counts.

    Raises
    ------
    TransientError
        If what ranks instruments cannot be had now: without it the choice would be another one.
    """
    every, looked = _candidates(provider, venue), set[InstrumentId]()
    while True:
        choice = choose(every, rules)
        # where age counts, nobody belongs unseen: whoever is too young makes room for others, who are asked for as well
        asked = choice.members if rules.minimum_days else choice.members[:scored]
        new = [one.id for one in asked if one.id not in looked]
        if not new:
            return every, choice
        looked.update(new)
        known = _closes(provider, new, now, insist=rules.minimum_days > 0)
        every = [_with_bars(one, known.get(one.id)) for one in every]


def _candidates(provider: MarketDataProvider, venue: str) -> list[Candidate]:
    listed = provider.instruments(venue)
    try:
        answer = provider.quotes([one.id for one in listed])
    except NotOfferedError:
        answer = Quotes({})
    _insist(answer.failures, "quotes", len(listed))
    return [_candidate(one, answer.quotes.get(one.id)) for one in listed]


def _insist(failures: Mapping[InstrumentId, Failure], what: str, count: int) -> None:
    broken = next((one for one in failures.values() if not one.lasting and one.reason != NOT_IN_ANSWER), None)
    if broken:
        raise TransientError(f"{len(failures)} of {count} {what} could not be had: {broken.detail}")


def _closes(
    provider: MarketDataProvider, names: Sequence[InstrumentId], now: int, *, insist: bool
) -> Mapping[InstrumentId, Sequence[float]]:
    """Return a month's daily closes; whoever has none is judged without, unless nobody can do without."""
    today = now - now % DAY
    since = today - MONTH * DAY
    try:
        answer = provider.bars(names, Timeframe.D1, since, today)
    except NotOfferedError:
        return {}
    except TransientError:
        if insist:
            raise
        return {}
    if insist:
        _insist(answer.failures, "ages", len(names))
    return {
        name: [bar.close for bar in validate(rows, name, Timeframe.D1, since, today)[0]]
        for name, rows in answer.rows.items()
    }


def _candidate(listing: Listing, quote: Quote | None) -> Candidate:
    turnover, spread = 0.0, float("inf")
    if quote is not None:
        turnover = float(quote.turnover or (quote.volume or 0) * (quote.last or 0))
        spread = float("inf") if quote.spread is None else float(quote.spread) * _BPS
    trading = listing.status is ListingStatus.TRADING
    rules = listing.tick, listing.lot, listing.minimum_notional
    least = listing.minimum_quantity
    return Candidate(listing.id, listing.base, listing.quote, *rules, trading, turnover, spread, minimum_quantity=least)


def _with_bars(one: Candidate, closes: Sequence[float] | None) -> Candidate:
    if closes is None:
        return one
    volatility, trend = scores(closes)
    return replace(one, volatility=volatility, trend=trend, days=len(closes))

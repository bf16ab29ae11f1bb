"""Booking what moved an account's balances besides our orders: once by the venue's own ids, never made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import batched

from tradewind.application.apply_bars import account_of
from tradewind.application.at_venue import AtVenue
from tradewind.application.ports import Clock, ExecutionVenue, Ledger
from tradewind.application.venue_state import instruments_of, known_of, look
from tradewind.domain.changeset import Changeset
from tradewind.domain.commands import CommandMessage
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING
from tradewind.domain.venue import FlowKind, Moves, VenueFlow, added, coins_of
from tradewind.execution import balances
from tradewind.execution.reconciling import (
    Known,
    Seen,
    apart_after,
    at_that_moment,
    charged,
    missing,
    rests,
    unbooked,
)

_AT_ONCE = 50
"""Movements in one transaction, of which the table takes a hundred items."""


@dataclass(frozen=True, slots=True)
class BookBalances:
    """One account's balances; a copy of a command finds everything booked and changes nothing."""

    configuration: Configuration
    ledger: Ledger
    clock: Clock
    venue: ExecutionVenue

    def __call__(self, message: CommandMessage) -> None:
        """Book what the venue shows since the moment that the command names.

        Raises
        ------
        ConflictError
            If the ledger moved meanwhile: call again.
        """
        known, seen = self._both(message)
        if not known.account.adopted:
            self._adopt(known, seen)
            return
        flows = unbooked(known, seen)
        if not missing(known, seen):
            flows += list(self._rounding(known, seen))
        account, taken = self._charged(known, seen)
        for some in batched(flows, _AT_ONCE, strict=False):
            changeset = balances.book_flows(account, some, self._now())
            self.ledger.commit(changeset)
            account = changeset.account
        self._follow(account, known, taken)

    def accept(self, message: CommandMessage) -> None:
        """Take the venue's balances for right: what is traded with and is not there any more is given up.

        Raises
        ------
        ConflictError
            If the ledger moved meanwhile: call again.
        TransientError
            If fills of our own orders are not booked yet: those come first.
        """
        known, seen = self._both(message)
        if known.account.accepted >= message.ts:
            return  # a copy: what has vanished since nobody has accepted
        if missing(known, seen):
            raise TransientError("fills of our own orders are not booked yet: reconcile first, then accept")
        left = {coin: seen.balances.get(coin, NOTHING) - known.claimed.get(coin, NOTHING)
                for coin in {*seen.balances, *known.claimed}}  # fmt: skip
        account, taken = known.account, list[Changeset]()
        for coin, short in sorted((coin, -rest) for coin, rest in left.items() if rest < 0):
            account, some = self._given_up(account, known, coin, short, message)
            # What is taken over whole lots may be more than is short: that lies apart.
            left[coin] = max(NOTHING, sum((_moved(each, coin) for each in some), NOTHING) - short)
            taken += some
        said = f"the venue's balances were accepted by {message.by}: {message.reason}"
        account = replace(account, accepted=message.ts)
        account = self._adopted(account, left, known, seen, said)
        self._follow(account, known, taken)

    def _both(self, message: CommandMessage) -> tuple[Known, Seen]:
        before = self._account(message.account)
        seen = look(self.venue, message.version, instruments_of(self.configuration, message.account))
        known = known_of(self.configuration, self.ledger, message.account, seen)
        if known.account.seq != before.seq:
            raise ConflictError(f"account {message.account} moved while its venue was looked at")
        return known, seen

    def _account(self, name: str) -> Account:
        return account_of(self.ledger.snapshot(name, (), ()).account, self.configuration.account(name))

    def _now(self) -> int:
        return self.clock.now(0)

    def _adopt(self, known: Known, seen: Seen) -> None:
        """Begin to keep account; where the venue has less than is traded with, that is for people to settle."""
        left = rests(known, seen)
        if missing(known, seen) or any(-rest > known.tolerance(coin) for coin, rest in left.items()):
            return
        said = f"the balances at {self.venue.facts.title} are kept account of"
        apart = added(known.account.apart, left)  # what trading has set apart already lies there too
        self._adopted(known.account, apart, known, seen, said)

    def _adopted(self, account: Account, apart: Moves, known: Known, seen: Seen, said: str) -> Account:
        changeset = balances.adopt(account, apart, seen.ts, self._now(), said, at_that_moment(known, seen))
        self.ledger.commit(changeset)
        return changeset.account

    def _rounding(self, known: Known, seen: Seen) -> Iterator[VenueFlow]:
        for coin, rest in rests(known, seen).items():
            if rest and abs(rest) <= known.tolerance(coin):
                name = f"rounding:{coin}:{known.account.seq}"
                yield VenueFlow(name, FlowKind.DUST, {coin: rest}, seen.ts, "a matter of rounding")

    def _charged(self, known: Known, seen: Seen) -> tuple[Account, list[Changeset]]:
        """Take out of positions what was charged in their coin and nothing apart covers.

        It comes before the charge itself is booked: who is interrupted in between finds the coins apart.
        """
        account, taken = known.account, list[Changeset]()
        for coin, apart in sorted(apart_after(known, seen).items()):
            short = min(charged(known, seen, coin), -apart)
            if short > 0:
                taken += self._taken(account, known, coin, short, FlowKind.FEE, "charged in the coin")
                account = taken[-1].account if taken else account
        return account, taken

    def _given_up(
        self, account: Account, known: Known, coin: str, short: Decimal, message: CommandMessage
    ) -> tuple[Account, list[Changeset]]:
        if coin == known.currency:
            return replace(account, cash=account.cash - short, opening=account.opening - short), []
        said = f"given up by {message.by}: {message.reason}"
        taken = list(self._taken(account, known, coin, short, FlowKind.OTHER, said))
        return taken[-1].account if taken else account, taken

    def _taken(
        self, account: Account, known: Known, coin: str, short: Decimal, kind: FlowKind, said: str
    ) -> Iterator[Changeset]:
        for book in _holding(known, coin):
            if short > 0:
                flow = VenueFlow(f"net:{coin}:{account.seq}", kind, {}, self._now(), said)
                rules = self.configuration.instrument(book.instrument)
                changeset = balances.give_up(account, book, short, flow, rules, self._now())
                self.ledger.commit(changeset)
                yield changeset
                account, short = changeset.account, short - _moved(changeset, coin)

    def _follow(self, account: Account, known: Known, taken: Sequence[Changeset]) -> None:
        """Bring the stops at the venue to what is still held; what the venue does not take up the watchdog sees."""
        at_venue = AtVenue(self.configuration, self.ledger, self.clock, self.venue)
        for one in taken:
            if one.book:
                account, _ = at_venue.follow(account, known.books[one.book.instrument], one.book)


def _moved(changeset: Changeset, coin: str) -> Decimal:
    return sum((one.apart.get(coin, NOTHING) for one in changeset.flows), NOTHING)


def _holding(known: Known, coin: str) -> list[Book]:
    return [book for name, book in known.books.items() if book.positions and coins_of(name)[0] == coin]

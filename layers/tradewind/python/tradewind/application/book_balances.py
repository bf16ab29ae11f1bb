"""Booking what moved an account's balances besides our orders: once by the venue's own ids, never made up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.ports import Clock, ExecutionVenue, Ledger
from tradewind.application.venue_state import instruments_of, known_of, look
from tradewind.domain.commands import CommandMessage
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING
from tradewind.domain.venue import FlowKind, VenueFlow, added, coins_of
from tradewind.execution import balances
from tradewind.execution.reconciling import Known, Seen, charged, missing, rests, unbooked


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
        if not flows:
            return
        changeset = balances.book_flows(known.account, flows, self._now())
        self.ledger.commit(changeset)
        self._charge(changeset.account, known, seen)

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
        if missing(known, seen):
            raise TransientError("fills of our own orders are not booked yet: reconcile first, then accept")
        left = {coin: seen.balances.get(coin, NOTHING) - known.claimed.get(coin, NOTHING)
                for coin in {*seen.balances, *known.claimed}}  # fmt: skip
        account = known.account
        for coin, short in sorted(left.items()):
            if short < 0:
                account, left[coin] = self._given_up(account, known, coin, -short, message), NOTHING
        said = f"the venue's balances were accepted by {message.by}: {message.reason}"
        self.ledger.commit(balances.adopt(account, left, seen.ts, self._now(), said))

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
        self.ledger.commit(balances.adopt(known.account, apart, seen.ts, self._now(), said))

    def _rounding(self, known: Known, seen: Seen) -> Iterator[VenueFlow]:
        for coin, rest in rests(known, seen).items():
            if rest and abs(rest) <= known.tolerance(coin):
                name = f"rounding:{coin}:{known.account.seq}"
                yield VenueFlow(name, FlowKind.DUST, {coin: rest}, seen.ts, "a matter of rounding")

    def _charge(self, account: Account, known: Known, seen: Seen) -> None:
        """Take out of positions what was charged in their coin and nothing apart covers."""
        for coin in sorted({coin for flow in unbooked(known, seen) for coin in flow.moves}):
            short = min(charged(known, seen, coin), -account.apart.get(coin, NOTHING))
            if coin != known.currency and short > 0:
                account = self._taken(account, known, coin, short, FlowKind.FEE, "charged in the coin")

    def _given_up(self, account: Account, known: Known, coin: str, short: Decimal, message: CommandMessage) -> Account:
        if coin == known.currency:
            return replace(account, cash=account.cash - short, opening=account.opening - short)
        return self._taken(account, known, coin, short, FlowKind.OTHER, f"given up by {message.by}: {message.reason}")

    def _taken(self, account: Account, known: Known, coin: str, short: Decimal, kind: FlowKind, said: str) -> Account:
        for book in _holding(known, coin):
            held = sum((one.quantity for one in book.positions), NOTHING)
            part = min(short, held)
            if part:
                flow = VenueFlow(f"net:{coin}:{account.seq}", kind, {}, self._now(), said)
                changeset = balances.give_up(account, book, part, flow, self._now())
                self.ledger.commit(changeset)
                account, short = changeset.account, short - part
        return account


def _holding(known: Known, coin: str) -> list[Book]:
    return [book for name, book in known.books.items() if book.positions and coins_of(name)[0] == coin]

"""Whether an account's venue lets us in, asked when a person wants to know: nothing is changed, and no order is placed.

What comes back goes to people's screens: no balance, no key, and of an error one sentence without what is secret.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tradewind.application.ports import Clock, ExecutionVenue
from tradewind.domain.errors import PermanentError, TradewindError
from tradewind.domain.redaction import scrub

WORKS, REFUSED, UNANSWERED, NOT_ASKED, NOT_TOLD = "works", "refused", "no answer", "not asked", "not told"
"""What is known of a right; `not told` of trading where only an order would show it."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Probed:
    """What a venue answered.

    Attributes
    ----------
    connected : bool
        Whether it told its time and let the key read anything.
    took : int
        Milliseconds that all questions took.
    skew : int or None
        Milliseconds by which its clock is ahead of ours; None where it told no time.
    read_balances, read_orders, trade : str
        `works`, `refused`, `no answer`, `not asked` or `not told`.
    balances, orders : int or None
        How many currencies and coins are held, and how many orders work; None where that was not told.
    failure : str
        The first thing that failed; empty if nothing did.
    """

    connected: bool = False
    took: int = 0
    skew: int | None = None
    read_balances: str = NOT_ASKED
    read_orders: str = NOT_ASKED
    trade: str = NOT_TOLD
    balances: int | None = None
    orders: int | None = None
    failure: str = ""


class VenueProbes(Protocol):
    """Who asks venues for those that hold no keys."""

    def __call__(self, account: str) -> Probed:
        """Ask an account's venue.

        Raises
        ------
        TransientError
            If whoever asks does not answer; that the venue does not is in what is returned.
        """


@dataclass(frozen=True, slots=True)
class ProbeVenue(VenueProbes):
    """Ask a venue with the account's own key for its time, the balances and the open orders.

    Attributes
    ----------
    venues : mapping
        By account.
    secrets : callable
        Returns what no text about an account may hold; asked only where something failed.
    """

    venues: Mapping[str, ExecutionVenue]
    clock: Clock
    secrets: Callable[[str], Sequence[str]]

    def __call__(self, account: str) -> Probed:
        """Ask; a venue that does not answer is not asked on, for somebody waits."""
        begun = self.clock.now(0)
        told = self._asked(self.venues[account])
        failure = self._plain(account, told.failure) if told.failure else ""
        return replace(told, took=self.clock.now(0) - begun, failure=failure)

    def _asked(self, venue: ExecutionVenue) -> Probed:
        before = self.clock.now(0)
        try:
            theirs = venue.now()
        except TradewindError as error:
            return Probed(failure=str(error))
        skew = theirs - (before + self.clock.now(0)) // 2
        read_balances, balances, why = _right(venue.balances)
        if read_balances == UNANSWERED:
            return Probed(skew=skew, read_balances=read_balances, failure=why)
        read_orders, orders, failure = _right(venue.open_orders)
        connected = WORKS in {read_balances, read_orders}
        trade = _trading(venue) if connected and read_orders != UNANSWERED else NOT_TOLD
        return Probed(connected, 0, skew, read_balances, read_orders, trade, balances, orders, why or failure)

    def _plain(self, account: str, text: str) -> str:
        try:
            known = self.secrets(account)
        except TradewindError:  # what cannot be fetched was sent to nobody, who could have said it back
            known = ()
        return " ".join(scrub(text, known).split())[:_LONGEST]


def _trading(venue: ExecutionVenue) -> str:
    try:
        may = venue.may_trade()
    except TradewindError:  # a key that may not read its own rights may still trade
        return NOT_TOLD
    return NOT_TOLD if may is None else WORKS if may else REFUSED


def _right(ask: Callable[[], Mapping[str, object] | Sequence[object]]) -> tuple[str, int | None, str]:
    """Return what is known of a right, how much it showed, and why not."""
    try:
        return WORKS, len(ask()), ""
    except PermanentError as error:
        return REFUSED, None, str(error)
    except TradewindError as error:
        return UNANSWERED, None, str(error)

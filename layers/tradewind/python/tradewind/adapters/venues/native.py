"""What our own adapters share: patience, the way from a venue's "no" to an answer, and what absence proves.

Questions are asked again until the patience ends. A submit, a cancel or a change is repeated only where the venue says
that it was not done; where its answer was lost, the order itself is asked.
"""

import random
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from tradewind.adapters.market.reply import RefusedError
from tradewind.adapters.market.shape import ShapeError
from tradewind.adapters.venues.looking import terms_for
from tradewind.adapters.venues.problem import VenueError, Verdict
from tradewind.adapters.venues.wire import LostError, NotSentError
from tradewind.application.ports import (
    Absent,
    ExecutionVenue,
    Refusal,
    Reported,
    Unclear,
    VenueAnswer,
    VenueOrder,
)
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call may try again.

    Attributes
    ----------
    budget : float
        Seconds that one call may take in all, its waiting included.
    limiter : callable
        Says how many seconds to wait before another question may be asked; where it is too long, none is.
    """

    attempts: int = 4
    budget: float = 8.0
    pause: float = 0.2
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    limiter: Callable[[], float] = float

    def until_answered[T](self, call: Callable[[], T], *, repeatable: bool, is_question: bool = False) -> T:
        """Call until an answer comes; what may have been done already is called again only if it is `repeatable`.

        Only questions take their turn: an order, a change or a cancel waits behind none.

        Raises
        ------
        VenueError, NotSentError, LostError
            The last one.
        """
        end = self.monotonic() + self.budget
        for attempt in range(1, self.attempts):
            self._take_turn(end, is_question)
            try:
                return call()
            except (VenueError, NotSentError, LostError) as error:
                wait = max(getattr(error, "wait", 0.0), self.jitter() * self.pause * 2**attempt)
                if not (repeatable and may_pass(error)) and not certainly_undone(error):
                    raise
                if self.monotonic() + wait > end:
                    raise
                self.sleep(wait)
        self._take_turn(end, is_question)
        return call()

    def _take_turn(self, end: float, is_question: bool) -> None:  # noqa: FBT001 - handed on as it came
        wait = self.limiter() if is_question else 0.0
        if self.monotonic() + wait > end:
            raise VenueError(Verdict.RETRY, Refusal.TOO_MANY_ORDERS, "our own share of the venue's rate is used up")
        if wait > 0:
            self.sleep(wait)


def certainly_undone(error: Exception) -> bool:
    """Whether nothing was done, and doing it again may succeed."""
    return isinstance(error, NotSentError) or (isinstance(error, VenueError) and error.verdict is Verdict.RETRY)


def may_pass(error: Exception) -> bool:
    """Whether asking again may be answered."""
    return not (isinstance(error, VenueError) and error.verdict is Verdict.REJECTED)


@dataclass(frozen=True, slots=True)
class NativeVenue(ExecutionVenue):
    """An adapter of our own; subclasses say how each thing is asked for.

    Attributes
    ----------
    instruments : sequence of InstrumentId
        What the account trades, so that the venue's spelling can be read.
    clock : callable
        UTC ms.
    """

    instruments: Sequence[InstrumentId]
    clock: Callable[[], int]
    patience: Patience

    resends: ClassVar[bool] = False
    """Whether sending an order twice makes one: where a client id is unique for ever."""

    @abstractmethod
    def _send(self, order: Order, terms: Terms) -> Reported:
        """Submit, on terms that the venue offers, or else refuse them."""

    @abstractmethod
    def offers(self, order: Order) -> Sequence[BookLevel]:
        """Return what an order would meet if it took, the best price first."""

    @abstractmethod
    def _look(self, order: Order) -> VenueOrder | None:
        """Return the order among open and closed ones; of several with its id the one that counts."""

    @abstractmethod
    def _withdraw(self, order: Order) -> None:
        """Cancel."""

    @abstractmethod
    def _change(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        """Amend."""

    def submit(self, order: Order) -> VenueAnswer:
        """Send; a repeat of an id that the venue has is answered with the order that has it."""
        if order.instrument not in self.instruments:  # another venue's pair may be spelled like one of this
            said = f"{order.instrument} is none of what {self.facts.title} was built for"
            return Reported(OrderStatus.REJECTED, f"{Refusal.UNKNOWN_INSTRUMENT}: {said}")
        terms = self._looked(order)  # once, before anything is sent: sent again, an order would meet itself
        return terms if isinstance(terms, Reported) else self._sent(order, terms)

    def _sent(self, order: Order, terms: Terms) -> VenueAnswer:
        try:
            return self.patience.until_answered(lambda: self._send(order, terms), repeatable=self.resends)
        except VenueError as error:
            if error.refusal is Refusal.DUPLICATE_ID:
                return self._found(order) or Unclear(error.reason)
            return _refused(error)
        except NotSentError as error:
            return Absent(str(error))
        except (LostError, ShapeError) as error:
            return Unclear(str(error))
        except RefusedError as error:
            return Reported(OrderStatus.REJECTED, f"{Refusal.UNKNOWN_INSTRUMENT}: {error}")
        except PermanentError as error:  # there are no credentials, so nothing was sent
            return Reported(OrderStatus.REJECTED, f"{Refusal.BAD_CREDENTIALS}: {error}")
        except TransientError as error:  # they could not be fetched now
            return Absent(str(error))

    def _looked(self, order: Order) -> Terms | Reported:
        """Return what the venue is to be asked for; where its order book cannot be looked at, the order ends."""
        try:
            return terms_for(self.facts, order, self.offers)
        except (TransientError, PermanentError) as error:
            return Reported(OrderStatus.REJECTED, f"{Refusal.REFUSED}: the order book cannot be looked at: {error}")

    def find(self, order: Order) -> VenueAnswer:
        """Look; what is not there is absent only where it can no longer arrive."""
        asked = self.clock()  # before looking: what arrives while we look is not there yet
        try:
            found = self._found(order)
        except (TransientError, PermanentError) as error:  # whoever may not look knows nothing
            return Unclear(str(error))
        if found:
            return found
        if self.facts.proves_absence(order.deadline, asked):
            return Absent(f"{self.facts.title} has no order {order.id}, and it can no longer arrive")
        return Unclear(f"{self.facts.title} has no order {order.id}, and it may still arrive")

    def cancel(self, order: Order) -> VenueAnswer:
        """Cancel, and answer with what the order has become; PENDING_CANCEL where the venue is still at it."""
        try:
            self.patience.until_answered(lambda: self._withdraw(order), repeatable=True)
        except VenueError as error:
            if error.verdict is Verdict.REJECTED:
                return self._after(order, error.reason)
            return Unclear(error.reason)
        except (NotSentError, LostError, ShapeError) as error:
            return Unclear(str(error))
        return self._settled(order)

    def _settled(self, order: Order) -> VenueAnswer:
        """Return what a cancelled order has become, when the venue has done what it was told."""
        answer = self._after(order, "")
        for attempt in range(1, self.patience.attempts):
            if not (isinstance(answer, Reported) and answer.status.is_working):
                return answer
            self.patience.sleep(self.patience.pause * attempt)
            answer = self._after(order, "")
        if isinstance(answer, Reported) and answer.status.is_working:
            return replace(answer, status=OrderStatus.PENDING_CANCEL)
        return answer

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:
        """Change in place, and answer with what the order is now."""
        try:
            self.patience.until_answered(lambda: self._change(order, quantity, price), repeatable=False)
        except VenueError as error:
            return Unclear(error.reason) if error.verdict is Verdict.UNCLEAR else self._after(order, error.reason)
        except NotSentError as error:
            return self._after(order, f"{Refusal.REFUSED}: {error}")
        except (LostError, ShapeError) as error:
            return Unclear(str(error))
        return self._after(order, "")

    def _found(self, order: Order) -> Reported | None:
        seen = self.ask(lambda: self._look(order))
        return reported(seen) if seen else None

    def _after(self, order: Order, refusal: str) -> VenueAnswer:
        """Return the order's state after we tried to change it; with why it was not changed, unless it ended so."""
        try:
            found = self._found(order)
        except (TransientError, PermanentError) as error:
            return Unclear(refusal or str(error))
        if found is None:
            return Unclear(refusal or f"{self.facts.title} has no order {order.id}")
        late = found.status.is_working or found.status is OrderStatus.FILLED
        return replace(found, reason=refusal) if refusal and late else found

    def ask[T](self, question: Callable[[], T]) -> T:
        """Ask what changes nothing, with patience.

        Raises
        ------
        TransientError
            If no answer came.
        PermanentError
            If the venue refuses it for good.
        """
        try:
            return self.patience.until_answered(question, repeatable=True, is_question=True)
        except VenueError as error:
            if error.verdict is Verdict.REJECTED:
                raise PermanentError(error.reason) from None
            raise


def reported(order: VenueOrder) -> Reported:
    """Return what an order's row says of it."""
    said = (order.status, order.reason, order.filled, order.average_price, order.venue_id)
    return Reported(*said, order.quantity, order.limit, order.trigger)


def _refused(error: VenueError) -> VenueAnswer:
    match error.verdict:
        case Verdict.RETRY:
            return Absent(error.reason)
        case Verdict.UNCLEAR:
            return Unclear(error.reason)
        case _:
            return Reported(OrderStatus.REJECTED, error.reason)

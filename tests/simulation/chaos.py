"""What goes wrong, where and how often: crashes, faults, lost answers and lost races, drawn from the seed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.simulation.scheduler import Crash
from tradewind.domain.errors import ConflictError, TransientError

POINTS: Mapping[str, tuple[str, ...]] = {
    "BarSource": ("bars", "listed_since"),
    "SliceStore": ("put", "latest", "after", "between", "bars", "unpacked", "release", "hold"),
    "RefusalLog": ("record",),
    "SeriesStore": ("merge", "chunks", "chunks_of", "compacted", "advance"),
    "SliceLog": ("after", "first_edition", "late", "mark_late", "settle_late"),
    "Decisions": ("put", "get", "evaluated"),
    "Progress": ("load", "save", "put_checkpoint", "get_checkpoint"),
    "OrderQueue": ("send", "refuse"),
    "Ledger": ("view", "snapshot", "booked", "flowed", "commit", "mark"),
    "ExecutionVenue": (
        "submit",
        "find",
        "cancel",
        "replace",
        "open_orders",
        "fills",
        "fills_of",
        "flows",
        "balances",
        "now",
    ),
    "Reconciliations": ("last", "done"),
    "Controls": ("get", "set"),
    "Journal": ("unpublished", "head", "published", "mark_published"),
    "AlertTopic": ("publish",),
    "HealthBoard": ("get", "set"),
    "QueueDepths": ("depths",),
    "LettersInSight": ("take", "depth", "release"),
    "Poker": ("poke",),
    "Notices": ("post", "pending", "settle"),
    "Clock": ("now",),
    "Pause": ("before_retry",),
}
"""Every port method that a use case of the pipeline calls."""

ALL_POINTS = tuple(f"{port}.{method}" for port, methods in POINTS.items() for method in methods)

AT_EXCHANGES = (
    *(f"ExecutionVenue.{method}" for method in POINTS["ExecutionVenue"]),
    "Ledger.booked", "Ledger.flowed", "Reconciliations.last", "Reconciliations.done",
)  # fmt: skip
"""What only seeds with an exchange call."""

_LOCAL = ("Clock.now", "Pause.before_retry")
"""They ask nothing of the world, so nothing but a crash can befall them."""

_RACED = ("Ledger.commit", "Ledger.mark", "Progress.save", "Controls.set", "HealthBoard.set")
"""Writes that another transaction may be in the way of."""

_REPEATED = ("Progress.save",)
"""Single conditional writes: where the SDK repeats one whose answer was lost, it meets its own first write."""

FOCUS_RATE = 0.2

_SELDOM = (
    "BarSource.listed_since", "Controls.set", "ExecutionVenue.cancel", "ExecutionVenue.find", "ExecutionVenue.flows",
    "Ledger.flowed", "Ledger.mark", "LettersInSight.depth", "LettersInSight.release", "LettersInSight.take",
    "Notices.post", "Notices.settle", "OrderQueue.refuse", "Pause.before_retry", "Poker.poke", "RefusalLog.record",
    "SliceLog.mark_late", "SliceStore.bars",
)  # fmt: skip
"""Called so seldom that every seed crashes them often."""

SELDOM_RATE = 0.3

_RAREST = ("ExecutionVenue.replace", "Reconciliations.done")
"""Called by a few seeds of a hundred, where a stop grows or the books are compared: hardly one call is spared."""

RAREST_RATE = 0.45


@dataclass
class Chaos:
    """Decides at each port call what befalls it.

    Attributes
    ----------
    crash, fault, race : float
        How likely at one call: the process dies, the service fails, the write loses a race.
    focus : str
        The port method that this seed crashes more often than the others; empty for none.
    budget : int
        Crashes and faults still to come; none after that but the focus's first ones, so that every seed ends.
    befallen : Counter
        How often each (point, what) happened.
    """

    rng: Random
    crash: float = 0.0
    fault: float = 0.0
    race: float = 0.0
    focus: str = ""
    budget: int = 0
    befallen: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_calm: bool = False

    def calm(self) -> None:
        """Let nothing more go wrong."""
        self.budget, self.is_calm = 0, True

    def around[T](self, point: str, call: Callable[[], T]) -> T:
        """Make one call, or die or fail before or after it."""
        if self.budget <= 0 and (self.is_calm or point != self.focus):
            return call()
        self._before(point)
        answer = call()
        self._after(point)
        return answer

    def strikes(self, rate: float) -> bool:
        """Draw."""
        if rate and self.budget > 0 and self.rng.random() < rate:
            self.budget -= 1
            return True
        return False

    def partly(self, groups: int) -> TransientError:
        """Return the error of a request of which a part failed."""
        self._note("OrderQueue.send", "partly")
        return TransientError(f"simulated: the messages of {groups} groups were not taken")

    def _before(self, point: str) -> None:
        self._crash(point, "before")
        if point in _LOCAL:
            return
        if self.strikes(self.fault):
            self._note(point, "fault")
            raise TransientError(f"simulated: {point} failed before it did anything")
        if point in _RACED and self.strikes(self.race):
            self._note(point, "race")
            raise ConflictError(f"simulated: {point} lost a race")

    def _after(self, point: str) -> None:
        self._crash(point, "after")
        if point in _LOCAL:
            return
        if self.strikes(self.fault):
            self._note(point, "lost")
            if point in _REPEATED and self.rng.random() < 0.5:
                raise ConflictError(f"simulated: {point} met its own first write")
            raise TransientError(f"simulated: the answer of {point} was lost")

    def _crash(self, point: str, when: str) -> None:
        if self._is_owed(point, when) or self.strikes(self._likely(point)):
            self._note(point, when)
            raise Crash(f"{when} {point}")

    def _is_owed(self, point: str, when: str) -> bool:
        """Tell whether the seed's focus has not yet met a crash here: that is certain, however late its call."""
        return point == self.focus and not self.is_calm and not self.befallen[point, when]

    def _likely(self, point: str) -> float:
        if point == self.focus:
            return FOCUS_RATE
        if point in _RAREST and self.crash:
            return RAREST_RATE
        return SELDOM_RATE if point in _SELDOM and self.crash else self.crash

    def _note(self, point: str, what: str) -> None:
        self.befallen[point, what] += 1

"""Time: the system's, and a replay's."""

import random
import time

from tradewind.application.ports import Clock, Pause

_FIRST = 0.01
_LONGEST = 0.5


class SystemClock(Clock):
    """The machine's clock."""

    def now(self, ts_close: int) -> int:  # noqa: ARG002 - the port's question; real time does not depend on it
        """Return UTC ms."""
        return time.time_ns() // 1_000_000


class ReplayClock(Clock):
    """Recorded time: it is as late as the bar says."""

    def now(self, ts_close: int) -> int:
        """Return the bar's own close."""
        return ts_close


class JitterPause(Pause):
    """Waiting with full jitter, from ten milliseconds doubling to half a second.

    Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog (2015).
    """

    def before_retry(self, attempt: int) -> None:
        """Sleep somewhere between nothing and the attempt's longest wait."""
        longest = min(_LONGEST, _FIRST * 2 ** (attempt - 1))
        time.sleep(random.uniform(0, longest))  # noqa: S311 - spreading retries is no secret

"""How often one process may ask a venue: a bucket that fills steadily, so that a burst passes and a stream is paced.

Only questions take from it. An order, a cancellation or a change never waits behind them: venues count those apart.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """So many questions in so many seconds, and at once as many as it holds.

    Attributes
    ----------
    monotonic : callable
        Seconds.
    """

    requests: int
    seconds: float
    burst: int
    monotonic: Callable[[], float]
    _tokens: float = -1.0
    _at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self) -> float:
        """Take a token; return the seconds until it is there."""
        with self._lock:
            now, rate = self.monotonic(), self.requests / self.seconds
            if self._tokens < 0 and not self._at:
                self._tokens, self._at = float(self.burst), now
            self._tokens = min(float(self.burst), self._tokens + (now - self._at) * rate) - 1
            self._at = now
            return max(0.0, -self._tokens / rate)

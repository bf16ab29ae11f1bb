"""What strategies raise, and where."""

from typing import NamedTuple

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.signal import Signal
from tradewind.strategies.base import Strategy


class Fault(NamedTuple):
    """What a strategy raised, and where; without a strategy it was an indicator.

    Attributes
    ----------
    ts : int
        `ts_close` of the bar, UTC ms.
    """

    words: str
    strategy: str
    instrument: InstrumentId
    ts: int


type Faults = dict[str, Fault]
"""The first of each kind by its name."""


def check_gates(signal: Signal, strategy: Strategy) -> None:
    """Refuse a signal with more or fewer gates than its strategy declares.

    Raises
    ------
    ValueError
        If it has.
    """
    if len(signal.gates) != len(strategy.gates):
        raise ValueError(f"{len(signal.gates)} gates were read of {len(strategy.gates)} declared")

"""What strategies raise, and where."""

from collections.abc import Sized
from typing import NamedTuple

from tradewind.domain.instrument import InstrumentId
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


def check_gates(gates: Sized, strategy: Strategy) -> None:
    """Refuse more or fewer gates than a strategy declares.

    Raises
    ------
    ValueError
        If they are.
    """
    if len(gates) != len(strategy.gates):
        raise ValueError(f"{len(gates)} gates were read of {len(strategy.gates)} declared")

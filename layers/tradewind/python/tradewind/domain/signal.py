"""What a strategy says of one bar: a direction, its strength, and every gate it looked at."""

from math import nan
from typing import NamedTuple


class GateReading(NamedTuple):
    """One gate at one bar: what was measured, against what, and whether it passed.

    A gate that does not apply passes and reads NaN (a model's confidence for a strategy without a model).
    """

    value: float
    threshold: float
    passed: bool


class PositionView(NamedTuple):
    """The strategy's own sub-position as it sees it; all zero when flat.

    Attributes
    ----------
    quantity : float
        Signed, in shares or coins.
    entry_price : float
        Average price paid.
    bars_held : float
        Bars closed since the one in which it was opened.
    stop, target : float
        Where its stop and its target work now; 0 for none.
    entries : float
        How many entries filled into it: more than one for a ladder.
    """

    quantity: float
    entry_price: float
    bars_held: float
    stop: float = 0.0
    target: float = 0.0
    entries: float = 0.0


FLAT = PositionView(0.0, 0.0, 0.0)


class Signal(NamedTuple):
    """Direction and strength; it carries no quantity, which is risk's to say.

    Attributes
    ----------
    strength : float
        In [-1, 1]; positive wants to be long, negative to leave (long-only accounts) or be short.
    stop, target : float
        Prices at which an entry made now would be left, in the quote currency; 0 for none. Of a held position under a
        policy that moves them: where they should be from the next bar on. A stop only rises; 0 leaves either alone.
    exit_reason : int
        0 to stay; otherwise an index + 1 into the strategy's `exit_reasons`.
    gates : tuple of GateReading
        In the order of the strategy's `gates`.
    confidence : float
        A model's probability in [0, 1] that the entry pays; NaN for a strategy without a model.
    """

    strength: float
    stop: float
    target: float
    exit_reason: int
    gates: tuple[GateReading, ...]
    confidence: float = nan

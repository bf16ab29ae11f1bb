"""Stratus Brain: what kind of market this is, and whether what followed such a state speaks against an entry.

It stands beside every strategy: its gate `brain` vetoes an entry against which the Markov chain of market states has
evidence (by the law of large numbers: samples enough, and an edge beyond its standard error), and `regime` names the
market on every decision. See `indicators.regime` for the chain and its sources.
"""

from tradewind.domain.signal import GateReading

SAMPLES = 30.0
"""Fewest samples on which an estimate counts as one at all."""

SURE = 2.0
"""Standard errors by which the edge must lie below nothing for a veto: about one in forty by chance."""


def unopposed(edge: float, error: float, samples: float) -> GateReading:
    """Read the veto: an edge below nothing by more than its error, on samples enough, speaks against an entry.

    Without evidence there is none.
    """
    against = samples >= SAMPLES and edge < -SURE * error
    return GateReading(edge, -SURE * error, not against)


def named(regime: float) -> GateReading:
    """Read which regime it is; it decides nothing."""
    return GateReading(regime, regime, regime == regime)

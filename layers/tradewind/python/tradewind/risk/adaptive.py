"""What part of its equity an account risks on one entry: as ever, by Kelly's rule, and by how things are going.

One set of functions for every engine: the evaluator calls them interpreted, the backtester compiles them.

Sources: Kelly, "A New Interpretation of Information Rate", *Bell System Technical Journal* 35 (1956); Thorp, "The Kelly
Criterion in Blackjack, Sports Betting and the Stock Market" (2006), section 3, for unequal wins and losses and for
betting a fraction of it only, since chances are estimates.
"""

from typing import NamedTuple

EVEN = 1e-9
"""Share of its cost by which a position may win or lose and still count as neither: it may be rounding."""


class Track(NamedTuple):
    """What a strategy's last positions came to, each as a share of what it had cost.

    Attributes
    ----------
    trips, wins, losses : int
        Positions, those that won, and those that lost.
    won, lost : float
        Sum of what the winners won, and of what the losers lost; neither is negative.
    losing : int
        Losses in a row, from the latest one back.
    """

    trips: int
    wins: int
    losses: int
    won: float
    lost: float
    losing: int


class Plan(NamedTuple):
    """How a strategy's risk is chosen; see `domain.sizing`.

    Attributes
    ----------
    risk : float
        Of equity: the account's risk per trade times the strategy's size multiplier.
    most : float
        Of equity: what nothing here goes beyond.
    kelly_fraction : float
        0 for a fixed fraction.
    kelly_trips, recent_trips, recent_streak : int
    """

    risk: float
    most: float
    kelly_fraction: float
    kelly_trips: int
    kelly_least: float
    recent_trips: int
    recent_streak: int
    recent_multiplier: float


def longer(track: Track, realised: float, cost: float, fee: float) -> Track:
    """Return a track with one more position, which was left before all that are in it.

    Parameters
    ----------
    realised, cost : float
        After the exit's fee, and without the entry's: in the account's currency.
    fee : float
        What an entry pays, as a share of its cost.
    """
    result = realised / cost - fee if cost > 0.0 else 0.0
    if result > EVEN:
        return Track(track.trips + 1, track.wins + 1, track.losses, track.won + result, track.lost, track.losing)
    if result < -EVEN:
        losing = track.losing + 1 if track.losing == track.trips else track.losing
        return Track(track.trips + 1, track.wins, track.losses + 1, track.won, track.lost - result, losing)
    return Track(track.trips + 1, track.wins, track.losses, track.won, track.lost, track.losing)


def payoff(track: Track) -> float:
    """Return how much the average winner won for what the average loser lost; 0 where either is missing."""
    if track.wins == 0 or track.losses == 0:
        return 0.0
    return track.won / track.wins / (track.lost / track.losses)


def full_bet(track: Track) -> float:
    """Return the share of equity whose loss Kelly would have risked: p − (1 − p) / payoff; negative without an edge."""
    if track.wins == 0:
        return -1.0 if track.losses > 0 else 0.0
    chance = track.wins / (track.wins + track.losses)
    return chance - (1.0 - chance) / payoff(track) if track.losses > 0 else chance


def base_risk(plan: Plan, track: Track) -> float:
    """Return what an entry risks before multipliers: the plain risk, or Kelly's where enough was seen, up to that."""
    if plan.kelly_fraction <= 0.0 or track.trips < plan.kelly_trips:
        return plan.risk
    wanted, least = plan.kelly_fraction * full_bet(track), plan.kelly_least * plan.risk
    if wanted < least:
        return least
    return min(plan.risk, wanted)


def lately(plan: Plan, track: Track) -> float:
    """Return by what a strategy's last `recent_trips` positions multiply its risk.

    It is 1 unless the last `recent_streak` of them lost, or as many as are asked for lost together.
    """
    streak = 0 < plan.recent_streak <= track.losing
    together = 0 < plan.recent_trips <= track.trips and track.won - track.lost < -EVEN
    return plan.recent_multiplier if streak or together else 1.0


def capped(plan: Plan, risk: float, multiplier: float) -> float:
    """Return a risk times what the market and the past make of it, never beyond the most."""
    return min(plan.most, risk * multiplier)

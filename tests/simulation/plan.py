"""From a seed to a plan: how large, how fast, how unlucky, and what else happens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.simulation import market
from tests.simulation.chaos import ALL_POINTS, AT_EXCHANGES

LOCKSTEP, FREE, LATE = "lockstep", "free", "late"
MODES = (LOCKSTEP, FREE, LATE)


@dataclass(frozen=True)
class Luck:
    """What befalls port calls, as `Chaos` has it."""

    crash: float = 0.0
    fault: float = 0.0
    race: float = 0.0
    focus: str = ""
    budget: int = 60


@dataclass(frozen=True)
class Plan:
    """Everything that is drawn before a run begins.

    Attributes
    ----------
    mode : str
        `lockstep`: step t+1 starts at an empty queue and the end equals the reference to the last digit.
        `free`: bars come by the clock and everything overlaps. `late`: as free, and first copies come late, under
        limits that nothing reaches; entries may only be fewer than the reference's.
    clock : str
        `replay` or `system`.
    jitter : int
        Milliseconds within which the fetchers of all shards are called.
    by_hand : float
        How likely somebody cancels an order in a minute.
    stops_lost : float
        How likely a position's stop disappears in a minute, as if somebody had edited the table.
    bars_lost : float
        How likely the message of a bar ends among the dead letters, so that the next one finds a bar missing.
    venue : str
        `paper`, the product's own, or one with a `memory`, on which what is sent twice is there twice, or an `exchange`
        with accounts, fills and stops of its own.
    manners : str
        Whose rules of client ids, deadlines and fees the exchange has.
    skew : int
        Milliseconds by which the exchange's clock is ahead of ours.
    outages, elsewhere : float
        How likely the exchange is down for a while, or its owner moves something by hand, in a minute.
    copies : float
        Second copies of messages and slices for each step.
    switches : Mapping[int, str]
        Trading state set after a step.
    corrections : float
        Share of steps of which an instrument's bar is corrected later.
    latecomers : float
        Share of steps of which the whole first edition comes late.
    """

    mode: str
    seed: int
    bars: int
    limits: Mapping[str, Any]
    clock: str
    hold: int
    volatility: float
    damage: float
    pace: int
    jitter: int
    stickiness: float
    executors: int
    stream_shards: int
    batch: int
    luck: Luck
    receives: int
    copies: float
    switches: Mapping[int, str]
    corrections: float
    latecomers: float
    absent: float
    poison: float
    venue: str
    venue_loss: float
    by_hand: float
    checkpoint_every: int
    redrive: bool
    stops_lost: float
    bars_lost: float = 0.0
    skew: int = 0
    outages: float = 0.0
    elsewhere: float = 0.0
    manners: str = "kraken"

    @property
    def exchange(self) -> bool:
        """Whether orders rest at an exchange that keeps books of its own."""
        return self.venue == "exchange"


def mode_of(seed: int) -> str:
    """Return the mode of a seed: of ten, four in lockstep, four free and two late."""
    return (LOCKSTEP, FREE, LOCKSTEP, FREE, LATE)[seed % 5]


def plan_of(seed: int, mode: str = "") -> Plan:
    """Draw a plan."""
    mode = mode or mode_of(seed)
    rng = Random(f"plan {mode} {seed}")  # noqa: S311 - a simulation wants chance that repeats
    plan = _drawn(mode, seed, rng)
    if mode != FREE:
        return plan
    return _at_exchange(plan, rng) if plan.exchange else replace(plan, bars_lost=rng.choice((0.0, 0.05, 0.1)))


def _drawn(mode: str, seed: int, rng: Random) -> Plan:
    lockstep, late = mode == LOCKSTEP, mode == LATE
    bars = rng.choice((14, 18, 24))
    unlucky = rng.random() < 0.9
    exchange = mode == FREE and seed % 10 in {1, 8}
    clock = "system" if exchange else "replay" if lockstep else rng.choice(("replay", "system", "system"))
    return Plan(
        mode=mode,
        seed=seed,
        bars=bars,
        limits=market.generous() if late else market.aggressive(rng),
        clock=clock,
        hold=2 if late else rng.choice((2, 3, 5)),
        volatility=rng.choice((0.004, 0.008, 0.015)),
        damage=0.0 if late else rng.choice((0.0, 0.0, 0.03)),
        # An exchange is compared every few minutes: no message may be hidden for longer than it would be in truth.
        pace=rng.choice((4, 20)) if exchange else rng.choice((4, 20, 20, 100, 400)) if not lockstep else 20,
        jitter=rng.choice((50, 300, 2000)),
        stickiness=rng.choice((0.0, 0.0, 0.5, 0.9)),
        executors=rng.choice((1, 2, 3, 4)),
        stream_shards=rng.choice((1, 2, 3)),
        batch=rng.choice((1, 3, 10)),
        luck=_luck(rng, _focus(seed, exchange=exchange)) if unlucky else Luck(),
        receives=8 if lockstep else rng.choice((3, 8, 8)),
        copies=rng.choice((0.0, 0.3, 1.0)),
        switches={} if late else _switches(rng, bars, 1 if lockstep else 3),
        corrections=0.0 if late else rng.choice((0.0, 0.0, 0.15, 0.6)),
        latecomers=rng.choice((0.0, 0.1)) if late else 0.0 if lockstep else rng.choice((0.0, 0.0, 0.1)),
        absent=0.0 if late else rng.choice((0.0, 0.05)),
        poison=rng.choice((0.0, 0.0, 0.2)),
        venue="exchange" if exchange else "paper" if late else rng.choice(("paper", "memory", "memory")),
        venue_loss=0.0 if lockstep or late else rng.choice((0.0, 0.0, 0.1, 0.3)),
        by_hand=0.0 if lockstep or late else rng.choice((0.0, 0.0, 0.5)),
        checkpoint_every=rng.choice((3, 8, 64)),
        redrive=clock == "replay" or rng.random() < 0.5,
        stops_lost=rng.choice((0.0, 0.3)) if mode == FREE and not exchange else 0.0,
    )


def _at_exchange(plan: Plan, rng: Random) -> Plan:
    skew = rng.choice((0, 0, -2_000, 2_000))
    outages, elsewhere = rng.choice((0.0, 0.1)), rng.choice((0.0, 0.2))
    manners = rng.choice(("kraken", "kraken", "bybit", "alpaca"))
    return replace(plan, skew=skew, outages=outages, elsewhere=elsewhere, manners=manners)


def _luck(rng: Random, focus: str) -> Luck:
    return Luck(
        crash=rng.choice((0.003, 0.01, 0.02)),
        fault=rng.choice((0.0, 0.003, 0.01)),
        race=rng.choice((0.0, 0.02, 0.1)),
        focus=focus,
    )


def _focus(seed: int, *, exchange: bool) -> str:
    return AT_EXCHANGES[seed // 5 % len(AT_EXCHANGES)] if exchange else ALL_POINTS[seed % len(ALL_POINTS)]


def _switches(rng: Random, bars: int, times: int) -> dict[int, str]:
    if rng.random() < 0.4:
        return {}
    found: dict[int, str] = {}
    for _ in range(times):
        off = rng.randrange(2, bars - 4)
        found |= {off: rng.choice(("REDUCING", "HALTED")), off + rng.randrange(1, 4): "NORMAL"}
    return found

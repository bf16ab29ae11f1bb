"""Protections over flat arrays: what ended lately keeps a strategy from entering; `risk.protections` in plain numbers.

A parity test holds the two together.
"""

from tradewind.backtest.layout import (
    CLOSED,
    CLOSED_COST,
    CLOSED_EQUITY,
    CLOSED_K,
    CLOSED_LEG,
    CLOSED_REALISED,
    CLOSED_TS,
    COOLDOWN,
    DRAWDOWN,
    LEG_STOP,
    LOW_PROFIT,
    LOW_TRIPS,
    PAUSE,
    PROTECTION,
    R_COOLDOWN,
    R_DRAWDOWN_PAUSE,
    R_LOW_PROFIT,
    R_STOP_GUARD,
    REMEMBERED,
    RESULT,
    STOPS,
    WITHIN,
    Stage,
)


def remember(stage: Stage, ts: int, k: int, leg: int, realised: float, cost: float, equity: float) -> None:
    """Keep a position in mind that was left; `equity` is the account's book equity before the bar."""
    count = stage.counts[REMEMBERED]
    stage.closed[count * CLOSED + CLOSED_TS] = ts
    stage.closed[count * CLOSED + CLOSED_K] = k
    stage.closed[count * CLOSED + CLOSED_LEG] = leg
    stage.results[count * RESULT + CLOSED_REALISED] = realised
    stage.results[count * RESULT + CLOSED_COST] = cost
    stage.results[count * RESULT + CLOSED_EQUITY] = equity
    stage.counts[REMEMBERED] = count + 1


def forget(stage: Stage) -> None:
    """Forget the oldest of what is more than an account keeps in mind."""
    extra = stage.counts[REMEMBERED] - stage.rules.remembers
    if extra <= 0:
        return
    for place in range(stage.rules.remembers * CLOSED):
        stage.closed[place] = stage.closed[place + extra * CLOSED]
    for place in range(stage.rules.remembers * RESULT):
        stage.results[place] = stage.results[place + extra * RESULT]
    stage.counts[REMEMBERED] = stage.rules.remembers


def paused(stage: Stage, s: int, i: int, ts: int) -> int:
    """Return the code of the pause that lasts longest, or 0."""
    at = s * PROTECTION
    until, code = ts, 0
    cooldown, pause = stage.protections[at + COOLDOWN], stage.protections[at + PAUSE]
    if cooldown > 0.0:
        last = _last(stage, s, i, ts, 0.0)
        if last > 0 and last + int(cooldown) * stage.rules.frame > until:
            until, code = last + int(cooldown) * stage.rules.frame, R_COOLDOWN
    wait = int(pause) * stage.rules.frame
    if stage.protections[at + STOPS] > 0.0:
        last = _stop_guard(stage, s, ts)
        if last > 0 and last + wait > until:
            until, code = last + wait, R_STOP_GUARD
    if stage.protections[at + DRAWDOWN] > 0.0:
        last = _drawdown(stage, s, ts)
        if last > 0 and last + wait > until:
            until, code = last + wait, R_DRAWDOWN_PAUSE
    if stage.protections[at + LOW_TRIPS] > 0.0:
        last = _low_profit(stage, s, i, ts)
        if last > 0 and last + wait > until:
            until, code = last + wait, R_LOW_PROFIT
    return code


def _seen(stage: Stage, one: int, s: int, ts: int, window: float) -> bool:
    """Return whether a closed position is the strategy's and within the window; 0 for any time."""
    if stage.closed[one * CLOSED + CLOSED_K] // stage.instruments != s:
        return False
    return window == 0.0 or stage.closed[one * CLOSED + CLOSED_TS] > ts - int(window) * stage.rules.frame


def _last(stage: Stage, s: int, i: int, ts: int, window: float) -> int:
    """Return when the strategy last left an instrument, or 0."""
    last = 0
    for one in range(stage.counts[REMEMBERED]):
        if _seen(stage, one, s, ts, window) and stage.closed[one * CLOSED + CLOSED_K] % stage.instruments == i:
            last = stage.closed[one * CLOSED + CLOSED_TS]
    return last


def _stop_guard(stage: Stage, s: int, ts: int) -> int:
    """Return when the last losing stop was, if there were too many in the window; else 0."""
    last, lost, at = 0, 0, s * PROTECTION
    for one in range(stage.counts[REMEMBERED]):
        losing = stage.results[one * RESULT + CLOSED_REALISED] < 0.0
        stopped = stage.closed[one * CLOSED + CLOSED_LEG] == LEG_STOP
        if losing and stopped and _seen(stage, one, s, ts, stage.protections[at + WITHIN]):
            last = stage.closed[one * CLOSED + CLOSED_TS]
            lost += 1
    return last if lost >= stage.protections[at + STOPS] else 0


def _drawdown(stage: Stage, s: int, ts: int) -> int:
    """Return when the window's last position was left, if together they fell too far from their peak; else 0."""
    last, total, peak, deepest, at = 0, 0.0, 0.0, 0.0, s * PROTECTION
    for one in range(stage.counts[REMEMBERED]):
        if _seen(stage, one, s, ts, stage.protections[at + WITHIN]):
            last = stage.closed[one * CLOSED + CLOSED_TS]
            total += stage.results[one * RESULT + CLOSED_REALISED] / stage.results[one * RESULT + CLOSED_EQUITY]
            peak = max(peak, total)
            deepest = max(deepest, peak - total)
    return last if deepest >= stage.protections[at + DRAWDOWN] else 0


def _low_profit(stage: Stage, s: int, i: int, ts: int) -> int:
    """Return when the instrument's last position was left, if together they earned too little; else 0."""
    last, count, earned, cost, at = 0, 0, 0.0, 0.0, s * PROTECTION
    for one in range(stage.counts[REMEMBERED]):
        mine = stage.closed[one * CLOSED + CLOSED_K] % stage.instruments == i
        if mine and _seen(stage, one, s, ts, stage.protections[at + WITHIN]):
            last = stage.closed[one * CLOSED + CLOSED_TS]
            count += 1
            earned += stage.results[one * RESULT + CLOSED_REALISED]
            cost += stage.results[one * RESULT + CLOSED_COST]
    low = earned < stage.protections[at + LOW_PROFIT] * cost
    return last if count >= stage.protections[at + LOW_TRIPS] and low else 0

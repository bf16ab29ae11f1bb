from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from statistics import fmean, pstdev

import pytest

from tradewind.backtest.checks.lookahead import check, cuts
from tradewind.backtest.checks.poison import POISONS
from tradewind.backtest.checks.sayings import Decider, Saying, interpreted, names
from tradewind.backtest.checks.walks import START, walk
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.resampling import resample
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies import registry
from tradewind.strategies.base import Gate, GateKind, Strategy

BARS = walk(4, 300)
HOUR = Timeframe.H1.ms


def closes(bars: Sequence[Bar]) -> list[float]:
    return [bar.close for bar in bars]


def said(values: Sequence[float]) -> list[Saying]:
    return [Saying((value,)) for value in values]


# ── cheats, each as somebody once wrote it ───────────────────────────────────────────────────────────────────────


def reads_the_open_bar(bars: Sequence[Bar]) -> list[Saying]:
    opens = [bar.open for bar in bars]
    return said([following - bar.close for bar, following in zip(bars, [*opens[1:], 0.0], strict=True)])


def centred_window(bars: Sequence[Bar]) -> list[Saying]:
    return said([fmean(closes(bars)[max(0, place - 2) : place + 3]) for place in range(len(bars))])


def whole_series_normalisation(bars: Sequence[Bar]) -> list[Saying]:
    prices = closes(bars)
    middle, spread = fmean(prices), pstdev(prices)
    return said([(price - middle) / spread for price in prices])


def higher_bar_not_yet_closed(bars: Sequence[Bar], frame: Timeframe = Timeframe.H4) -> list[Saying]:
    end = bars[-1].ts_close + frame.ms
    higher = {one.ts_open: one for one in resample(bars, Timeframe.H1, frame, keep_holes=True, through=end).bars}
    return said([higher[bar.ts_open - bar.ts_open % frame.ms].close if not bar.fault() else 0.0 for bar in bars])


def last_bar_alone(bars: Sequence[Bar]) -> list[Saying]:
    return said([bars[-1].volume if place == len(BARS) - 2 else 0.0 for place in range(len(bars))])


def back_filled(bars: Sequence[Bar]) -> list[Saying]:
    known = [bar.volume if place % 5 == 0 else None for place, bar in enumerate(bars)]
    return said([next((one for one in known[place:] if one is not None), 0.0) for place in range(len(bars))])


def highest_of_all(bars: Sequence[Bar]) -> list[Saying]:
    top = max(closes(bars))
    return said([bar.close / top for bar in bars])


CHEATS: list[Decider] = [
    reads_the_open_bar,
    centred_window,
    whole_series_normalisation,
    higher_bar_not_yet_closed,
    partial(higher_bar_not_yet_closed, frame=Timeframe.D1),
    last_bar_alone,
    back_filled,
    highest_of_all,
]


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_planted_cheat_is_caught(cheat: Decider) -> None:
    verdict = check(cheat, BARS, ("number",))

    assert not verdict.sound
    assert verdict.repeats
    assert all(finding.place < finding.cut for finding in verdict.findings)
    assert any(finding.was != finding.became for finding in verdict.findings)


def test_a_finding_tells_the_bar_the_number_and_what_it_became() -> None:
    findings = {one.poison: one for one in check(reads_the_open_bar, BARS, ("number",)).findings}

    one = findings["future bars at extreme prices"]
    assert (one.place, one.cut, one.ahead, one.name) == (298, 299, 1, "number")
    assert one.bar == BARS[298]
    assert one.was == BARS[299].open - BARS[298].close
    assert one.became == BARS[299].open * 1e6 - BARS[298].close


# ── honest ones, which look like cheats ──────────────────────────────────────────────────────────────────────────


def closed_higher_bars(bars: Sequence[Bar]) -> list[Saying]:
    higher = resample(bars, Timeframe.H1, Timeframe.H4, keep_holes=True).bars
    return said([max((one.close for one in higher if one.ts_close <= bar.ts_close), default=0.0) for bar in bars])


def trailing_window(bars: Sequence[Bar]) -> list[Saying]:
    return said([fmean(closes(bars)[max(0, place - 4) : place + 1]) for place in range(len(bars))])


def grown_so_far(bars: Sequence[Bar]) -> list[Saying]:
    return said([bar.close / max(closes(bars)[: place + 1]) for place, bar in enumerate(bars)])


@pytest.mark.parametrize("honest", [closed_higher_bars, trailing_window, grown_so_far])
def test_an_honest_rule_is_sound(honest: Decider) -> None:
    verdict = check(honest, BARS[:120], ("number",))

    assert verdict.sound
    assert verdict.asked > 0


# ── what else is noticed ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_that_does_not_repeat_is_told_as_such() -> None:
    clock = count()

    def restless(bars: Sequence[Bar]) -> list[Saying]:
        return said([float(next(clock)) for _ in bars])

    assert not check(restless, BARS[:50], ("number",)).repeats


def small_strategy(decide: Callable[..., Signal]) -> Strategy:
    honest = registry.build("rsi_pullback_pro", {"ema_slow": 20, "ema_fast": 5})
    return replace(honest, decide=decide, gates=(Gate("rising", ">", GateKind.REQUIRED),))


def test_a_strategy_that_raises_is_told_with_its_bar() -> None:
    def divides(now: object, before: object, position: PositionView, parameters: object) -> Signal:
        span = now.high - now.low  # type: ignore[attr-defined]
        return Signal(1.0 / span, 0.0, 0.0, 0, (GateReading(span, 0.0, passed=True),))

    strategy = small_strategy(divides)
    verdict = check(interpreted(strategy), BARS, names(strategy), settled=25)

    dead = [place for place, bar in enumerate(BARS) if bar.high == bar.low]
    assert [place for place, _ in verdict.faults] == dead != []
    assert verdict.faults[0][1] == "ZeroDivisionError: float division by zero"
    assert not verdict.sound


def test_a_strategy_that_remembers_another_runs_bars_is_caught() -> None:
    seen: list[float] = []

    def remembers(now: object, before: object, position: PositionView, parameters: object) -> Signal:
        if position is FLAT:
            seen.append(now.close)  # type: ignore[attr-defined]
        best = max(seen)
        return Signal(0.5, 0.0, 0.0, 0, (GateReading(best, 0.0, passed=True),))

    strategy = small_strategy(remembers)

    assert not check(interpreted(strategy), BARS[:100], names(strategy), settled=25).sound


def test_fewer_bars_than_the_warm_up_say_how_many_are_needed() -> None:
    with pytest.raises(BadInputError, match="25 bars are too few: the warm-up alone takes 25; give at least 28"):
        check(trailing_window, BARS[:25], ("number",), settled=25)


def test_cuts_lie_within_every_higher_bar_and_leave_the_last_bar_alone() -> None:
    places = cuts(BARS, 50)

    assert places[-1] == len(BARS) - 1
    assert all(50 < place < len(BARS) for place in places)
    for hours in (4, 24, 168):
        assert any((BARS[place].ts_open // HOUR) % hours not in {0, hours - 1} for place in places)


@pytest.mark.parametrize("poison", POISONS)
def test_a_poison_changes_every_future_bar_and_no_time(poison: str) -> None:
    future = BARS[100:140]

    poisoned = POISONS[poison](future)

    assert all(a[:2] == b[:2] for a, b in zip(future, poisoned, strict=False))
    assert sum(a != b for a, b in zip(future, poisoned, strict=False)) == len(poisoned)
    assert POISONS[poison](BARS[-1:]) != BARS[-1:]


def test_the_walk_is_the_same_every_time_and_every_bar_of_it_is_possible() -> None:
    assert walk(4, 500)[:300] == BARS
    assert BARS[0].ts_open == START
    assert not any(bar.fault() for bar in walk(9, 1000))

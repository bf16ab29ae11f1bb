"""Backfill bars: fetch a window of the past and lay it under what is stored, so that repeating it changes nothing.

A bar that is stored already may have been traded on: it stays, and one that the provider tells otherwise is counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tradewind.application.ports_backfill import Backfills, Feed
from tradewind.application.ports_market import Answer, SeriesStore
from tradewind.application.ports_repair import RefusalLog
from tradewind.domain.backfill import (
    Backfill,
    Outcome,
    SeriesName,
    SeriesReport,
    Window,
    lost,
    verify,
)
from tradewind.domain.bar import Bar
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_end, period_start
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Reason, Refusal, holes, validate

LOG = "backfill"
"""Where refusals of a backfill are kept, in the place of a shard."""

_ROUNDS = 5

type Feeds = Callable[[InstrumentId], Feed]
type Kept = Callable[[InstrumentId, Timeframe, int, int], Mapping[int, Bar]]


def nothing_else(*_: object) -> Mapping[int, Bar]:
    """Return nothing: chunks are all there is."""
    return {}


@dataclass(frozen=True, slots=True)
class BackfillBars:
    """Fetch, validate, lay under what is stored, and only then say that a window is done.

    Attributes
    ----------
    now : callable
        UTC ms; no bar that closes later exists.
    kept : callable
        Returns what is kept of a series beside its chunks, by `ts_open`.
    """

    feeds: Feeds
    series: SeriesStore
    refusals: RefusalLog
    backfills: Backfills
    now: Callable[[], int]
    kept: Kept = nothing_else

    def open(self, backfill: Backfill, only: SeriesName | None = None) -> list[Window]:
        """Return the windows that are still to be fetched, of one series or of all."""
        done = {one.window for one in self.backfills.outcomes(backfill)}
        every = backfill.windows() if only is None else backfill.windows_of(only)
        return [window for window in every if window not in done]

    def __call__(self, backfill: Backfill, window: Window) -> Outcome:
        """Fetch one window.

        Raises
        ------
        TransientError
            If its provider cannot answer now; the window stays open.
        """
        feed = self.feeds(window.instrument)
        due = feed.calendar.closes(window.timeframe, window.start, window.end)
        answer = self._ask(feed, window)
        bars, refused = self._sound(answer, window)
        if refused:
            self.refusals.record(LOG, refused)
        added, differing, stored = self._lay(window, bars)
        missing = _missing(window, due, stored, answer, refused)
        outcome = Outcome(window, len(bars), added, differing, missing)
        self.backfills.record(backfill, outcome)
        return outcome

    def verify(self, backfill: Backfill) -> list[SeriesReport]:
        """Read everything back and hold it against what was due; a window that lost bars is opened again."""
        by_series: dict[SeriesName, list[Outcome]] = {one: [] for one in backfill.series}
        for outcome in self.backfills.outcomes(backfill):
            by_series[SeriesName(*outcome.window[:2])].append(outcome)
        reports = [self._verify(backfill, one, outcomes) for one, outcomes in by_series.items()]
        if all(one.is_whole for one in reports):
            self.backfills.finish(backfill)
        return reports

    def _verify(self, backfill: Backfill, series: SeriesName, outcomes: Sequence[Outcome]) -> SeriesReport:
        calendar = self.feeds(series.instrument).calendar
        windows = list(backfill.windows_of(series))
        start, end = (windows[0].start, windows[-1].end) if windows else (0, 0)
        due = calendar.closes(series.timeframe, start, end)
        stored = [
            bar.ts_close
            for chunk in self.series.chunks(*series, start, end)
            for bar in chunk.bars
            if start < bar.ts_close <= end
        ]
        stored += {bar.ts_close for bar in self.kept(*series, start, end).values()} - set(stored)
        for window in lost(due, stored, outcomes):
            self.backfills.reopen(backfill, window)
        return verify(series, due, stored, outcomes)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, feed: Feed, window: Window) -> Answer:
        """Ask for a window, unless it lies beyond what the provider has."""
        if feed.reach and window.end < self.now() - feed.reach * window.timeframe.ms:
            return Answer({window.instrument: ()})
        until = min(window.end, self.now())
        answer = feed.source.bars([window.instrument], window.timeframe, window.start, until)
        failure = answer.failures.get(window.instrument)
        if failure and not failure.lasting:
            raise TransientError(f"{window.instrument} {window.timeframe}: {failure.reason}, {failure.detail}")
        return answer

    def _sound(self, answer: Answer, window: Window) -> tuple[list[Bar], list[Refusal]]:
        rows = answer.rows.get(window.instrument, ())
        bars, refused = validate(rows, window.instrument, window.timeframe, window.start, window.end)
        return bars, [*answer.refusals, *refused]

    # ── storing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _lay(self, window: Window, bars: Sequence[Bar]) -> tuple[int, int, set[int]]:
        """Lay bars under what is stored; return how many were added, how many differ, and every close stored then."""
        kept = self.kept(*window)
        before = {one.period: one for one in self.series.chunks(*window)}
        known = {**kept} | {bar.ts_open: bar for one in before.values() for bar in one.bars}
        periods: dict[int, list[Bar]] = {}
        for bar in bars:
            if bar.ts_open not in kept:
                periods.setdefault(period_start(window.timeframe, bar.ts_open), []).append(bar)
        chunks = before | self._merged(window, periods, before)
        added = sum(bar.ts_open not in known for bar in bars)
        differing = sum(known.get(bar.ts_open, bar) != bar for bar in bars)
        stored = chain(kept.values(), *(one.bars for one in chunks.values()))
        return added, differing, {bar.ts_close for bar in stored}

    def _merged(
        self, window: Window, periods: Mapping[int, Sequence[Bar]], before: Mapping[int, SeriesChunk]
    ) -> dict[int, SeriesChunk]:
        """Write every period's chunk at once; where somebody else was faster, one after the other."""
        chunks = {period: _laid(window, period, told, before.get(period)) for period, told in periods.items()}
        new = [(one, before.get(period)) for period, one in chunks.items() if one != before.get(period)]
        if not new or self.series.merge_all(new):
            return chunks
        return {period: self._merge(window, period, told) for period, told in periods.items()}

    def _merge(self, window: Window, period: int, told: Sequence[Bar]) -> SeriesChunk:
        """Write a period's chunk with the bars that it lacks; where somebody else was faster, read and begin anew."""
        instrument, timeframe = window[:2]
        for _ in range(_ROUNDS):
            found = self.series.chunks(instrument, timeframe, period, period + timeframe.ms)
            stored = next((one for one in found if one.period == period), None)
            chunk = _laid(window, period, told, stored)
            if chunk == stored or self.series.merge(chunk, stored):
                return chunk
        raise ConflictError(f"chunk {instrument} {timeframe} {period}: others wrote it {_ROUNDS} times meanwhile")


def _laid(window: Window, period: int, told: Sequence[Bar], stored: SeriesChunk | None) -> SeriesChunk:
    """Return a period's chunk with the bars that it lacks."""
    instrument, timeframe = window[:2]
    bars = {bar.ts_open: bar for bar in (*told, *(stored.bars if stored else ()))}
    through = max(min(window.end, period_end(timeframe, period)), stored.through if stored else 0)
    return SeriesChunk(instrument, timeframe, period, through, [bars[ts] for ts in sorted(bars)])


def _missing(
    window: Window, due: Sequence[int], stored: set[int], answer: Answer, refused: Sequence[Refusal]
) -> Mapping[str, int]:
    """Return how many due bars nobody has, by reason."""
    failure = answer.failures.get(window.instrument)
    known = {close: str(refusal.reason) for close, refusal in holes(refused)}
    found: dict[str, int] = {}
    for close in due:
        if close not in stored:
            reason = failure.reason if failure else known.get(close, str(Reason.MISSING))
            found[reason] = found.get(reason, 0) + 1
    return found

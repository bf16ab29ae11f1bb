"""One source of bars made of several providers: whoever fails is passed over, instrument by instrument."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tradewind.application.ports_market import Answer, BarSource, Failure
from tradewind.application.ports_reliability import BreakerStore
from tradewind.domain.bar import Bar
from tradewind.domain.breaker import Breaker, Circuit
from tradewind.domain.calendar import Calendar
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.outliers import outliers
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar, Reason, Refusal, validate, whole

CACHE = 10_000
"""Milliseconds for which a closed breaker that was read is believed."""

FORGET = 60 * MINUTE
"""For how long a provider is not asked again for what it says it does not have."""

FEW = 100
"""Bars of which one more costs no further request at any provider."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A source of bars by its name; `expect` tells its rate limiter how many requests come."""

    name: str
    source: BarSource
    expect: Callable[[int], None] = lambda _: None


@dataclass(slots=True)
class FailoverSource(BarSource):
    """Asks providers in the configured order for what the ones before could not serve.

    An instrument goes on to the next provider where the one before failed, where a row that was due is unsound or an
    outlier, where its bars end more than a timestep early or, in a long span, begin more than one late. Rows of several
    providers are joined: the earlier provider's where they are sound. A provider that wholly fails again and again is
    left alone until its breaker lets one call try.

    Attributes
    ----------
    clock : callable
        UTC ms.
    """

    providers: Sequence[Provider]
    breakers: BreakerStore
    calendar: Calendar
    clock: Callable[[], int]
    _known: dict[str, tuple[int, Breaker]] = field(default_factory=dict)
    _lasting: dict[tuple[str, InstrumentId], tuple[int, Failure]] = field(default_factory=dict)

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return what the providers together could serve, with each instrument's source where it is not the first."""
        due = self.calendar.closes(timeframe, since_close, until)
        # a bar more, where that costs no request: the first one is judged by the one before, like all the others
        begin = since_close - timeframe.ms if until - since_close <= FEW * timeframe.ms else since_close
        gathered = _Gathered(timeframe, since_close, until, due, max(0, begin), self.calendar.has_splits)
        for provider in self.providers:
            wanted = [name for name in instruments if not gathered.is_served(name)]
            if wanted:
                gathered.add(provider.name, wanted, self._ask(provider, wanted, timeframe, gathered.begin, until))
        return gathered.answer(instruments, self.providers[0].name)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return what the first provider that knows says, or 0."""
        known = (provider.source.listed_since(instrument, timeframe) for provider in self.providers)
        return next((since for since in known if since), 0)

    def _ask(
        self, provider: Provider, wanted: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int
    ) -> Answer:
        breaker = self._admitted(provider.name)
        if breaker is None:
            stopped = Failure("BREAKER_OPEN", f"{provider.name} keeps failing and is left alone for a while")
            return Answer({}, dict.fromkeys(wanted, stopped))
        unknown = self._unknown(provider.name, wanted)
        asked = [name for name in wanted if name not in unknown]
        if not asked:
            return Answer({}, unknown)
        provider.expect(len(asked))
        try:
            answer = provider.source.bars(asked, timeframe, since_close, until)
        except TransientError as error:
            answer = Answer({}, dict.fromkeys(asked, Failure("UNAVAILABLE", str(error))))
        self._note(breaker, answer)
        later = self.clock() + FORGET
        lasting = {name: failure for name, failure in answer.failures.items() if failure.lasting}
        self._lasting |= {(provider.name, name): (later, failure) for name, failure in lasting.items()}
        return Answer(answer.rows, {**unknown, **answer.failures})

    def _unknown(self, provider: str, wanted: Sequence[InstrumentId]) -> dict[InstrumentId, Failure]:
        """Return what a provider has said it will never serve: it is not asked for ever."""
        now = self.clock()
        known = {name: self._lasting.get((provider, name)) for name in wanted}
        return {name: what[1] for name, what in known.items() if what and what[0] > now}

    # ── breakers ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _admitted(self, provider: str) -> Breaker | None:
        """Return the breaker if we may ask: where it is closed, or where the one trial is ours."""
        now = self.clock()
        read, breaker = self._known.get(provider, (-CACHE, Breaker(provider)))
        if now - read >= CACHE:
            breaker = self.breakers.get(provider)
            self._known[provider] = now, breaker
        if not breaker.admits(now):
            return None
        return breaker if breaker.state is Circuit.CLOSED else self._claimed(breaker.trial(now))

    def _claimed(self, trial: Breaker) -> Breaker | None:
        return trial if self._stored(trial) else None

    def _note(self, breaker: Breaker, answer: Answer) -> None:
        """Keep what a call taught; a call that served anybody, or whose failures are the instruments' own, is well."""
        broken = [failure for failure in answer.failures.values() if not failure.lasting]
        if not answer.rows and broken:
            self._stored(breaker.failed(self.clock(), f"{broken[0].reason}: {broken[0].detail}"[:200]))
        elif not breaker.is_fresh:
            self._stored(breaker.succeeded())

    def _stored(self, breaker: Breaker) -> bool:
        try:
            self.breakers.put(breaker)
        except ConflictError:  # somebody else has learnt something as well: read it before the next call
            self._known.pop(breaker.provider, None)
            return False
        self._known[breaker.provider] = self.clock(), breaker
        return True


@dataclass(slots=True)
class _Gathered:
    """What has been found so far, and by whom."""

    timeframe: Timeframe
    since: int
    until: int
    due: Sequence[int]
    begin: int
    shares: bool
    rows: dict[InstrumentId, dict[int, RawBar]] = field(default_factory=dict)
    sources: dict[InstrumentId, str] = field(default_factory=dict)
    failures: dict[InstrumentId, list[tuple[str, Failure]]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    unsound: dict[InstrumentId, frozenset[int]] = field(default_factory=dict)

    def is_served(self, name: InstrumentId) -> bool:
        """Say whether an instrument needs no other provider."""
        if name not in self.rows or self.unsound[name]:
            return False
        if not self.due[1:]:
            return True
        return max(self.rows[name], default=0) >= self.due[-2] and not self._begins_late(name)

    def _begins_late(self, name: InstrumentId) -> bool:
        """Say whether a long span may reach further back than who was asked: another may know its beginning."""
        return len(self.due) > FEW and min(self.rows[name]) > self.due[1]

    def add(self, provider: str, wanted: Iterable[InstrumentId], answer: Answer) -> None:
        """Take in what a provider answered for those that wanted something."""
        for name in wanted:
            if name in answer.rows:
                self._add_rows(provider, name, answer.rows[name])
            elif name in answer.failures:
                self.failures.setdefault(name, []).append((provider, answer.failures[name]))

    def _add_rows(self, provider: str, name: InstrumentId, rows: Sequence[RawBar]) -> None:
        sound, refused = self._judged(name, rows)
        times = {bar.ts_open: bar.ts_close for bar in sound}
        by_close = {times[ts]: row for row in rows if (ts := whole(row.ts_open)) in times}
        before = self.rows.get(name)
        self.refusals.extend(refused)
        self.rows[name] = {**by_close, **(before or {})}
        due = set(self.due)
        holes = {refusal.ts + self.timeframe.ms for refusal in refused} | self.unsound.get(name, frozenset())
        self.unsound[name] = frozenset(holes & due - self.rows[name].keys())
        if before is None or by_close.keys() - before.keys():
            self.sources[name] = provider

    def _judged(self, name: InstrumentId, rows: Sequence[RawBar]) -> tuple[list[Bar], list[Refusal]]:
        """Part rows as validation does, and by their neighbours; those before what was asked for only bear witness."""
        sound, refused = validate(rows, name, self.timeframe, self.begin, self.until)
        strange = outliers(sound, self.timeframe, shares=self.shares)
        refused += [Refusal(name, self.timeframe, one.ts_open, Reason.OUTLIER, _values(one)) for one in strange]
        told = [one for one in sound if one.ts_close > self.since and one not in strange]
        return told, [one for one in refused if one.reason is Reason.UNREADABLE_TIME or not self._is_witness(one)]

    def _is_witness(self, refusal: Refusal) -> bool:
        return self.begin < refusal.ts + self.timeframe.ms <= self.since

    def answer(self, instruments: Sequence[InstrumentId], first: str) -> Answer:
        """Put together what was found, in the order in which it was asked for."""
        rows = {name: [row for _, row in sorted(self.rows[name].items())] for name in instruments if name in self.rows}
        failures = {name: self._failure(name) for name in instruments if name not in rows}
        others = {name: source for name, source in self.sources.items() if source != first}
        return Answer(rows, failures, tuple(self.refusals), others)

    def _failure(self, name: InstrumentId) -> Failure:
        """Return the first provider's failure with what the others said; lasting only where it is for all."""
        every = self.failures[name]
        detail = "; ".join(f"{provider}: {failure.reason}, {failure.detail}" for provider, failure in every)
        return Failure(every[0][1].reason, detail, all(failure.lasting for _, failure in every))


def _values(bar: Bar) -> str:
    return f"o={bar.open!r} h={bar.high!r} l={bar.low!r} c={bar.close!r}: more than its neighbours bear out"

"""Many instruments, a few requests side by side; each instrument's failure is its own."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from tradewind.adapters.market.line import Ask, Call, Line
from tradewind.adapters.market.reply import RATE_LIMITED, RefusedError, UnavailableError
from tradewind.application.ports_market import NOT_IN_ANSWER, Failure
from tradewind.domain.instrument import InstrumentId

type Unit = tuple[InstrumentId, ...]
"""Instruments that one request may ask for together."""

type Work[T] = Callable[[Ask, Unit], Mapping[InstrumentId, T | Failure]]


class Sweep[T]:
    """Asks for every unit and gathers what was found, each instrument's failure its own."""

    def __init__(self, line: Line, work: Work[T]) -> None:
        self._call = Call(line)
        self._work = work
        self._found: dict[InstrumentId, T | Failure | Exception] = {}

    def __call__(self, units: Sequence[Unit]) -> tuple[dict[InstrumentId, T], dict[InstrumentId, Failure]]:
        """Return what was found and what failed, both in the order in which it was asked for."""
        line = self._call.line
        waiting = iter(units)
        workers = min(line.concurrency, len(units)) - 1
        helpers = [threading.Thread(target=self._all_of, args=(waiting,), daemon=True) for _ in range(workers)]
        for helper in helpers:
            helper.start()
        self._all_of(waiting)
        for helper in helpers:
            helper.join()
        return self._parted(units)

    def _all_of(self, waiting: Iterator[Unit]) -> None:
        for unit in waiting:
            try:
                self._found.update(self._one(unit))
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is put together
                self._found.update(dict.fromkeys(unit, error))

    def _one(self, unit: Unit) -> Mapping[InstrumentId, T | Failure]:
        try:
            return self._work(Ask(self._call, named(unit)), unit)
        except UnavailableError as error:
            if error.reason == RATE_LIMITED:
                self._call.stopped = error
            return dict.fromkeys(unit, Failure(error.reason, str(error)))
        except RefusedError as error:
            if len(unit) == 1:
                return {unit[0]: Failure(error.reason, str(error), lasting=True)}
            return {name: what for name in unit for what in self._one((name,)).values()}  # one of them is to blame

    def _parted(self, units: Sequence[Unit]) -> tuple[dict[InstrumentId, T], dict[InstrumentId, Failure]]:
        found: dict[InstrumentId, T] = {}
        failures: dict[InstrumentId, Failure] = {}
        for name in (name for unit in units for name in unit):
            match self._found.get(name):
                case Exception() as error:
                    raise error
                case Failure() as failure:
                    failures[name] = failure
                case None:
                    failures[name] = Failure(NOT_IN_ANSWER, f"the answer has nothing for {name}")
                case one:
                    found[name] = one
        return found, failures


def named(unit: Unit) -> str:
    """Name a unit for messages."""
    others = f" and {len(unit) - 1} more" if len(unit) > 1 else ""
    return f"{unit[0]}{others}"

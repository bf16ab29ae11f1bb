"""The store of bars: five million of them over three tiers on the emulator, beside a query of one item per bar.

Ninety instruments at one minute: the last half hour in slices, the two days before in chunks, all but the last day in
Parquet; and a year of 15-minute bars of one instrument in Parquet alone. Both sides are read in turn, by one client, so
that the machine is the same to both. Prices are those of AWS for what was read, computed from its bytes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from benchmarks.figures import Figure
from benchmarks.warehouse import BARS, FRAME, Warehouse, opened
from tradewind.adapters.capacity import item_size, query_units
from tradewind.domain.errors import TradewindError
from tradewind.domain.prices import LIST
from tradewind.domain.timeframe import DAY

_TIMES, _CONCURRENT = 60, 100
_SELDOM = 6
"""The other store is asked once in so many times: its answers take much longer."""
_OBJECT = 0.0004 / 1000
"""Dollars of one GET of S3."""

type Read = Callable[[int], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, how many milliseconds it may take, and how both stores answer it.

    Attributes
    ----------
    bare : callable, optional
        Our own requests by the client alone: what of the time is the emulator's and the client's.
    """

    name: str
    target: float | None
    ours: Read
    items: Read | None = None
    bare: Read | None = None


def measure() -> list[Figure]:
    """Load once, then ask each question of both stores in turn."""
    with opened() as store:
        figures = [Figure("bars loaded", BARS, "bars", better="higher"), Figure("loading", store.seconds, "s")]
        for question in _questions(store):
            figures += _asked(question, store.forget)
        figures += _concurrently(store)
        figures += _priced(store)
    return figures


def _questions(store: Warehouse) -> Iterator[Question]:
    yield Question("24 h of one instrument", 20, store.day, store.items_of_a_day, store.bare_day)
    # To a reader that has just begun: no slice that waits to be packed is known to it from a question before.
    yield Question("24 h of one instrument, the first", None, store.first_day, bare=store.bare_first_day)
    yield Question(
        "24 h of 5 instruments",
        60,
        store.day_of_five,
        lambda k: [bar for i in range(5) for bar in store.items_of_a_day(5 * k + i)],
        store.bare_day_of_five,
    )
    yield Question("latest price of 90", 15, store.latest, store.latest_items)
    yield Question("a year of 15m from Parquet", 150, store.year, bare=store.bare_year)


def _asked(question: Question, forget: Callable[[], None]) -> Iterator[Figure]:
    ours, items, bare = [], [], []
    question.ours(0)  # the first opens connections, which is no question's time
    for k in range(_TIMES if question.items else _TIMES // 2):
        ours.append(_timed(question.ours, k))
        if question.bare:
            bare.append(_timed(question.bare, k))
        if question.items and not k % _SELDOM:
            items.append(_timed(question.items, k))
        forget()
    yield Figure(f"{question.name}, p95", 1000 * _p95(ours), "ms", question.target)
    yield Figure(f"{question.name}, p50", 1000 * sorted(ours)[len(ours) // 2], "ms")
    if bare:
        yield Figure(f"{question.name}, its requests alone, p95", 1000 * _p95(bare), "ms")
        yield Figure(f"{question.name}, its requests alone, p50", 1000 * _median(bare), "ms")
    if items:
        yield Figure(f"{question.name}, one item per bar, p95", 1000 * _p95(items), "ms")
        yield Figure(
            f"{question.name}, one item per bar over ours, p50", _median(items) / _median(ours), "times", 1, "higher"
        )


def _timed(read: Read, k: int) -> float:
    begun = time.perf_counter()
    found = read(k)
    took = time.perf_counter() - begun
    if not found:
        raise RuntimeError("nothing was read: the store is not what was loaded")
    return took


def _concurrently(store: Warehouse) -> Iterator[Figure]:
    """Let a hundred readers begin at once; what fails is counted and not repeated."""

    def served(k: int) -> bool:
        try:
            return len(store.day(k)) == DAY // FRAME.ms
        except TradewindError as error:  # what the table's client makes of every fault of a service
            print(f"  not served: {error}")
            return False

    begun = time.perf_counter()
    with ThreadPoolExecutor(_CONCURRENT) as pool:
        answers = list(pool.map(served, range(_CONCURRENT)))
    yield Figure("100 concurrent reads of 24 h, served", 100 * sum(answers) / len(answers), "%", 100, "higher")
    yield Figure("100 concurrent reads of 24 h, all", time.perf_counter() - begun, "s")


def _priced(store: Warehouse) -> Iterator[Figure]:
    reads: Sequence[tuple[str, Read]] = (
        ("24 h of one instrument", store.day),
        ("24 h of one instrument, the first", store.first_day),
        ("24 h of one instrument, one item per bar", store.items_of_a_day),
        ("latest price of 90", store.latest),
        ("latest price of 90, one item per bar", store.latest_items),
        ("a year of 15m from Parquet", store.year),
    )
    for name, read in reads:
        store.forget()
        read(1)
        size, dollars = _cost(store.recorder.taken(), store.objects.taken())
        yield Figure(f"{name}, read", size / 1000, "kB")
        yield Figure(f"{name}, a million of them", dollars * 1e6, "$")


def _cost(calls: Sequence[Any], objects: Sequence[int]) -> tuple[int, float]:
    size, dollars = sum(objects), len(objects) * _OBJECT
    for call in calls:
        by_key = [item for found in call.answer.get("Responses", {}).values() for item in found]
        by_key += [call.answer["Item"]] if "Item" in call.answer else []
        sizes = [item_size(item) for item in by_key], [item_size(item) for item in call.answer.get("Items", ())]
        size += sum(map(sum, sizes))
        units = sum(query_units([one]) for one in sizes[0]) + (query_units(sizes[1]) if sizes[1] else 0)
        dollars += units * LIST.read_unit
    return size, dollars


def _p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20)[18]


def _median(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2]

"""Doing something with each of several at the same time: who never answers holds up nobody else."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

from tradewind.domain.errors import TransientError


def side_by_side[T](seconds: float) -> Callable[[Iterable[T], Callable[[T], object]], list[tuple[T, Exception]]]:
    """Return what does something with every item at once, and waits so long for all of them together."""
    return partial(_run, seconds)


def _run[T](seconds: float, items: Iterable[T], do: Callable[[T], object]) -> list[tuple[T, Exception]]:
    """Return what failed, and with what; who has not ended by then has failed for now, whatever comes of it later."""
    every = list(items)
    if not every:
        return []
    pool = ThreadPoolExecutor(max_workers=len(every))
    begun = [(item, pool.submit(do, item)) for item in every]
    ended = wait([future for _, future in begun], timeout=seconds).done
    pool.shutdown(wait=False, cancel_futures=True)
    late = TransientError(f"no answer within {seconds:g} seconds")
    failed = ((item, future.exception() if future in ended else late) for item, future in begun)
    return [(item, error) for item, error in failed if isinstance(error, Exception)]

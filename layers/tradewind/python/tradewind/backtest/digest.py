"""The digest of decisions: one number for what every strategy said and did at every bar, the same from every engine.

A decision's numbers (strength, then each gate's value, threshold and whether it passed) are taken as the bits of
float64, each times an odd constant of its place, and summed modulo 2**64. To the sum come a hash of action and reason,
one of strategy and instrument, and the bar's time; it is stirred, and the digest is the sum over all decisions. So it
depends on every bit of every decision and on no order, and a compiled engine computes it in a few nanoseconds a bar.

The stirring is the finaliser of splitmix64: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators",
OOPSLA 2014.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from tradewind.domain.decision import Action, Decision

type Words = np.ndarray[Any, np.dtype[np.uint64]]

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
NAN_BITS = 0x7FF8000000000000
"""Any NaN counts as this one: its sign and payload are nobody's business."""


@cache
def text_hash(text: str) -> int:
    """Return 64 bits of BLAKE2b over a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def stirred(word: int) -> int:
    """Return the word stirred, so that each bit of it moves every bit of what comes out."""
    word = ((word ^ (word >> 30)) * FIRST) & MASK
    word = ((word ^ (word >> 27)) * SECOND) & MASK
    return word ^ (word >> 31)


@cache
def factors(count: int) -> Words:
    """Return the odd constants of the first `count` places."""
    return np.array([stirred((place + 1) * GOLDEN & MASK) | 1 for place in range(count)], np.uint64)


def mixed(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> Words:
    """Return each row's numbers mixed into one word; shape (n, places) to (n,)."""
    bits = np.ascontiguousarray(numbers, np.float64).view(np.uint64)
    bits = np.where(np.isnan(numbers), np.uint64(NAN_BITS), bits)
    total: Words = (bits * factors(numbers.shape[1])).sum(axis=1, dtype=np.uint64)
    return total


def stirred_sum(words: Words) -> int:
    """Return the sum of all words, each stirred."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(FIRST)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(SECOND)
    return int((words ^ (words >> np.uint64(31))).sum(dtype=np.uint64))


def total(times: Any, codes: Any, words: Words, reasons: Words, place: np.uint64, counts: Any) -> int:
    """Return the sum of the stirred words of a strategy's decisions on an instrument, and count them by reason.

    Parameters
    ----------
    times, codes, words : int64, int64, uint64, shape (n,)
        Each decision's `ts_close`, the code of its reason, and its mixed numbers.
    reasons : uint64
        Hash of action and reason by code.
    place : uint64
        Hash of strategy and instrument.
    counts : int64
        How often each code was given; added to.
    """
    counts += np.bincount(codes, minlength=len(counts))
    return stirred_sum(times.view(np.uint64) * np.uint64(GOLDEN) + reasons[codes] + words + place)


def decision_text(action: str, reason: str) -> str:
    """Return what counts of an action and its reason: the reason's code, and nothing of a failure's free words."""
    return f"{action} {'' if action == Action.FAIL else reason.partition(':')[0]}"


def place_hash(strategy: str, instrument: str) -> int:
    """Return the hash of a strategy's place: which one, on what."""
    return text_hash(f"{strategy}|{instrument}")


def numbers_of(decision: Decision) -> Sequence[float]:
    """Return a decision's numbers; none where the rule was not asked."""
    if not decision.gates:
        return ()
    return (decision.strength, *(float(number) for gate in decision.gates for number in gate))


def decision_word(ts: int, decision: Decision) -> int:
    """Return one decision's word, stirred."""
    numbers = numbers_of(decision)
    total = int(mixed(np.array([numbers], np.float64))[0]) if numbers else 0
    total += text_hash(decision_text(decision.action, decision.reason))
    total += place_hash(decision.strategy, decision.instrument) + ts * GOLDEN
    return stirred(total & MASK)


def digest_of(decisions: Iterable[tuple[int, Decision]]) -> str:
    """Return the digest of stored decisions, each with its bar's `ts_close`; what has no bar (`NO_BAR`) is left out."""
    words = (decision_word(ts, one) for ts, one in decisions if not one.reason.startswith("NO_BAR"))
    return text(sum(words))


def text(total: int) -> str:
    """Write a digest."""
    return f"{total & MASK:016x}"

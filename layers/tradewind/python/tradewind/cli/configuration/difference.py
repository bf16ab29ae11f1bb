"""What two configurations say differently, place by place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One place where two configurations differ; a side that lacks it is None."""

    place: str
    left: Any
    right: Any


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """Return every difference, in the order of places."""
    a, b = dict(_leaves(left)), dict(_leaves(right))
    return [
        Difference(place, a.get(place), b.get(place))
        for place in sorted(a.keys() | b.keys())
        if a.get(place) != b.get(place)
    ]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _leaves(inner, f"{place}.{key}" if place else str(key))
        case str():
            yield place, value
        case Sequence():
            yield from _elements(value, place)
        case _:
            yield place, value


def _elements(values: Sequence[Any], place: str) -> Iterator[tuple[str, Any]]:
    """Name elements by their `name` where they have one, so that order and insertions do not blur a comparison."""
    if not all(isinstance(value, Mapping) and "name" in value for value in values):
        yield place, list(values)
        return
    for value in values:
        yield from _leaves(value, f"{place}[{value['name']}]")

"""Request units of DynamoDB's on-demand mode, computed from the bytes of items and never asked of an emulator.

Source: Amazon DynamoDB Developer Guide, "Read and write operations" and "Item sizes and formats": a write takes a unit
for each begun kilobyte of the larger of the item before and after, a strongly consistent read one for each begun four
kilobytes, any other half as much; a transaction takes two for one; a condition that fails is paid like a write; what
is not there costs a unit.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

WRITE_UNIT = 1024
READ_UNIT = 4096
_LIST_OVERHEAD = 3


def item_size(item: Mapping[str, Any]) -> int:
    """Return the bytes of an item as DynamoDB counts them: names and values in UTF-8, numbers two digits a byte."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Return the bytes of one attribute value."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return ceil(len(content.strip("-").replace(".", "").strip("0")) / 2) + 1
        case "B":
            return len(bytes(content))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _LIST_OVERHEAD + sum(1 + value_size(one) for one in content)
        case "M":
            return _LIST_OVERHEAD + len(content) + item_size(content)
        case _:
            raise ValueError(f"no size is known for an attribute of type {kind}")


def write_units(before: int, after: int) -> int:
    """Return the units of one write, from the item's bytes before and after; 0 for none."""
    return max(1, ceil(max(before, after) / WRITE_UNIT))


def read_units(size: int) -> int:
    """Return the units of one strongly consistent read."""
    return max(1, ceil(size / READ_UNIT))


def query_units(sizes: Iterable[int]) -> int:
    """Return the units of one page of a query: what it looked at, summed and then rounded."""
    return read_units(sum(sizes))


def consistency(request: Mapping[str, Any]) -> float:
    """Return what a read costs beside a strongly consistent one."""
    return 1.0 if request.get("ConsistentRead") else 0.5

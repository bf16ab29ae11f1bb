"""On which line of a TOML file a value stands: `tomllib` does not say, and an error without its line is a riddle."""

import re
from collections.abc import Iterator, Mapping, Sequence

type Path = tuple[str | int, ...]
"""How pydantic names a place: `("accounts", 0, "limits", "exposure")`."""

_TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')


def locate(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table, key and element of a many-line array in valid TOML."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line, elements in _statements(text):
        header = _TABLE.match(line)
        key = _KEY.match(line)
        if header and not key:
            table = _table(header[1] == "[[", _parts(header[2]), counts)
            lines.setdefault(table, number)
        elif key:
            path = (*table, *_parts(key[1]))
            lines[path] = number
            lines.update({(*path, index): at for index, at in enumerate(elements)})
    return lines


def line_of(path: Sequence[str | int], lines: Mapping[Path, int]) -> int:
    """Return the line of a place, or of the nearest place around it that has one; 1 for the file itself."""
    place = tuple(path)
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _statements(text: str) -> Iterator[tuple[int, str, list[int]]]:
    """Yield each statement's first line, its text, and the lines on which its array's elements stand."""
    start, statement, elements, depth = 0, "", list[int](), 0
    for number, raw in enumerate(text.splitlines(), start=1):
        bare = _QUOTED.sub('""', raw).partition("#")[0]
        if not depth:
            start, statement, elements = number, raw, []
        right = bare.partition("=")[2] if not depth else bare
        elements += [number] * len(re.findall(r'""|[^\s,\[\]{}]+', right)) if depth or "[" in right else []
        depth += right.count("[") - right.count("]") if depth or _KEY.match(raw) else 0
        if not depth and statement.strip():
            yield start, statement, elements


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _table(is_array: bool, parts: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """Return the path of a table's header; the parts before it may be arrays that are being filled."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if not is_array:
        return path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])

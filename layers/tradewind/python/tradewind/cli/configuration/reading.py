"""Reading `config/ENV.toml`: whatever is wrong is told as `file:line: where: what, and what to do`."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tradewind.cli.configuration import universes
from tradewind.cli.configuration.coherence import contradictions
from tradewind.cli.configuration.models import EnvironmentFile
from tradewind.cli.configuration.toml_lines import line_of, locate
from tradewind.domain.errors import BadInputError


def read(path: Path, *, pinned: bool = True) -> EnvironmentFile:
    """Read and check one environment's file.

    Parameters
    ----------
    pinned : bool
        Whether universes are replaced by their pinned members; False where they are about to be chosen.

    Raises
    ------
    BadInputError
        With one line for each thing that is wrong.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(one.stem for one in path.parent.glob("*.toml"))) or "none"
        raise BadInputError(f"there is no {_name(path)}: the environments are {known}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{_name(path)} cannot be read: {error}") from None
    return parse(text, path, pinned=pinned)


def parse(text: str, path: Path, *, pinned: bool = True) -> EnvironmentFile:
    """Check the text of one environment's file."""
    lines = locate(text)
    try:
        file = EnvironmentFile.model_validate(_toml(text, path))
    except ValidationError as error:
        faults: Sequence[tuple[tuple[str | int, ...], str]] = [_fault(one) for one in error.errors()]
    else:
        file, missing = universes.pinned(file, path.parent) if pinned else (file, [])
        faults = missing or contradictions(file, path.stem)
        if not faults:
            return file
    told = sorted((line_of(place, lines), _place(place), what) for place, what in faults)
    raise BadInputError("\n".join(f"{_name(path)}:{line}: {where}: {what}" for line, where, what in told))


def _toml(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        line = found[1] if found else str(text.count("\n") + 1)
        what = str(error).partition(" (at ")[0]
        raise BadInputError(f"{_name(path)}:{line}: this is not TOML: {what}") from None


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _place(place: Sequence[str | int]) -> str:
    """Write a place as people do: `accounts[1].limits.exposure`, counted from 1."""
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return words.lstrip(".") or "file"


def _fault(error: Mapping[str, Any]) -> tuple[tuple[str | int, ...], str]:
    place = tuple(part for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "missing":
            return place, f"is missing: add {place[-1]} = …" if _is_key(place) else "is missing: add this table"
        case "extra_forbidden":
            return place, _unknown(place)
        case "string_pattern_mismatch":
            return place, f"{error['input']!r} does not look right: it must match {error['ctx']['pattern']}"
        case "value_error":
            return place, str(error["ctx"]["error"])
        case _:
            what = error["msg"].replace("Input should be", "must be").replace("Decimal", "number")
            return place, f"{_written(error['input'])}: {what}" if not isinstance(error["input"], dict | list) else what


def _written(value: object) -> str:
    """Return a value as somebody wrote it: text in quotes, a number plain."""
    return str(value).lower() if isinstance(value, Decimal | bool) else repr(value)


def _is_key(place: Sequence[str | int]) -> bool:
    return len(place) > 1


def _unknown(place: Sequence[str | int]) -> str:
    known = list(_keys(EnvironmentFile, place[:-1]))
    near = get_close_matches(str(place[-1]), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here are {', '.join(known)}"
    return f"unknown key: {hint}"


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> Iterator[str]:
    """Yield the keys that may stand at a place."""
    for part in place:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = _model_in(model.model_fields[part].annotation)
        model = inner or model
    yield from model.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, (_model_in(inner) for inner in getattr(annotation, "__args__", ()))), None)

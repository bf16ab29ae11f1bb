"""Figures: what a benchmark measured, beside what it should be."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

type Better = Literal["lower", "higher"]

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes
    ----------
    target : float or None
        Where the value should be or better; None for a figure that only informs.
    better : str
        Whether lower or higher values are better.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Better = "lower"

    @property
    def met(self) -> bool:
        """Whether the value is as good as its target, or has none."""
        if self.target is None:
            return True
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def line(self) -> str:
        """Return it as a line of a report."""
        value = f"  {self.name:<62} {self.value:>10,.3f} {self.unit:<8}"
        if self.target is None:
            return value.rstrip()
        sign = "≤" if self.better == "lower" else "≥"
        return f"{value} target {sign} {self.target:<6g} {'ok' if self.met else 'MISSED'}"


def write(name: str, figures: Sequence[Figure], folder: Path = OUTPUT) -> Path:
    """Write a benchmark's figures as a list of `{name, value, unit, target, better}`; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    return path

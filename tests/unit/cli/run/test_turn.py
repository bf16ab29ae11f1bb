"""One run at a time, and no results of another."""

from pathlib import Path

import pytest

from tradewind.cli.errors import CommandError
from tradewind.cli.run.turn import alone, forget_results


def test_a_second_run_is_told_to_wait(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(CommandError, match="another run is under way"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_another_folder_is_another_turn(tmp_path: Path) -> None:
    with alone(tmp_path / "one"), alone(tmp_path / "two"):
        assert (tmp_path / "two" / "run.lock").exists()


def test_results_of_an_earlier_run_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / "kept").mkdir()

    forget_results(tmp_path)
    forget_results(tmp_path / "absent")

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]

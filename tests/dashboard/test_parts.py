"""The dashboard's parts that need no screen, by their own tests in Node."""

import subprocess
import sys
from pathlib import Path

from infra import web

NODE = Path(sys.executable).parent / "node"


def test_the_parts_without_a_screen_do_as_their_own_tests_say() -> None:
    web.install()
    command = [str(NODE), "--test", "--test-force-exit", "tests/**/*.test.ts"]
    done = subprocess.run(command, cwd=web.SOURCE, timeout=120, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout
    assert "ℹ pass 0" not in done.stdout, "no test was found"

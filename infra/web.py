"""Build the dashboard where its sources changed: `python -m infra.web`. Needs the npm registry the first time only."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "web"
OUTPUT = ROOT / "build" / "web"
DOCUMENT = ROOT / "docs" / "openapi.json"
_SECONDS = 240
_NOT_SOURCES = frozenset({"node_modules", "dist", "generated", "tests", "README.md"})


class WebError(Exception):
    """The dashboard cannot be built; the message says what to do."""


def source_files() -> list[Path]:
    """Return what the built dashboard is made of, and nothing that the build itself writes."""
    chosen = (path for path in sorted(SOURCE.rglob("*")) if not _NOT_SOURCES & set(path.relative_to(SOURCE).parts))
    return [*(path for path in chosen if path.is_file()), DOCUMENT]


def digest(paths: Sequence[Path]) -> str:
    """Return the hash of some files by their names and contents."""
    state = hashlib.blake2b(digest_size=16)
    for path in paths:
        state.update(f"{path.relative_to(ROOT)}\0".encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def build() -> bool:
    """Build into `build/web`; return whether there was anything to do.

    Raises
    ------
    WebError
        If Node or the npm registry is missing, or the sources do not compile.
    """
    with _alone():
        stamp, wanted = OUTPUT.with_suffix(".digest"), digest(source_files())
        if OUTPUT.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
            return False
        install()
        fresh = OUTPUT.with_suffix(".new")
        _npm("run", "--silent", "check", what="the dashboard does not compile")
        _npm("exec", "--offline", "--", "vite", "build", "--logLevel", "error", "--outDir", str(fresh), "--emptyOutDir",
             what="the dashboard cannot be built")  # fmt: skip
        # Whoever is being served meanwhile finds the old files or the new ones, never none.
        old = OUTPUT.with_suffix(".old")
        shutil.rmtree(old, ignore_errors=True)
        if OUTPUT.exists():
            OUTPUT.rename(old)
        fresh.rename(OUTPUT)
        shutil.rmtree(old, ignore_errors=True)
        stamp.write_text(wanted)
        return True


def first_view(page: str = "src/pages/live/index.tsx") -> dict[str, int]:
    """Return what a browser loads before it shows a page: each built file with its bytes, gzipped."""
    manifest = json.loads((OUTPUT / ".vite" / "manifest.json").read_text())
    wanted, names = ["index.html", page], {"index.html"}
    while wanted:
        chunk = manifest[wanted.pop()]
        names |= {chunk["file"], *chunk.get("css", ())}
        wanted += [one for one in chunk.get("imports", ()) if manifest[one]["file"] not in names]
    return {name: len(gzip.compress((OUTPUT / name).read_bytes())) for name in names}


def install() -> None:
    """Install the locked packages into `web/node_modules` where the lock changed.

    Raises
    ------
    WebError
        If the npm registry cannot be reached.
    """
    lock, stamp = SOURCE / "package-lock.json", SOURCE / "node_modules" / ".installed"
    wanted = digest([lock, SOURCE / "package.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    _npm(
        "ci", "--no-audit", "--no-fund", "--loglevel=error",
        what="the dashboard's packages cannot be installed (is the npm registry reachable?)",
    )  # fmt: skip
    stamp.write_text(wanted)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second build waiting: both would write the same folders."""
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with OUTPUT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _npm(*arguments: str, what: str) -> None:
    node = Path(sys.executable).parent
    if not (node / "npm").exists():
        raise WebError("Node is missing from this environment: run `make setup` first")
    variables = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1", "CI": "true"}
    try:
        done = subprocess.run(  # noqa: S603  the locked toolchain
            [str(node / "npm"), *arguments], cwd=SOURCE, env=variables, timeout=_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise WebError(f"{what}: it took longer than {_SECONDS} s") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("npm warn")]
        raise WebError(f"{what}: {' / '.join(said[:4])[:600]}")


def main() -> int:
    """Build; a failure ends in one sentence."""
    try:
        built = build()
    except WebError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    if built:
        sys.stdout.write("web: built\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

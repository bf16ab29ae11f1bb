"""Up, down and what is up: the local stack's life."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType

from tradewind.cli.local import dashboard, deployment, emulator, processes
from tradewind.cli.local.places import Places
from tradewind.cli.local.stack import LocalStack, read_outputs

DEFAULT_PORT = 4566


@dataclass(frozen=True, slots=True)
class _State:
    process: int
    port: int
    profile: str
    bootstrapped: bool = False
    fingerprint: str = ""

    def save(self, places: Places) -> None:
        places.home.mkdir(parents=True, exist_ok=True)
        fresh = places.state.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(places.state)


def _silent(_message: str) -> None:
    return


def up(
    profile: str = "minimal",
    port: int = DEFAULT_PORT,
    configuration: Path | None = None,
    progress: Callable[[str], None] = _silent,
    places: Places | None = None,
) -> LocalStack:
    """Bring the local stack to the given profile and configuration, doing only what is not done yet.

    Parameters
    ----------
    configuration : Path, optional
        The built configuration; `build/config/local/environment.json` by default.
    progress : callable
        Told in a few words what is being done.
    places : Places, optional
        The stack's folder, for a second stack beside the person's own.

    Raises
    ------
    LocalStackError
        In one sentence what is wrong and what to do. An emulator started by this very call is ended again.
    """
    places, configuration = places or Places.default(), configuration or _default_configuration()
    deployment.require(profile, configuration)
    before = _running(places)
    if before is None:
        down(places)  # one that answers no more would keep its port
    if before is None or before.port != port:
        emulator.require_free(port)  # before the stack that is up is ended for a port that cannot be had
    try:
        state = _started(places, port, profile, before, progress)
        return _deployed(places, state, configuration, progress)
    except BaseException:
        if before is None or before.port != port:
            down(places)
        raise


def _default_configuration() -> Path:
    return Places.default().home.parent / "config" / "local" / "environment.json"


def _started(places: Places, port: int, profile: str, before: _State | None, progress: Callable[[str], None]) -> _State:
    if before and before.port == port:
        return replace(before, profile=profile)
    if before:
        down(places)
    progress("starting the emulator")
    state = _State(emulator.start(places, port), port, profile)
    state.save(places)
    return state


def _deployed(places: Places, state: _State, configuration: Path, progress: Callable[[str], None]) -> LocalStack:
    progress("building the layers")
    deployment.build_layers()
    mark = deployment.fingerprint(state.profile, configuration)
    stack = LocalStack(places, state.port, state.profile)
    if state.fingerprint != mark:
        deployment.synthesise(stack, configuration, mark, progress)
        if not state.bootstrapped:
            progress("bootstrapping the emulator")
            deployment.bootstrap(stack)
            state = replace(state, bootstrapped=True)
            state.save(places)
        progress("deploying the stacks")
        deployment.deploy(stack)
        replace(state, fingerprint=mark).save(places)
    stack = replace(stack, outputs=read_outputs(places.outputs))
    return replace(stack, dashboard_url=dashboard.serve(stack, progress))


def current(places: Places | None = None) -> LocalStack | None:
    """Return the stack that is up and deployed, or None."""
    places = places or Places.default()
    state = _running(places)
    if state is None or not state.fingerprint:
        return None
    outputs, served = read_outputs(places.outputs), dashboard.address(places)
    return LocalStack(places, state.port, state.profile, outputs, served)


def down(places: Places | None = None) -> bool:
    """End the stack and everything it started; return whether there was one."""
    places = places or Places.default()
    state = _saved(places)
    found = state is not None and emulator.is_emulator(state.process)
    if state is not None and found:
        processes.end_group(state.process)
    dashboard.end(places)
    places.state.unlink(missing_ok=True)
    places.outputs.unlink(missing_ok=True)
    shutil.rmtree(places.scratch, ignore_errors=True)
    return found


def _saved(places: Places) -> _State | None:
    try:
        return _State(**json.loads(places.state.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _running(places: Places) -> _State | None:
    state = _saved(places)
    if state is None or not emulator.is_emulator(state.process):
        return None
    return state if emulator.healthy(places, state.port) else None


@contextmanager
def ends_when_interrupted(places: Places | None = None) -> Iterator[None]:
    """End the stack when the body is broken off by Ctrl-C or a termination signal, and only then."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        down(places)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

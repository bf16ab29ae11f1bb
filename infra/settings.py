"""What differs between environments and between profiles, and nothing else."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Architecture = Literal["arm64", "x86_64"]
LayerPlatform = Literal["aws", "host"]


class SettingsError(Exception):
    """A setting does not exist or a file it needs is missing; the message says what to do."""


class Profile(StrEnum):
    """How much stands around the trading path; each holds all of the one before."""

    MINIMAL = "minimal"
    STANDARD = "standard"
    FULL = "full"

    @property
    def observed(self) -> bool:
        """Whether there are a dashboard and the alarms on latency and throttling."""
        return self is not Profile.MINIMAL

    @property
    def guarded(self) -> bool:
        """Whether there are customer keys, backups and a budget."""
        return self is Profile.FULL


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """Size and patience of one function.

    Attributes
    ----------
    memory : int
        MiB; CPU is allotted in proportion.
    timeout : int
        Seconds.
    http : bool
        Whether it calls the outside and so needs the HTTP layer.
    """

    memory: int
    timeout: int
    http: bool = False


VENUE_TIMEOUT = 15
"""Seconds for a batch whose venue does not answer; shorter than an order message stays hidden."""

FUNCTIONS: Mapping[str, FunctionSettings] = {
    "fetch_bars": FunctionSettings(memory=256, timeout=50, http=True),
    "evaluate_bars": FunctionSettings(memory=512, timeout=30),
    # Six seconds: the queue hides a message for six times as long, and three receives must end within two minutes.
    "execute_orders": FunctionSettings(memory=512, timeout=6),
    "publish_events": FunctionSettings(memory=256, timeout=30),
    "send_alerts": FunctionSettings(memory=256, timeout=20, http=True),
    "report": FunctionSettings(memory=512, timeout=60),
    "watch": FunctionSettings(memory=256, timeout=30),
    "guard_stops": FunctionSettings(memory=256, timeout=30),
    "compact_bars": FunctionSettings(memory=512, timeout=300),
    # A month of one instrument's minutes, or a day of a shard's decisions, is in memory at once.
    "archive_bars": FunctionSettings(memory=1024, timeout=900),
    "repair_bars": FunctionSettings(memory=256, timeout=55, http=True),
    "refresh_universe": FunctionSettings(memory=512, timeout=600, http=True),
    "backfill_bars": FunctionSettings(memory=512, timeout=300, http=True),
    # A person waits: half a core more costs a dollar in ten million calls.
    "http_api": FunctionSettings(memory=1024, timeout=15, http=True),
}

VENUE_FUNCTIONS: Mapping[str, FunctionSettings] = {"reconcile": FunctionSettings(memory=256, timeout=60)}
"""Deployed only where an account trades at a venue."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One place the application is deployed to.

    Attributes
    ----------
    local : bool
        Runs on the emulator: nothing is retained, tests may read the alerts, and functions run on the host's CPU.
    order_concurrency : int
        Most instances of `execute_orders` at once; bounds the queue's mapping, reserves nothing.
    monthly_budget : int
        US dollars after which the profile `full` warns.
    dashboard_origins : tuple of str
        Where a dashboard may be served from that is not the API's own address.
    """

    name: str
    local: bool = False
    log_retention_days: int = 30
    log_level: str = "INFO"
    order_concurrency: int = 5
    monthly_budget: int = 30
    dashboard_origins: tuple[str, ...] = ()
    functions: Mapping[str, FunctionSettings] = field(default_factory=lambda: {**FUNCTIONS, **VENUE_FUNCTIONS})

    @property
    def architecture(self) -> Architecture:
        """The CPU the functions run on."""
        if self.local and platform.machine().lower() not in {"arm64", "aarch64"}:
            return "x86_64"
        return "arm64"

    @property
    def layer_platform(self) -> LayerPlatform:
        """The platform whose layers are deployed, as `infra.layers` names it."""
        return "host" if self.local else "aws"


LOCAL_DASHBOARD = "http://localhost:5173"
"""Where a dashboard under development is served from; the one that is built shares the API's address."""

ENVIRONMENTS: Mapping[str, Environment] = {
    "local": Environment(
        "local", local=True, log_retention_days=1, order_concurrency=4, dashboard_origins=(LOCAL_DASHBOARD,)
    ),
    "dev": Environment("dev", log_retention_days=14, monthly_budget=20),
    # Two years: nothing needed to explain the past expires earlier.
    "prod": Environment("prod", log_retention_days=731, order_concurrency=10, monthly_budget=50),
}


def environment(name: str) -> Environment:
    """Return an environment by name.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if name not in ENVIRONMENTS:
        raise SettingsError(f"unknown environment {name!r}: choose one of {', '.join(ENVIRONMENTS)}")
    return ENVIRONMENTS[name]


def profile(name: str) -> Profile:
    """Return a profile by name.

    Raises
    ------
    SettingsError
        If there is none.
    """
    try:
        return Profile(name)
    except ValueError:
        raise SettingsError(f"unknown profile {name!r}: choose one of {', '.join(Profile)}") from None

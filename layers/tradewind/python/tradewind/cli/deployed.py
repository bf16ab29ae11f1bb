"""A deployed environment as commands see it: names from its outputs, clients, tables, and its configuration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.cli.errors import CommandError
from tradewind.cli.paths import built_file, outputs_file, toml_file
from tradewind.domain.configuration import Configuration

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.cli.local import LocalStack

LOCAL = "local"


@dataclass(slots=False)
class Deployed:
    """Handles to one environment.

    Attributes
    ----------
    outputs : mapping
        The stacks' outputs by name: `MarketTable`, `OrderQueueUrl`, `EvaluateBarsFunction`, …
    options : mapping
        Keyword arguments of every client; empty on AWS, where the person's own credentials count.
    """

    environment: str
    outputs: Mapping[str, str]
    options: Mapping[str, Any]
    local: "LocalStack | None" = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client of a service; one for each, since making one costs more than using it."""
        if service not in self._clients:
            import boto3

            self._clients[service] = boto3.session.Session().client(service, **self.options)  # type: ignore[call-overload]
        return self._clients[service]

    def output(self, name: str) -> str:
        """Return an output.

        Raises
        ------
        CommandError
            If this deployment has none of that name.
        """
        if name not in self.outputs:
            raise CommandError(f"the deployed {self.environment} has no {name}: deploy it again")
        return self.outputs[name]

    @cached_property
    def functions(self) -> dict[str, str]:
        """Deployed function names by the product's names, as `evaluate_bars`."""
        deployed = (value for name, value in self.outputs.items() if name.endswith("Function"))
        return {name.rsplit("-", 1)[-1]: name for name in deployed}

    @cached_property
    def market(self) -> "Table":
        """The MARKET table."""
        from tradewind.adapters.dynamodb.table import Table

        return Table(self.client("dynamodb"), self.output("MarketTable"))

    @cached_property
    def ledger(self) -> "Table":
        """The LEDGER table."""
        from tradewind.adapters.dynamodb.table import Table

        return Table(self.client("dynamodb"), self.output("LedgerTable"))

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration that was built for this environment and deployed with it."""
        from tradewind.bootstrap import load_configuration

        return load_configuration(self.configuration_file)

    @property
    def configuration_file(self) -> Path:
        """Where it lies."""
        return built_file(self.environment)


def of_local(stack: "LocalStack") -> Deployed:
    """Return the handles of a local stack."""
    return Deployed(LOCAL, stack.outputs, stack.client_options, stack)


def connect(environment: str) -> Deployed:
    """Return the handles of an environment that is up.

    Raises
    ------
    CommandError
        If it is not; it says what to do.
    """
    if environment == LOCAL:
        return _connect_local()
    path = outputs_file(environment)
    if not path.is_file():
        from tradewind.cli.configuration.reading import read

        read(toml_file(environment))  # a name that nobody described is told with those that there are
        raise CommandError(f"nothing is deployed as {environment} from here: run `make deploy ENV={environment}` first")
    written = json.loads(path.read_text())
    outputs = {key: value for part in written.values() for key, value in part.items()} if _nested(written) else written
    return Deployed(environment, outputs, {})


def _connect_local() -> Deployed:
    from tradewind.cli.local import current

    stack = current()
    if stack is None:
        raise CommandError("no local stack is running: start one with `make run` or `tradewind local up`")
    return of_local(stack)


def _nested(written: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Mapping) for value in written.values())

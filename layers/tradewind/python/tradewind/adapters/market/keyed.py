"""Providers that ask for credentials: where those lie, and a provider that is built once they can be read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.adapters.secrets import Secrets
from tradewind.application.failover import Provider
from tradewind.application.ports_market import Answer, BarSource
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

LASTS = 900.0
"""Seconds for which credentials are used before they are read again."""


@dataclass(frozen=True, slots=True)
class SecretVariables(Mapping[str, str]):
    """Environment variables, some of which lie elsewhere and are read when they are asked for.

    Attributes
    ----------
    places : mapping
        Where a variable's value lies, by its name: `ssm:/PATH` or `secretsmanager:NAME`.
    """

    variables: Mapping[str, str]
    places: Mapping[str, str]
    secrets: Secrets

    def __getitem__(self, name: str) -> str:
        """Return a variable.

        Raises
        ------
        KeyError
            If there is none of that name.
        TransientError, PermanentError
            If what should lie elsewhere is not there, or is not what it should be.
        """
        place = self.places.get(name)
        if not place:
            return self.variables[name]
        together = [one for one, where in self.places.items() if where == place]
        return self.secrets.row(place, *together)[name]

    def __iter__(self) -> Iterator[str]:
        yield from {**self.variables, **self.places}

    def __len__(self) -> int:
        return len({**self.variables, **self.places})


@dataclass(slots=True)
class KeyedSource(BarSource):
    """A provider that is built when it is first asked, and again when its credentials may have changed.

    Credentials that are missing fail its own calls and nobody else's: whoever stands beside it serves all the same.

    Attributes
    ----------
    build : callable
        Raises where the credentials cannot be read.
    clock : callable
        Seconds.
    """

    build: Callable[[], Provider]
    clock: Callable[[], float]
    _built: list[tuple[float, Provider]] = field(default_factory=list)

    def expect(self, instruments: int) -> None:
        """Say how many instruments are about to be asked for."""
        self._provider().expect(instruments)

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return closed bars.

        Raises
        ------
        TransientError
            If the credentials are not there, or the provider could not be asked at all.
        """
        return self._provider().source.bars(instruments, timeframe, since_close, until)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return when an instrument's first bar opens, or 0 if nobody can be asked."""
        try:
            return self._provider().source.listed_since(instrument, timeframe)
        except TransientError:
            return 0

    def _provider(self) -> Provider:
        if not self._built or self.clock() - self._built[0][0] > LASTS:
            try:
                self._built = [(self.clock(), self.build())]
            except PermanentError as error:
                raise TransientError(str(error)) from error
        return self._built[0][1]

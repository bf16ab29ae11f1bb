"""The wire to a venue's private side: one request, and what is known of its fate where no answer came.

TransientError
├── NotSentError   the request never left: it has done nothing
├── LostError      it may have arrived
└── VenueError     the venue answered, and said no (see `problem`)
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from tradewind.domain.errors import TransientError

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NotSentError(TransientError):
    """The request never left."""


class LostError(TransientError):
    """The request may have arrived; its answer did not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wire:
    """One HTTP client, which keeps its connections.

    Attributes
    ----------
    timeout : float
        Seconds to connect, and seconds of silence after which an answer counts as lost.
    """

    title: str
    base_url: str
    timeout: float = 5.0
    _clients: dict[str, httpx.Client] = field(default_factory=dict, repr=False)

    def send(self, method: str, target: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Send one request, whose target and body stand as they were signed.

        Raises
        ------
        NotSentError, LostError
            If no whole answer came.
        """
        try:
            response = self._client().request(
                method, httpx.URL(self.base_url + target), content=body.encode(), headers=dict(headers)
            )
        except _NEVER_LEFT as error:
            raise NotSentError(f"{self.title} cannot be reached: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise LostError(f"the answer of {self.title} was lost: {type(error).__name__}") from None
        return Answer(response.status_code, response.content, response.headers)

    def _client(self) -> httpx.Client:
        if "open" not in self._clients:
            logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every URL
            limits = httpx.Limits(max_keepalive_connections=4, keepalive_expiry=30)
            self._clients["open"] = httpx.Client(
                timeout=self.timeout, limits=limits, headers={"User-Agent": "tradewind"}
            )
        return self._clients["open"]

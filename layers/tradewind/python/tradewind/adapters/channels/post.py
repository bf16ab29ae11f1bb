"""One way to post to another company's server: patient where it may pass, and silent about addresses.

An address may be a password, so it appears in no log and no error; only its host does.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from tradewind.adapters.clock import JitterPause
from tradewind.application.ports import Pause
from tradewind.domain.errors import PermanentError, TransientError

# Both libraries log whole addresses.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_MAY_PASS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})

type Refused = Callable[[httpx.Response], str]
"""What a server's answer says is wrong although its status says nothing."""


@dataclass(frozen=True, slots=True)
class Post:
    """Posting with retries.

    Attributes
    ----------
    timeout : float
        Seconds that each part of an attempt may take.
    """

    what: str
    attempts: int = 3
    timeout: float = 5.0
    pause: Pause = field(default_factory=JitterPause)
    client: httpx.Client = field(default_factory=httpx.Client, repr=False)

    def __call__(
        self, alert_id: str, url: str, body: Any, headers: Mapping[str, str], refused: Refused = lambda _: ""
    ) -> None:
        """Post JSON.

        Raises
        ------
        TransientError
            If every attempt failed in a way that may pass.
        PermanentError
            If the receiver refuses it, or the address is none.
        """
        failure = self._try(alert_id, url, body, headers, refused)
        for attempt in range(1, self.attempts):
            if not failure:
                return
            self.pause.before_retry(attempt)
            failure = self._try(alert_id, url, body, headers, refused)
        if failure:
            raise TransientError(f"alert {alert_id}: {self._receiver(url)} failed {self.attempts} times: {failure}")

    def _try(self, alert_id: str, url: str, body: Any, headers: Mapping[str, str], refused: Refused) -> str:
        """Post once; return what went wrong for now, or an empty string."""
        refusal = ""
        try:
            answer = self.client.post(url, json=body, headers=dict(headers), timeout=self.timeout)
            status = answer.status_code
        # These errors' texts hold the address: only their kind is told.
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            refusal = type(error).__name__
        except httpx.HTTPError as error:
            return type(error).__name__
        else:
            if HTTPStatus(200) <= status < HTTPStatus(300) and not refused(answer):
                return ""
            if status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return f"status {status}"
            refusal = refused(answer) or f"status {status}"
        raise PermanentError(f"alert {alert_id}: {self._receiver(url)} refused it for good: {refusal}")

    def _receiver(self, url: str) -> str:
        return f"the {self.what} at {urlsplit(url).hostname}"

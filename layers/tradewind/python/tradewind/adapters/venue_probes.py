"""Asking venues through the one function that holds their keys and may be called for it."""

import json
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.aws import translated
from tradewind.application.probe_venue import Probed, VenueProbes
from tradewind.domain.errors import TransientError

PATIENCE = 12.0
"""Seconds to wait for the answer: less than the API's function has itself, more than one question to a venue takes."""


@dataclass(frozen=True, slots=True)
class LambdaProbes(VenueProbes):
    """One function, called with the account's name and nothing else."""

    client: Any
    function: str

    def __call__(self, account: str) -> Probed:
        """Call it and wait.

        Raises
        ------
        TransientError
            If it does not answer, or fails.
        """
        with translated(f"test the connection of {account}"):
            answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps({"test": account}).encode())
            told = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):  # its log says more; what it raised is not for a screen
            raise TransientError(f"the connection of {account} could not be tested: {self.function} failed")
        return Probed(**told)

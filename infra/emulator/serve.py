"""Start the emulator, told not to doze between the batches of a replay in lockstep.

Its poller sleeps 50 ms after a wake that found nothing to do, so that other tenants' traffic does not keep it busy.
Here there is one tenant, and the end of every queue batch is such a wake: each step of a replay would wait it out.

After each call it also listens 5 ms for more lines of the function's log, which these functions have written before
they answer; a line that came later would be read with the next call's.

Its API gateway asks for the user pool's keys over plain HTTP, which a port that speaks TLS never answers: every token
would be refused. It gets them from the pool itself.
"""

import json
import sys
from functools import partialmethod
from typing import Any

from hypercorn.__main__ import main
from ministack.core.lambda_runtime import Worker
from ministack.services import apigateway, cognito, lambda_svc

_PAUSE = 0.001

if not hasattr(lambda_svc, "_ESM_IDLE_WAKE_GAP_SECONDS") or not hasattr(Worker, "_drain_stderr_bounded"):
    sys.exit("this ministack has no idle pauses to shorten: review infra/emulator/serve.py with its new version")
lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _PAUSE  # noqa: SLF001 - there is no setting for it
Worker._drain_stderr_bounded = partialmethod(Worker._drain_stderr_bounded, idle_confirm=_PAUSE)  # noqa: SLF001


async def _keys_of_the_pool(url: str) -> dict[str, Any]:
    """Return the keys that sign a user pool's tokens; the pool's id is the first part of the path."""
    _, _, body = cognito.well_known_jwks(url.split("/")[3])
    keys: dict[str, Any] = json.loads(body)
    return keys


if not hasattr(apigateway, "_fetch_jwks"):
    sys.exit("this ministack verifies tokens in another way: review infra/emulator/serve.py with its new version")
apigateway._fetch_jwks = _keys_of_the_pool  # noqa: SLF001 - there is no setting for it
sys.exit(main(sys.argv[1:]))

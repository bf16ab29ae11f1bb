"""What a fresh process does in the cold start benchmark: it is run as a script, without site-packages.

The first argument is a JSON object: `path` (folders of imports), `kind` (`floor` or `function`), `event`, and for a
function `handler` (its file) and `kraken` (a base URL to ask in Kraken's place, or nothing).
"""

import json
import sys
from typing import Any


def floor(work: dict[str, Any]) -> None:
    """Import boto3, make a DynamoDB client, put one item: less than this no function of this kind can cost."""
    import boto3  # noqa: PLC0415

    boto3.client("dynamodb").put_item(**work["event"])


def function(work: dict[str, Any]) -> None:
    """Import a function and let it handle one event."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415

    spec = spec_from_file_location("handler", work["handler"])
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if work.get("kraken"):
        from tradewind.adapters.market.kraken import KrakenProvider  # noqa: PLC0415

        # Only where and how fast it asks is changed: the first two defaults, base URL and pace.
        kept: Any = KrakenProvider.__init__
        kept.__defaults__ = (work["kraken"], 0.0, *kept.__defaults__[2:])
    print(json.dumps(module.handler(work["event"], None)))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.path[:0] = given["path"]
    {"floor": floor, "function": function}[given["kind"]](given)

"""What research found once over the recorded stocks, published for the pages Backtests and Research to show.

`tests/samples/dashboard` holds it as `tradewind backtest --publish` and `tradewind optimize --publish` made it.
"""

import json
from pathlib import Path
from typing import Any

from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.studies import S3Studies, Study

BACKTEST, SEARCH = "five-stocks", "pullback-search"
_SAMPLES = Path(__file__).parent / "samples" / "dashboard"
_FOUND_AT = 1_763_740_800_000


def publish(s3: Any, bucket: str) -> None:
    """Put both findings where the API looks for them."""
    for kind, name in (("backtests", BACKTEST), ("research", SEARCH)):
        sample = json.loads((_SAMPLES / f"{kind}.json").read_text())
        S3Studies(S3Store(s3, bucket), kind).keep(Study(name, _FOUND_AT, sample["figures"]), sample["whole"])

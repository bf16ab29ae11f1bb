"""What a function finds around it: environment variables, and a small configuration of one paper account."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).parents[2] / "functions"
ACME = "ACME.TEST"

CONFIGURATION: Mapping[str, Any] = {
    "environment": "test",
    "clock": "replay",
    "shards": [{"name": "daily", "timeframe": "1d", "provider": "replay", "instruments": [ACME]}],
    "instruments": {ACME: {"tick": "0.01", "lot": "1"}},
    "accounts": [{"name": "paper", "venue": "PAPER", "cash": "100000", "fee_bps": 0, "slippage_bps": 0}],
    "strategies": [{"name": "rsi_pullback_pro", "account": "paper", "timeframe": "1d"}],
}


def write_configuration(folder: Path, **changes: Any) -> Path:
    path = folder / "configuration.json"
    path.write_text(json.dumps({**CONFIGURATION, **changes}))
    return path


def variables(configuration: Path, **names: str) -> dict[str, str]:
    """Return a function's environment variables; whatever the laptop's own say of AWS is overruled."""
    return {
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "000000000000",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "POWERTOOLS_SERVICE_NAME": "test",
        "TRADEWIND_ENVIRONMENT": "test",
        "CONFIGURATION_PATH": str(configuration),
        "MARKET_TABLE": "market",
        "LEDGER_TABLE": "ledger",
        "ORDER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders.fifo",
        "ORDER_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders-dlq.fifo",
        "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
        "DATA_BUCKET": "data",
        "WATCHED_QUEUES": "[]",
        "USER_POOL_CLIENT_ID": "client",
        "FUNCTION_SIZES": '{"http_api": 1024}',
        "USER_STRATEGIES_PATH": "/nonexistent",
        **names,
    }

"""The same order twice within moments is one order that was sent twice."""

from decimal import Decimal

from tradewind.domain.repeats import REPEATED_WITHIN
from tradewind.risk.request import Denial, RiskRequest


def duplicate_order(request: RiskRequest) -> Denial | None:
    """Deny what was asked a moment ago under another key; only what people and webhooks ask is remembered."""
    for ts, known in request.account.lately:
        ago = request.now - ts
        if known == request.fingerprint and abs(ago) < REPEATED_WITHIN:
            text = f"the same was ordered {ago / 1000:.0f} s ago under another key: if you mean it, ask again soon"
            return Denial("DUPLICATE_ORDER", Decimal(REPEATED_WITHIN - ago), Decimal(0), text)
    return None

"""Real money trades only while somebody has armed it, and no more of it than was armed."""

from decimal import Decimal

from tradewind.risk.request import Denial, RiskRequest


def arming(request: RiskRequest) -> Denial | None:
    """Deny real money that nobody has armed, whose arming has expired, or beyond the amount that was armed."""
    if not request.live:
        return None
    armed = request.control.arming
    if armed is None:
        return Denial("NOT_ARMED", Decimal(0), Decimal(1), "nobody has armed it: `tradewind live arm`")
    if request.now >= armed.until:
        late = Decimal(request.now - armed.until)
        return Denial("ARMING_EXPIRED", late, Decimal(0), f"it ended {late / 60_000:.0f} minutes ago: arm it again")
    tied = request.account.exposure + request.reserved
    return Denial("ARMED_AMOUNT", tied, armed.amount) if tied > armed.amount else None

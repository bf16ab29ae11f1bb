"""What a backtest is: an account, its strategies, bars, and what it does beyond the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tradewind.application.desk import AtWork
from tradewind.backtest import layout
from tradewind.backtest.bars import Bars
from tradewind.backtest.verdict import CONFIRMING, OTHER, REQUIRED
from tradewind.domain.configuration import AccountRules, Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument
from tradewind.domain.membership import Belonging
from tradewind.strategies.base import GateKind, Strategy

_KINDS = {
    GateKind.REQUIRED: REQUIRED,
    GateKind.CONFIRMING: CONFIRMING,
}
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Extras:
    """What a backtest can do that the pipeline does not.

    Attributes
    ----------
    fixed_quantity : float
        Size every entry at this many shares or coins; 0 to size by risk.
    volume_share : float
        Most of a bar's volume that one order may take; 0 for any. What an entry does not get is canceled; an exit goes
        on at the next bar.
    close_delisted : bool
        Close what is held of an instrument at the close of its last bar, where others go on.
    """

    fixed_quantity: float = 0.0
    volume_share: float = 0.0
    close_delisted: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """One account's backtest: who trades what, under which rules.

    Attributes
    ----------
    at_work : sequence of AtWork
        The account's strategies, in the configuration's order.
    bars : Bars
        In the order of the configuration's shards.
    universe : Belonging or None
        Whoever does not belong to it on a bar takes no new risk there.
    """

    configuration: Configuration
    account: AccountRules
    at_work: Sequence[AtWork]
    bars: Bars
    extras: Extras = field(default_factory=Extras)
    universe: Belonging | None = None

    @property
    def strategies(self) -> list[Strategy]:
        """Return the strategies."""
        return [one.strategy for one in self.at_work]

    @property
    def instruments(self) -> list[Instrument]:
        """Return the instruments."""
        return [self.configuration.instrument(name) for name in self.bars.names]

    @property
    def rules(self) -> layout.Rules:
        """Return the account's rules as numbers."""
        limits, extras = self.account.limits, self.extras
        return layout.Rules(
            float(limits.exposure),
            float(limits.instrument_exposure),
            float(limits.daily_loss),
            limits.open_positions,
            limits.collar_bps,
            self.account.fee_bps,
            self.account.slippage_bps,
            extras.volume_share,
            extras.fixed_quantity,
            float(limits.strategy_exposure),
            float(limits.drawdown),
            float(limits.order_notional),
            limits.orders_per_minute,
            self.configuration.trade_from,
            self.bars.timeframe.ms,
            self.account.remembers,
            int(self.universe is not None),
        )

    def kinds(self, strategy: Strategy) -> tuple[int, ...]:
        """Return the kind of each gate as a number."""
        return tuple(_KINDS.get(gate.kind, OTHER) for gate in strategy.gates)


def prepare(
    configuration: Configuration,
    at_work: Sequence[AtWork],
    bars: Bars,
    extras: Extras | None = None,
    universe: Belonging | None = None,
) -> Setup:
    """Put a backtest of the configuration's only account together.

    Raises
    ------
    BadInputError
        If there are several accounts, or a strategy has more gates or exits than there is room for.
    """
    if len(configuration.accounts) != 1:
        raise BadInputError("a backtest takes one account: accounts share nothing, so run one after the other")
    names = [name for shard in configuration.shards for name in shard.instruments]
    for one in at_work:
        _check(one.strategy)
    return Setup(configuration, configuration.accounts[0], at_work, bars.ordered(names), extras or Extras(), universe)


def _check(strategy: Strategy) -> None:
    gates, exits = layout.FIRST_EXIT - layout.FIRST_GATE, layout.CODES - layout.FIRST_EXIT
    if len(strategy.gates) > gates or len(strategy.exit_reasons) > exits:
        raise BadInputError(f"strategy {strategy.name}: at most {gates} gates and {exits} exits can be backtested")


def coarse(instrument: Instrument, cash: Decimal) -> int:
    """Return how many lots of an instrument are one lot of the backtest.

    Lots × ticks must fit into 64 bits for a hundred times the cash. Sizes have eight significant digits at the most
    (`risk.position_size`), so the lots that are joined here are joined there already.
    """
    most, lots = 100 * cash / (instrument.tick * instrument.lot), 1
    while most > _MOST * lots:
        lots *= 10
    return lots

"""A desk, and who compares its books with its venue's."""

from decimal import Decimal

from tests.fakes.evaluator_stores import FakeOrderQueue
from tests.fakes.ledger import FakeControls, FakeHealthBoard, FakeJournal, FakeReconciliations
from tests.fakes.world import FakePause
from tests.unit.application.at_venue.desk import COINS, Desk
from tradewind.application.publish_events import SYSTEM
from tradewind.application.reconcile import Reconcile, Reconciled
from tradewind.application.switch import SwitchTrading
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.ledger import Account
from tradewind.domain.messages import from_json, to_json
from tradewind.execution.reconciling import NOWHERE


class Office:
    """A desk, and who compares its books with its venue's."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.queue, items = desk, FakeOrderQueue(), desk.ledger.items
        self.controls, journal, pause = FakeControls(items), FakeJournal(items), FakePause()
        self.reconcile = Reconcile(
            configuration=desk.configuration,
            ledger=desk.ledger,
            queue=self.queue,
            board=FakeHealthBoard(items, "RECONCILE"),
            journal=journal,
            switch=SwitchTrading(self.controls, journal, pause),
            marks=FakeReconciliations(items),
            clock=desk.clock,
            pause=pause,
            venues={COINS: desk.at.venue},
        )

    def run(self, wait: float = 61) -> Reconciled:
        """Compare after a while, and let the executor do what that asked for."""
        self.desk.at.time.sleep(wait)
        self.desk.clock.time = self.desk.at.time.ms()
        (found,) = self.reconcile()
        waiting, self.queue.sent = self.queue.sent, []
        for message in waiting:
            self.desk.execute(from_json(to_json(message)))
        return found

    def settled(self) -> Reconciled:
        """Compare until nothing is asked for any more."""
        for _ in range(4):
            found = self.run()
            if found.is_alike:
                return found
        return found

    def accept(self) -> None:
        message = CommandMessage(Command.ACCEPT, COINS, NOWHERE, self.desk.clock.time, "I took it", "ana", "k")
        self.desk.execute(message)

    @property
    def account(self) -> Account:
        return self.desk.ledger.items.accounts[COINS]

    @property
    def coin(self) -> str:
        return self.desk.at.symbol.partition("-")[0]

    @property
    def money(self) -> str:
        return self.desk.at.symbol.partition("-")[2]

    def events(self, kind: str) -> list[str]:
        journals = self.desk.ledger.items.journals
        return [one.text for name in (COINS, SYSTEM) for each in journals.get(name, []) for one in each.events
                if one.kind == kind]  # fmt: skip

    def proves(self) -> None:
        """Hold both sides beside each other, to the last digit but for what is a matter of rounding."""
        venue, account = self.desk.at.book.balances, self.account
        held = sum((one.quantity for one in self.desk.book.positions), Decimal(0))
        assert abs(venue[self.coin] - held - account.apart.get(self.coin, Decimal(0))) < Decimal("0.00001")
        assert abs(venue[self.money] - account.cash - account.apart.get(self.money, Decimal(0))) <= Decimal("0.01")
        assert account.cash + self.desk.book.exposure == account.opening + account.realised


def adopted(office: Office) -> Office:
    assert office.settled().is_alike
    return office

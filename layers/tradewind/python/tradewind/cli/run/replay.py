"""A replay from its first to its last step, on a stack that is up."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tradewind.cli.bars import pack_dataset
from tradewind.cli.configuration.building import canonical
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.report.export import export
from tradewind.cli.report.files import write_json
from tradewind.cli.report.summary import RunFacts, Summary
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.display import Display
from tradewind.cli.run.inbox import Delivered, drain
from tradewind.cli.run.lockstep import Lockstep
from tradewind.cli.run.plan import RunPlan

SYSTEM = "system"
_FAILURES = ("OrderDlqUrl",)


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay.

    Attributes
    ----------
    console : Console
        Where progress is shown; a quiet one shows nothing.
    say : callable
        Told in a few words what is being done.
    """

    deployed: Deployed
    plan: RunPlan
    folder: Path
    console: Console
    say: Callable[[str], None]

    def __call__(self) -> Summary:
        """Prepare, replay, and write the results."""
        self._prepare()
        facts, delivered = self._replay()
        self.say("writing the results")
        write_json(self.folder / "alerts.json", list(delivered.alerts))
        return export(self.deployed, self.folder, facts)

    def _prepare(self) -> None:
        self._same_configuration()
        self.say("clearing what an earlier run left")
        clear(self.deployed)
        self.say("uploading the recorded bars")
        s3, bucket = self.deployed.client("s3"), self.deployed.output("DataBucket")
        for key, data in pack_dataset(self.plan.series).items():
            s3.put_object(Bucket=bucket, Key=key, Body=data)

    def _same_configuration(self) -> None:
        """Refuse to replay on functions that read another configuration."""
        if self.deployed.configuration_file.read_text("utf-8") != canonical(self.plan.configuration):
            raise CommandError("the running stack has another configuration: use `make run`, which deploys this one")

    def _replay(self) -> tuple[RunFacts, Delivered]:
        begun = time.monotonic()
        lockstep = Lockstep(self.deployed, self.plan.shards)
        with Display(self.deployed, len(self.plan.traded), self.plan.timeframe.ms, self.console).shown() as display:
            lockstep.wake()
            if self.plan.warm_up:
                lockstep.step(self.plan.warm_up[-1])
            display.begin()
            first = time.monotonic()
            for done, ts in enumerate(self.plan.traded, start=1):
                lockstep.step(ts)
                display.stepped(done, ts)
            stepping = time.monotonic() - first
        lockstep.announced([*(account.name for account in self.deployed.configuration.accounts), SYSTEM])
        delivered = drain(self.deployed)
        facts = RunFacts(
            alerts=len(delivered.alerts),
            repeated=delivered.repeated,
            refused_bars=lockstep.refused,
            dead_letters=_dead_letters(self.deployed),
            seconds=time.monotonic() - begun,
            step_seconds=stepping,
        )
        return facts, delivered


def _dead_letters(deployed: Deployed) -> int:
    urls = [url for name, url in deployed.outputs.items() if name in _FAILURES or name.endswith("FailuresUrl")]
    name = "ApproximateNumberOfMessages"
    sqs = deployed.client("sqs")
    return sum(int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]) for url in urls)

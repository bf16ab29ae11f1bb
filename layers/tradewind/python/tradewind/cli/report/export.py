"""Writing everything about an environment into a folder."""

from pathlib import Path

from tradewind.cli.deployed import Deployed
from tradewind.cli.report import history
from tradewind.cli.report.charts import write_page
from tradewind.cli.report.files import DecisionsFile, write_json, write_ledger
from tradewind.cli.report.reasons import Tally
from tradewind.cli.report.summary import RunFacts, Summary, summarise, to_json


def export(deployed: Deployed, folder: Path, facts: RunFacts) -> Summary:
    """Read the tables once and write every file of a run."""
    tally = Tally()
    file = DecisionsFile(folder / "decisions.parquet")
    for record in history.decisions(deployed):
        tally.add(record)
        file.add(record)
    file.close()
    recorded = history.read(deployed)
    summary = summarise(recorded, tally, facts)
    write_ledger(folder, recorded.orders, recorded.fills)
    write_page(summary, folder / "report.html")
    write_json(folder / "summary.json", to_json(summary))  # last: who sees it may read the others
    return summary

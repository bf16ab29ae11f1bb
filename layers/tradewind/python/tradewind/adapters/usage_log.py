"""What the functions logged of what they used, read from CloudWatch Logs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tradewind.adapters.aws import code_of, translated
from tradewind.application.spending import UsageLog, Use

USED = "used"


@dataclass(frozen=True, slots=True)
class CloudWatchUsage(UsageLog):
    """The functions' log groups.

    Attributes
    ----------
    functions : mapping
        Deployed names by the product's.
    """

    client: Any
    functions: Mapping[str, str]

    def uses(self, start: int, end: int) -> Iterable[Use]:
        """Return the uses logged in [start, end), UTC ms."""
        for name, deployed in self.functions.items():
            for event in self._events(f"/aws/lambda/{deployed}", start, end):
                row = line_of(event["message"])
                if row:
                    yield Use.of(name, int(event["timestamp"]), row)

    def _events(self, group: str, start: int, end: int) -> Iterator[Mapping[str, Any]]:
        """Yield the matching events; a function that never ran has logged nothing."""
        request: dict[str, Any] = {"logGroupName": group, "startTime": start, "endTime": end - 1}
        request["filterPattern"] = f'"{USED}"'
        while True:
            with translated(f"read the log {group}"):
                try:
                    answer = self.client.filter_log_events(**request)
                except ClientError as error:
                    if code_of(error) == "ResourceNotFoundException":
                        return
                    raise
            yield from answer.get("events", ())
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]


def line_of(text: str) -> Mapping[str, Any] | None:
    """Return what a log line says of what was used; None where it speaks of something else."""
    try:
        row = json.loads(text[text.index("{") :])
    except ValueError:
        return None
    return row if isinstance(row, dict) and row.get("message") == USED and "ms" in row else None

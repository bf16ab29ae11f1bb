"""What a deployed environment tells of itself: logs, sizes of tables, and what its functions used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tradewind.adapters.aws import code_of, translated
from tradewind.domain.errors import BadInputError

_LONGEST = 1_000
_PERIOD = 3_600


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log."""

    ts: int
    text: str


@dataclass(frozen=True, slots=True)
class Used:
    """What a function used."""

    invocations: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Observing:
    """Clients of the services that observe.

    Attributes
    ----------
    prefix : str
        What the names of the environment's functions begin with.
    """

    logs: Any
    dynamodb: Any
    cloudwatch: Any
    prefix: str

    def tail(self, function: str, words: str, since: int, until: int, limit: int, token: str) -> tuple[list[Line], str]:
        """Return lines of a function's log in a span of time, oldest first, and where to go on.

        A function that never ran has logged nothing.
        """
        request: dict[str, Any] = {"startTime": since, "endTime": until, "limit": limit}
        request |= {"filterPattern": f'"{words}"'} if words else {}
        request |= {"nextToken": token} if token else {}
        with translated(f"read the log of {function}"):
            try:
                answer = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.prefix}{function}", **request)
            except ClientError as error:
                if token and code_of(error) == "InvalidParameterException":
                    raise BadInputError("this cursor is none of this list: begin again without one") from error
                if code_of(error) != "ResourceNotFoundException":
                    raise
                return [], ""
        lines = [Line(one["timestamp"], one["message"].strip()[:_LONGEST]) for one in answer["events"][:limit]]
        return lines, str(answer.get("nextToken", ""))

    def size(self, table: str) -> tuple[int, int]:
        """Return a table's number of items and its bytes."""
        with translated(f"describe {table}"):
            found = self.dynamodb.describe_table(TableName=table)["Table"]
        return int(found.get("ItemCount", 0)), int(found.get("TableSizeBytes", 0))

    def used(self, functions: Sequence[str], since: int, until: int) -> Mapping[str, Used]:
        """Return what functions used in a span of time, UTC ms."""
        asked = [(name, metric) for name in functions for metric in ("Invocations", "Duration")]
        queries = [self._query(place, *one) for place, one in enumerate(asked)]
        span = {"StartTime": _moment(since), "EndTime": _moment(until)}
        with translated("read the functions' metrics"):
            answer = self.cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
        sums = {one["Id"]: sum(one["Values"]) for one in answer["MetricDataResults"]}
        values = {one: sums.get(f"m{place}", 0.0) for place, one in enumerate(asked)}
        return {name: Used(int(values[name, "Invocations"]), values[name, "Duration"]) for name in functions}

    def _query(self, place: int, function: str, metric: str) -> dict[str, Any]:
        dimensions = [{"Name": "FunctionName", "Value": f"{self.prefix}{function}"}]
        named = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": f"m{place}", "MetricStat": {"Metric": named, "Period": _PERIOD, "Stat": "Sum"}}


def _moment(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)

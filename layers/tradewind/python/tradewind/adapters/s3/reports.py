"""Reports as files in the data bucket: `reports/2026-03-29T09:00.html`, and the same as text."""

from dataclasses import dataclass
from typing import Any

from tradewind.adapters.aws import translated

PREFIX = "reports/"


@dataclass(frozen=True, slots=True)
class S3Reports:
    """The reports of one environment."""

    client: Any
    bucket: str

    def keep(self, name: str, text: str, html: str) -> str:
        """Store a report in the place of what was there; return the HTML's key."""
        for ending, body, kind in (("txt", text, "text/plain"), ("html", html, "text/html")):
            with translated(f"keep the report {name}"):
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=f"{PREFIX}{name}.{ending}",
                    Body=body.encode(),
                    ContentType=f"{kind}; charset=utf-8",
                )
        return f"{PREFIX}{name}.html"

    def names(self, limit: int, before: str = "") -> list[str]:
        """Return the names of the latest reports, or of the latest before one of them, the latest first."""
        with translated("list reports"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX)
            keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        names = sorted({key.removeprefix(PREFIX).rpartition(".")[0] for key in keys}, reverse=True)
        return [one for one in names if not before or one < before][:limit]

    def text(self, name: str, ending: str) -> str:
        """Return a report as `txt` or `html`.

        Raises
        ------
        PermanentError
            If there is none.
        """
        with translated(f"read the report {name}"):
            answer = self.client.get_object(Bucket=self.bucket, Key=f"{PREFIX}{name}.{ending}")
            return str(answer["Body"].read().decode())

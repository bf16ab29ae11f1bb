"""What a function learns from its environment variables, and nothing more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tradewind.domain.errors import BadInputError


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    """A view of the environment variables; each is read when it is asked for, since no function has them all."""

    variables: Mapping[str, str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "RuntimeSettings":
        """Take a view of `os.environ` or of a test's own mapping."""
        return cls(environ)

    @property
    def environment(self) -> str:
        """`local`, `dev` or `prod`."""
        return self._of("TRADEWIND_ENVIRONMENT")

    @property
    def market_table(self) -> str:
        """Name of the MARKET table."""
        return self._of("MARKET_TABLE")

    @property
    def ledger_table(self) -> str:
        """Name of the LEDGER table."""
        return self._of("LEDGER_TABLE")

    @property
    def order_queue_url(self) -> str:
        """URL of the FIFO order queue."""
        return self._of("ORDER_QUEUE_URL")

    @property
    def order_dlq_url(self) -> str:
        """URL of its dead-letter queue."""
        return self._of("ORDER_DLQ_URL")

    @property
    def alert_topic_arn(self) -> str:
        """ARN of the alert topic."""
        return self._of("ALERT_TOPIC_ARN")

    @property
    def people_topics(self) -> Mapping[str, str]:
        """ARN of the topics that reach people, by the kind of channel; only those that are deployed."""
        named = {"email": "EMAIL_TOPIC_ARN", "sms": "SMS_TOPIC_ARN"}
        return {kind: self.variables[name] for kind, name in named.items() if self.variables.get(name)}

    @property
    def data_bucket(self) -> str:
        """Name of the data bucket."""
        return self._of("DATA_BUCKET")

    @property
    def function_sizes(self) -> Mapping[str, int]:
        """Memory of each function in MiB, by its name."""
        sizes: dict[str, int] = json.loads(self._of("FUNCTION_SIZES"))
        return sizes

    @property
    def user_pool_client(self) -> str:
        """Id of the user pool's client, through which people log in."""
        return self._of("USER_POOL_CLIENT_ID")

    @property
    def reconcile_function(self) -> str:
        """Name of the function that asks venues; empty where no account has one."""
        return self.variables.get("RECONCILE_FUNCTION", "")

    @property
    def configuration_path(self) -> Path:
        """Where the environment's configuration lies."""
        return Path(self._of("CONFIGURATION_PATH"))

    @property
    def user_strategies(self) -> Path | None:
        """Folder of the user's own strategies, if they were deployed."""
        folder = Path(self.variables.get("USER_STRATEGIES_PATH", "/opt/user_strategies"))
        return folder if folder.is_dir() else None

    @property
    def provider_keys(self) -> Mapping[str, str]:
        """Where the credentials of market data providers lie, by the variables that else would hold them."""
        places: dict[str, str] = json.loads(self.variables.get("PROVIDER_KEYS", "{}"))
        return places

    @property
    def metered(self) -> tuple[str, ...]:
        """Deployed names of the functions whose logs say what they used."""
        return tuple(filter(None, self.variables.get("METERED", "").split(",")))

    @property
    def version(self) -> str:
        """Digest of the deployed code; `unknown` where nobody said."""
        return self.variables.get("TRADEWIND_VERSION", "unknown")

    @property
    def run(self) -> str:
        """Which replay this is; empty where time is real."""
        return self.variables.get("TRADEWIND_RUN", "")

    @property
    def watched_queues(self) -> Mapping[str, str]:
        """URLs of the queues that should be empty, by name."""
        listing = self._of("WATCHED_QUEUES")
        try:
            return {row["name"]: row["url"] for row in json.loads(listing)}
        except (ValueError, TypeError, KeyError):
            raise BadInputError(
                f"environment variable WATCHED_QUEUES must be a JSON list of {{name, url}}, not {listing!r}"
            ) from None

    def _of(self, name: str) -> str:
        value = self.variables.get(name, "")
        if not value:
            raise BadInputError(f"environment variable {name} is not set: deploy the stack again, it sets them all")
        return value

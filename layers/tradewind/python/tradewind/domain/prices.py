"""List prices of AWS: us-east-1, on demand, arm64, no free tier. A price that changed is changed here and nowhere else.

Sources: the pricing pages of DynamoDB, Lambda, SQS, SNS, S3, CloudWatch, EventBridge, KMS, Backup, Secrets Manager and
EC2 (data transfer), as of `DATE`.
"""

from dataclasses import dataclass

DATE = "2025-11-01"
REGION = "us-east-1"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class PriceList:
    """US dollars for one of each; amounts a month are of 730 hours.

    Attributes
    ----------
    write_unit, read_unit : float
        DynamoDB request units.
    storage, recovery, backup : float
        DynamoDB: a GB stored, covered by point-in-time recovery, kept in a backup, for a month.
    compute : float
        Lambda: a GB for a second.
    fifo, standard : float
        SQS: a request of up to 64 kB.
    log, log_storage : float
        CloudWatch Logs: a GB taken in; a GB kept for a month (as compressed).
    alarm, dashboard, key, secret : float
        Each for a month; three dashboards cost nothing.
    """

    write_unit: float = 0.625 / MILLION
    read_unit: float = 0.125 / MILLION
    storage: float = 0.25
    recovery: float = 0.20
    backup: float = 0.10
    compute: float = 0.0000133334
    invocation: float = 0.20 / MILLION
    fifo: float = 0.50 / MILLION
    standard: float = 0.40 / MILLION
    publish: float = 0.50 / MILLION
    schedule: float = 1.00 / MILLION
    log: float = 0.50
    log_storage: float = 0.03
    egress: float = 0.09
    alarm: float = 0.10
    dashboard: float = 3.00
    key: float = 1.00
    key_request: float = 0.03 / 10_000
    secret: float = 0.40


LIST = PriceList()

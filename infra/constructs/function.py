"""A function of the product: its code, its own role, its own log, and the queue where its failures are kept."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import (
    ArnFormat,
    Duration,
    RemovalPolicy,
    Stack,
    Stage,
)
from aws_cdk import (
    aws_iam as iam,
)
from aws_cdk import (
    aws_kms as kms,
)
from aws_cdk import (
    aws_lambda as lambda_,
)
from aws_cdk import (
    aws_lambda_destinations as destinations,
)
from aws_cdk import (
    aws_logs as logs,
)
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.layers import code_version
from infra.constructs.queues import KeptQueue
from infra.settings import Environment

ROOT = Path(__file__).resolve().parent.parent.parent
# Relative to the task's root, Lambda's working directory: the file ships beside the handler that reads it.
CONFIGURATION = "configuration/environment.json"


class TradewindFunction(Construct):
    """One Lambda function with everything that belongs to it alone."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        environment: Environment,
        layers: Sequence[lambda_.ILayerVersion],
        variables: Mapping[str, str],
        files: Mapping[str, Path],
        key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, "".join(word.title() for word in name.split("_")))
        self.name = name
        self.function_name = f"tradewind-{environment.name}-{name}"
        settings = environment.functions[name]
        self.failures = KeptQueue(self, "Failures", f"{self.function_name}-failures", key)
        self._logs = self._log_group(environment)
        self.role = self._role()
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=self.function_name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_architecture(environment),
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(self._staged(files))),
            layers=list(layers),
            role=self.role,
            log_group=self._logs,
            # Of itself Lambda logs what failed: what each call took, the function tells, and metrics tell it again.
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            application_log_level_v2=lambda_.ApplicationLogLevel[environment.log_level],
            memory_size=settings.memory,
            timeout=Duration.seconds(settings.timeout),
            environment={**self._common(environment), **variables},
            on_failure=destinations.SqsDestination(self.failures),
            retry_attempts=2,
            max_event_age=Duration.hours(1),
        )
        _acknowledge(self.function, self.role)

    def may(self, actions: Sequence[str], *resources: str) -> None:
        """Grant actions on resources to this function alone."""
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def may_call(self, variable: str, other: "TradewindFunction | None") -> None:
        """Grant calling one other function, where there is one; a variable tells its name."""
        if other is None:
            return
        self.function.add_environment(variable, other.function_name)
        self.may(("lambda:InvokeFunction",), other.function.function_arn)

    def trace_by_sampling(self) -> None:
        """Let Lambda itself trace one call a second and a twentieth of the rest; nothing is imported for it."""
        function = self.function.node.default_child
        assert isinstance(function, lambda_.CfnFunction)  # noqa: S101 - what a Function is made of
        function.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        self.may(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "*")
        acknowledge(self.role, "AwsSolutions-IAM5[Resource::*]", "X-Ray's two rights to write know no resource.")

    def may_read_logs_of_functions(self, environment: str) -> None:
        """Grant what the environment's functions log: it says what they used."""
        named = f"/aws/lambda/tradewind-{environment}-*"
        arn = Stack.of(self).format_arn(
            service="logs", resource="log-group", resource_name=named, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self.may(("logs:FilterLogEvents",), arn)
        acknowledge(
            self.role,
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:{named}]",
            "The log groups of one environment's functions, which begin alike.",
        )

    def may_read_secrets(self, places: Sequence[str]) -> None:
        """Grant the secrets that a configuration names by their places, and no other."""
        for place in places:
            kind, _, name = place.partition(":")
            if kind == "ssm":
                arn = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=name.lstrip("/"))
                self.may(("ssm:GetParameter",), arn)
                continue
            # Secrets Manager adds six characters to each name.
            arn = Stack.of(self).format_arn(
                service="secretsmanager",
                resource="secret",
                resource_name=f"{name}-??????",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            self.may(("secretsmanager:GetSecretValue",), arn)

    def may_write_keys(self, table: str, *partitions: str) -> None:
        """Grant writing to some of a table's partitions and to no other."""
        actions = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"]
        keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}}
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[table], conditions=keys))

    def _common(self, environment: Environment) -> dict[str, str]:
        return {
            "TRADEWIND_ENVIRONMENT": environment.name,
            "CONFIGURATION_PATH": CONFIGURATION,
            "POWERTOOLS_SERVICE_NAME": self.name,
            "POWERTOOLS_METRICS_NAMESPACE": "Tradewind",
            "LOG_LEVEL": environment.log_level,
            "TRADEWIND_VERSION": code_version(environment),
        }

    def _log_group(self, environment: Environment) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{self.function_name}",
            retention=retention(environment.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY if environment.local else RemovalPolicy.RETAIN,
        )

    def _role(self) -> iam.Role:
        # Not AWSLambdaBasicExecutionRole: it may write to every log group of the account.
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {self.function_name} may do",
        )
        self._logs.grant_write(role)
        return role

    def _staged(self, files: Mapping[str, Path]) -> Path:
        """Lay the handler and its files side by side, as they will be in the task's root."""
        stage = Stage.of(self)
        assert stage is not None  # noqa: S101  an App is itself a stage
        target = Path(stage.outdir) / "functions" / self.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ROOT / "functions" / self.name, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        for place, source in files.items():
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / place)
        return target


def _acknowledge(function: lambda_.Function, role: iam.Role) -> None:
    acknowledge(
        function,
        "Serverless-LambdaTracing",
        "X-Ray costs $134 a month for 611 instruments and 240 ms of each cold start; a correlation id in structured "
        "logs follows a bar to its fill.",
    )
    acknowledge(function, "Serverless-LambdaDLQ", "Failed events go to its on-failure destination, which says why too.")
    for rule in ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"):
        acknowledge(function, rule, "One Python everywhere: .python-version, the lock, the layers' bytecode, Lambda.")
    for action in ("kms:GenerateDataKey*", "kms:ReEncrypt*"):
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Action::{action}]",
            "Variants of one right, on one key, to keep a failed event.",
        )


def _architecture(environment: Environment) -> lambda_.Architecture:
    return lambda_.Architecture.ARM_64 if environment.architecture == "arm64" else lambda_.Architecture.X86_64


def retention(days: int) -> logs.RetentionDays:
    """Return how long logs are kept, as CloudWatch names it."""
    by_days = {1: logs.RetentionDays.ONE_DAY, 14: logs.RetentionDays.TWO_WEEKS, 30: logs.RetentionDays.ONE_MONTH}
    return by_days.get(days, logs.RetentionDays.TWO_YEARS)

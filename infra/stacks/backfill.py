"""Backfills in the cloud: a state machine that plans, fetches series side by side, and verifies."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.alarms import FIVE_MINUTES, Alarms
from infra.constructs.function import TradewindFunction
from infra.settings import Environment

SIDE_BY_SIDE = 5
"""Series that are fetched at once: new AWS accounts have ten functions in all, and live fetches need theirs."""


class BackfillStack(Stack):
    """Plan → a distributed map over series, each fetched until nothing of it is left → verify.

    Every step may be repeated: what is done is remembered in the table, so an execution that failed is simply started
    again with the same input.
    """

    def __init__(
        self, scope: Construct, environment: Environment, worker: TradewindFunction, alarms: sns.ITopic
    ) -> None:
        super().__init__(
            scope,
            "backfill",
            stack_name=f"tradewind-{environment.name}-backfill",
            description="Tradewind: the state machine that fetches the past",
        )
        self._worker = worker
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=f"tradewind-{environment.name}-backfill",
            definition_body=sfn.DefinitionBody.from_chainable(self._definition()),
            timeout=Duration.days(2),
            logs=sfn.LogOptions(destination=self._logs(environment), level=sfn.LogLevel.ERROR),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._acknowledge()
        Alarms(self, f"tradewind-{environment.name}", alarms).above(
            "backfill-failed",
            self.machine.metric_failed(period=FIVE_MINUTES, statistic="Sum"),
            1,
            "A backfill ended before everything that can be had was there.",
        )
        CfnOutput(self, "BackfillMachineArn", value=self.machine.state_machine_arn)

    def _definition(self) -> sfn.IChainable:
        plan = self._step("Plan", {"step": "plan", "days.$": "$.days", "symbols.$": "$.symbols",
                                   "intervals.$": "$.intervals", "provider.$": "$.provider"})  # fmt: skip
        verify = self._step("Verify", {"step": "verify", "name.$": "$.name"})
        whole = sfn.Choice(self, "Is it whole?")
        whole.when(sfn.Condition.boolean_equals("$.whole", True), sfn.Succeed(self, "Whole"))  # noqa: FBT003
        whole.otherwise(
            sfn.Fail(self, "Not whole", error="NotWhole", cause="Start it again with the same input: it goes on.")
        )
        return plan.next(self._map()).next(verify).next(whole)

    def _map(self) -> sfn.DistributedMap:
        every = sfn.DistributedMap(
            self,
            "Every series",
            items_path="$.series",
            max_concurrency=SIDE_BY_SIDE,
            item_selector={
                "step": "fetch",
                "name": sfn.JsonPath.string_at("$.name"),
                "instrument": sfn.JsonPath.string_at("$$.Map.Item.Value.instrument"),
                "timeframe": sfn.JsonPath.string_at("$$.Map.Item.Value.timeframe"),
            },
            # What one series could not fetch is told by the verification; it keeps no other from its turn.
            tolerated_failure_percentage=100,
            map_execution_type=sfn.StateMachineType.STANDARD,
            result_path=sfn.JsonPath.DISCARD,
        )
        every.item_processor(self._until_nothing_is_left())
        return every

    def _until_nothing_is_left(self) -> sfn.IChainable:
        fetch = self._step("Fetch", None, result_path="$.last")
        left = sfn.Choice(self, "Is anything left?")
        left.when(sfn.Condition.number_greater_than("$.last.left", 0), fetch)
        left.otherwise(sfn.Succeed(self, "Nothing left"))
        return fetch.next(left)

    def _step(self, name: str, payload: dict[str, str] | None, result_path: str | None = None) -> tasks.LambdaInvoke:
        step = tasks.LambdaInvoke(
            self,
            name,
            lambda_function=self._worker.function,
            payload=sfn.TaskInput.from_object(payload) if payload else sfn.TaskInput.from_json_path_at("$"),
            result_selector=None if not result_path else {"left.$": "$.Payload.left"},
            output_path="$.Payload" if not result_path else None,
            result_path=result_path,
            retry_on_service_exceptions=False,
        )
        # A provider that is away, or a function that ran out of time: what was done stays done.
        step.add_retry(
            errors=[sfn.Errors.ALL],
            interval=Duration.seconds(5),
            backoff_rate=2,
            max_attempts=6,
            max_delay=Duration.minutes(5),
            jitter_strategy=sfn.JitterType.FULL,
        )
        return step

    def _logs(self, environment: Environment) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/tradewind-{environment.name}-backfill",
            retention=logs.RetentionDays.TWO_WEEKS,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _acknowledge(self) -> None:
        acknowledge(self.machine, "AwsSolutions-SF1", "Errors are logged; every window's outcome is in the table.")
        acknowledge(self.machine, "AwsSolutions-SF2", "X-Ray is used nowhere: each step logs what it did.")
        acknowledge(self.machine, "Serverless-StepFunctionStateMachineXray", "As above.")
        own = 'execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"Machine6FC8AE80"}]}]}'
        # cdk-nag names the function by the compute stack's export.
        function = f"{Stack.of(self._worker).stack_name}:ExportsOutputFnGetAttBackfillBarsFunction8C9AD62DArnA436DDCD"
        for resource, reason in (
            ("*", "Delivery of logs, which the service grants on no narrower resource."),
            (f"{function}:*", "The one function, in any version."),
            (f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:{own}:*", "The map's own executions."),
            (f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:{own}/*:*", "The map's own executions."),
        ):
            acknowledge(self.machine, f"AwsSolutions-IAM5[Resource::{resource}]", reason)

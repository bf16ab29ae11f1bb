"""The stream tier (docs/adr/0010-stream-tier.md): one small container that may hold an exchange's WebSockets.

It stands behind a switch, `-c stream=true`, and is deployed at rest: there is nothing to run in it yet.
"""

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.function import retention
from infra.settings import Environment

CPU, MEMORY = 256, 512
"""A quarter of a core, half a gigabyte: about nine dollars a month on arm64."""

_LEASE = "LEASE#stream"
"""The one item by which a container becomes the one that writes."""


class StreamStack(Stack):
    """A cluster, a service of at most one task, and what that task may do."""

    def __init__(self, scope: Construct, environment: Environment, market: dynamodb.Table) -> None:
        super().__init__(
            scope,
            "stream",
            stack_name=f"tradewind-{environment.name}-stream",
            description="Tradewind: the optional stream tier, at rest",
        )
        self._environment, self._market = environment, market
        self.repository = self._repository()
        vpc = self._vpc()
        cluster = ecs.Cluster(
            self, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENABLED,
            enable_fargate_capacity_providers=True,
        )  # fmt: skip
        self.task = self._task()
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=self.task,
            desired_count=0,
            # Two may run while one takes over from the other: only the holder of the lease writes.
            min_healthy_percent=0,
            max_healthy_percent=200,
            assign_public_ip=True,
            security_groups=[self._nobody_calls(vpc)],
            capacity_provider_strategies=[ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=1)],
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
        )
        CfnOutput(self, "StreamRepository", value=self.repository.repository_uri)
        CfnOutput(self, "StreamService", value=self.service.service_name)

    def _repository(self) -> ecr.Repository:
        return ecr.Repository(
            self,
            "Images",
            repository_name=f"tradewind-{self._environment.name}-stream",
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=5)],
            removal_policy=RemovalPolicy.DESTROY if self._environment.local else RemovalPolicy.RETAIN,
        )

    def _vpc(self) -> ec2.Vpc:
        """Return public subnets without a NAT gateway, which would cost more than everything else together."""
        vpc = ec2.Vpc(
            self, "Network", max_azs=2, nat_gateways=0, restrict_default_security_group=False,
            gateway_endpoints={"DynamoDb": ec2.GatewayVpcEndpointOptions(
                service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)},
            subnet_configuration=[ec2.SubnetConfiguration(
                name="public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False)],
        )  # fmt: skip
        acknowledge(vpc, "AwsSolutions-VPC7", "One task that nobody can call; its own log says whom it talks to.")
        return vpc

    def _nobody_calls(self, vpc: ec2.Vpc) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, "NobodyCalls", vpc=vpc, description="Outwards only", allow_all_outbound=True)

    def _task(self) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=CPU,
            memory_limit_mib=MEMORY,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
            ),
        )
        task.add_container(
            "Stream",
            image=ecs.ContainerImage.from_ecr_repository(self.repository, "current"),
            readonly_root_filesystem=True,
            environment={"TRADEWIND_ENVIRONMENT": self._environment.name, "MARKET_TABLE": self._market.table_name},
            logging=ecs.LogDrivers.aws_logs(stream_prefix="stream", log_group=self._log_group()),
        )
        # Quotes and its own lease, and nothing of what bars, decisions or checkpoints are made of.
        task.task_role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                resources=[self._market.table_arn],
                conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [_LEASE, "QUOTE#*"]}},
            )
        )
        acknowledge(task, "AwsSolutions-ECS2", "Two names, no secrets: public market data needs none.")
        if task.execution_role:
            acknowledge(
                task.execution_role, "AwsSolutions-IAM5[Resource::*]", "ecr:GetAuthorizationToken has no resource."
            )
        return task

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/ecs/tradewind-{self._environment.name}-stream",
            retention=retention(self._environment.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY if self._environment.local else RemovalPolicy.RETAIN,
        )

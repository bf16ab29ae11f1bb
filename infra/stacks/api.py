"""The way in over HTTP: one API, one authorizer, one function."""

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.function import TradewindFunction, retention
from infra.settings import Environment
from infra.stacks.identity import IdentityStack

OPEN = {
    "/api/health/simple": apigateway.HttpMethod.GET,
    "/api/openapi.json": apigateway.HttpMethod.GET,
    "/api/session": apigateway.HttpMethod.ANY,
    "/api/telegram": apigateway.HttpMethod.POST,
    "/api/webhook": apigateway.HttpMethod.POST,
}
"""What needs no token: a sign of life, what the API is, logging in, and what bears a signature of its own."""

# Requests a second over everybody, and how many at once above that: a dashboard asks for about one a second.
RATE, BURST = 20, 40
_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","time":"$context.requestTimeEpoch",'
    '"method":"$context.httpMethod","path":"$context.path","status":"$context.status",'
    '"length":"$context.responseLength","latency":"$context.responseLatency","user":"$context.authorizer.claims.username",'
    '"authorizer":"$context.authorizer.error"}'
)


class ApiStack(Stack):
    """An HTTP API before `http_api`: tokens are verified, calls throttled and logged before it hears of one."""

    def __init__(
        self, scope: Construct, environment: Environment, identity: IdentityStack, function: TradewindFunction
    ) -> None:
        super().__init__(
            scope,
            "api",
            stack_name=f"tradewind-{environment.name}-api",
            description="Tradewind: the HTTP API",
        )
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"tradewind-{environment.name}",
            description="Tradewind: see it and steer it",
            create_default_stage=False,
            cors_preflight=_cors(environment),
        )
        self._stage(environment)
        self._routes(identity, function)
        CfnOutput(self, "ApiId", value=self.api.api_id)
        CfnOutput(self, "ApiUrl", value=self.api.api_endpoint)

    def _stage(self, environment: Environment) -> None:
        log = logs.LogGroup(
            self,
            "Access",
            log_group_name=f"/tradewind/{environment.name}/api-access",
            retention=retention(environment.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY if environment.local else RemovalPolicy.RETAIN,
        )
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=_FORMAT
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=RATE, throttling_burst_limit=BURST, detailed_metrics_enabled=False
            ),
        )

    def _routes(self, identity: IdentityStack, function: TradewindFunction) -> None:
        issuer = f"https://cognito-idp.{self.region}.amazonaws.com/{identity.pool.user_pool_id}"
        authorizer = authorizers.HttpJwtAuthorizer("Tokens", issuer, jwt_audience=[identity.client.user_pool_client_id])
        integration = integrations.HttpLambdaIntegration("Function", function.function)
        # Not ANY: the browser's own question before a request (OPTIONS) is the gateway's to answer.
        methods = [
            apigateway.HttpMethod.GET, apigateway.HttpMethod.POST, apigateway.HttpMethod.PUT,
            apigateway.HttpMethod.PATCH, apigateway.HttpMethod.DELETE,
        ]  # fmt: skip
        self.api.add_routes(path="/api/{proxy+}", methods=methods, integration=integration, authorizer=authorizer)
        for path, method in OPEN.items():
            for route in self.api.add_routes(path=path, methods=[method], integration=integration):
                acknowledge(route, "AwsSolutions-APIG4", "Tells nothing, logs in, or is signed by itself: see OPEN.")


def _cors(environment: Environment) -> apigateway.CorsPreflightOptions | None:
    """Let the dashboard's origin in, where it is another than the API's own."""
    if not environment.dashboard_origins:
        return None
    return apigateway.CorsPreflightOptions(
        allow_origins=list(environment.dashboard_origins),
        allow_methods=[
            apigateway.CorsHttpMethod.GET, apigateway.CorsHttpMethod.POST, apigateway.CorsHttpMethod.PUT,
            apigateway.CorsHttpMethod.PATCH, apigateway.CorsHttpMethod.DELETE,
        ],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-none-match"],
        expose_headers=["etag", "retry-after"],
        allow_credentials=True,
    )  # fmt: skip

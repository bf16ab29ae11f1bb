"""Who may log in: a user pool nobody can join by themselves, and a group for each role."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.settings import Environment

ROLES = {
    "viewer": "Looks at everything, changes nothing",
    "trader": "Trades by hand and cancels, within the limits",
    "admin": "Stops trading and lets it go on",
}
_PASSWORD = cognito.PasswordPolicy(
    min_length=12, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
)


class IdentityStack(Stack):
    """People and their roles; it outlives the API."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(
            scope,
            "identity",
            stack_name=f"tradewind-{environment.name}-identity",
            description="Tradewind: who may log in, and as what",
            termination_protection=not environment.local,
        )
        self.pool = self._pool(environment)
        self.client = self.pool.add_client(
            "Client",
            user_pool_client_name=f"tradewind-{environment.name}",
            # The API's function hands the password on over TLS; browsers never speak to the pool.
            auth_flows=cognito.AuthFlow(user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=Duration.minutes(15),
            id_token_validity=Duration.minutes(15),
            refresh_token_validity=Duration.days(7),
        )
        for precedence, (name, meaning) in enumerate(reversed(ROLES.items())):
            cognito.CfnUserPoolGroup(
                self,
                name.title(),
                user_pool_id=self.pool.user_pool_id,
                group_name=name,
                description=meaning,
                precedence=precedence,
            )
        CfnOutput(self, "UserPoolId", value=self.pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.client.user_pool_client_id)

    def _pool(self, environment: Environment) -> cognito.UserPool:
        kept = not environment.local
        pool = cognito.UserPool(
            self,
            "Users",
            user_pool_name=f"tradewind-{environment.name}",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            sign_in_case_sensitive=False,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            password_policy=_PASSWORD,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=kept,
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
        acknowledge(pool, "AwsSolutions-COG2", "A second factor is offered, and asked of whoever has set one up.")
        for rule in ("AwsSolutions-COG3", "AwsSolutions-COG8"):
            acknowledge(
                pool, rule, "Threat protection is on a dearer plan; nobody can sign up, and calls are throttled."
            )
        return pool

"""The dashboard on AWS: files behind CloudFront, and the API behind the same address, so that there is one origin."""

import json
from pathlib import Path

from aws_cdk import Aws, CfnOutput, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.settings import Environment
from infra.stacks.api import ApiStack

_HERE = Path(__file__).resolve().parent
_HEADERS = _HERE.parent.parent / "web" / "headers.json"
_HSTS = Duration.days(365)
_ACKNOWLEDGED = {
    "AwsSolutions-CFR1": "Whoever may log in may do so from any country.",
    "AwsSolutions-CFR2": "The API behind it is throttled and asks for a token; a firewall would be the dearest part.",
    "AwsSolutions-CFR3": "The API logs each call; the files are the same for everybody and tell nothing.",
    "AwsSolutions-CFR4": "Without a domain of one's own CloudFront's certificate decides: browsers agree on TLS 1.3.",
}


class WebStack(Stack):
    """A bucket that only CloudFront reads, and a distribution before it and the API.

    `tradewind dashboard publish` fills the bucket: the files change without a deploy.
    """

    def __init__(self, scope: Construct, environment: Environment, api: ApiStack) -> None:
        super().__init__(
            scope,
            "web",
            stack_name=f"tradewind-{environment.name}-web",
            description="Tradewind: the dashboard",
        )
        bucket = self._bucket()
        distribution = self._distribution(environment, bucket, api)
        for rule, reason in _ACKNOWLEDGED.items():
            acknowledge(distribution, rule, reason)
        CfnOutput(self, "DashboardBucket", value=bucket.bucket_name)
        CfnOutput(self, "DashboardDistribution", value=distribution.distribution_id)
        CfnOutput(self, "DashboardUrl", value=f"https://{distribution.distribution_domain_name}/dashboard")

    def _bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Files",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # Built from the repository, so there is nothing in it to keep.
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            bucket, "AwsSolutions-S1", "CloudFront alone reads it, and what it reads is the same for everybody."
        )
        return bucket

    def _distribution(self, environment: Environment, bucket: s3.Bucket, api: ApiStack) -> cloudfront.Distribution:
        headers = self._headers(environment)
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Tradewind {environment.name}: the dashboard",
            default_root_object="",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                response_headers_policy=headers,
                function_associations=[self._routes(environment)],
            ),
            additional_behaviors={"/api/*": self._api(api, headers)},
        )

    def _api(self, api: ApiStack, headers: cloudfront.ResponseHeadersPolicy) -> cloudfront.BehaviorOptions:
        domain = Fn.join(".", [api.api.api_id, "execute-api", Aws.REGION, Aws.URL_SUFFIX])
        return cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(
                domain,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            # Each answer is one person's; what they have already they name by its ETag.
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=headers,
        )

    def _routes(self, environment: Environment) -> cloudfront.FunctionAssociation:
        function = cloudfront.Function(
            self,
            "Routes",
            function_name=f"tradewind-{environment.name}-routes",
            comment="Every address of the dashboard is its one page",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            code=cloudfront.FunctionCode.from_inline((_HERE / "web_routes.js").read_text()),
        )
        return cloudfront.FunctionAssociation(function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)

    def _headers(self, environment: Environment) -> cloudfront.ResponseHeadersPolicy:
        """Return the very headers that the local server sends, and that browsers come back over TLS only."""
        told = json.loads(_HEADERS.read_text())
        policy = told.pop("Content-Security-Policy")
        # CloudFront has settings of its own for these three, and takes them no other way.
        for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
            told.pop(name)
        custom = [
            cloudfront.ResponseCustomHeader(header=name, value=value, override=True) for name, value in told.items()
        ]
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=f"tradewind-{environment.name}",
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(custom_headers=custom),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=_HSTS, include_subdomains=True, override=True
                ),
            ),
        )

"""The dashboard's stack: nobody but CloudFront reads the files, and the API answers at the same address."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.layers import ROOT
from infra.settings import Profile
from tests.infra.conftest import Application, Case

HEADERS = json.loads((ROOT / "web" / "headers.json").read_text())


@pytest.fixture
def distribution(prod: Application) -> Mapping[str, Any]:
    (found,) = prod.properties("CloudFront::Distribution")
    config: Mapping[str, Any] = found["DistributionConfig"]
    return config


def test_only_this_distribution_reads_the_files_and_only_over_tls(prod: Application) -> None:
    (origin,) = [
        one
        for one in prod.properties("CloudFront::Distribution")[0]["DistributionConfig"]["Origins"]
        if "S3OriginConfig" in one
    ]
    policies = [
        statement
        for policy in prod.properties("S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Principal") == {"Service": "cloudfront.amazonaws.com"}
    ]

    assert origin["OriginAccessControlId"]
    assert [one["Action"] for one in policies] == ["s3:GetObject"]
    assert "AWS:SourceArn" in policies[0]["Condition"]["StringEquals"]


def test_the_api_answers_at_the_dashboard_s_address_uncached_and_with_its_token(
    distribution: Mapping[str, Any],
) -> None:
    (api,) = distribution["CacheBehaviors"]

    assert api["PathPattern"] == "/api/*"
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(api["AllowedMethods"])
    # AWS's own policies by their published names: CachingDisabled, AllViewerExceptHostHeader.
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert api["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert api["ViewerProtocolPolicy"] == "https-only"
    assert distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"


def test_what_the_local_server_sends_cloudfront_sends_too(prod: Application) -> None:
    (policy,) = prod.properties("CloudFront::ResponseHeadersPolicy")
    config = policy["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    custom = {one["Header"]: one["Value"] for one in config["CustomHeadersConfig"]["Items"]}

    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert security["FrameOptions"]["FrameOption"] == HEADERS["X-Frame-Options"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == HEADERS["Referrer-Policy"]
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 180 * 86_400
    assert custom.items() <= HEADERS.items()
    assert len(custom) + 4 == len(HEADERS)


def test_the_laptop_needs_no_cloudfront(applications: dict[Case, Application]) -> None:
    assert not applications["local", Profile.FULL].of("CloudFront::Distribution")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("/dashboard", "/index.html"),
        ("/dashboard/chart", "/index.html"),
        ("/login", "/index.html"),
        ("/assets/main-1a2b.js", "/assets/main-1a2b.js"),
        ("/dashboards", "/dashboards"),
        ("/", "302 /dashboard"),
    ],
)
def test_every_address_of_the_dashboard_is_its_one_page(prod: Application, asked: str, answered: str) -> None:
    (function,) = prod.properties("CloudFront::Function")
    told = """
    const answer = handler({ request: { uri: process.argv[1] } });
    console.log(answer.uri ?? `${answer.statusCode} ${answer.headers.location.value}`);
    """
    node = Path(sys.executable).parent / "node"
    done = subprocess.run(  # noqa: S603 - the template's own function
        [str(node), "-e", function["FunctionCode"] + told, asked], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == answered

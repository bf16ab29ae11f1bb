"""The gateway before the API: who comes in without a token, how often, and from which pages."""

import json
from pathlib import Path

from infra.settings import LOCAL_DASHBOARD
from tests.infra.conftest import Application

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_without_a_token_nobody_gets_further_than_the_document_says(application: Application) -> None:
    routes = application.properties("ApiGatewayV2::Route")
    paths = json.loads(DOCUMENT.read_text())["paths"]
    documented = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if operation["x-role"] == "nobody"
    }

    opened = {one["RouteKey"] for one in routes if one.get("AuthorizationType", "NONE") != "JWT"}
    session = {f"{method} /api/session" for method in ("POST", "PUT", "DELETE")}

    assert "ANY /api/session" in opened
    assert (opened - {"ANY /api/session"}) | session == documented
    assert {"GET /api/{proxy+}", "DELETE /api/{proxy+}"} <= {one["RouteKey"] for one in routes} - opened


def test_the_gateway_lets_so_many_requests_through_and_no_more(application: Application) -> None:
    (stage,) = application.properties("ApiGatewayV2::Stage")

    settings = stage["DefaultRouteSettings"]

    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (20, 40)


def test_no_other_page_than_the_dashboard_may_ask_from_a_browser(application: Application) -> None:
    (api,) = application.properties("ApiGatewayV2::Api")

    allowed = api.get("CorsConfiguration")

    if application.environment == "local":
        assert allowed is not None
        assert allowed["AllowOrigins"] == [LOCAL_DASHBOARD]
        assert "idempotency-key" in allowed["AllowHeaders"]
    else:
        assert allowed is None  # there the dashboard and the API have one address

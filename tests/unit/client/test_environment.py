"""Variables for unmodified programs."""

import pytest

from sandbox.client.environment import environment, proxy_url

CARD = {"ports": {"proxy": 3128}, "regions": ["us-east-1", "eu-west-1"], "ca_bundle": "sb/ca.pem"}


def test_the_place_is_the_proxys_user_for_every_client():
    variables = environment(CARD, "paris", {}).variables
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        assert variables[name] == proxy_url(CARD, "paris") == "http://paris:x@127.0.0.1:3128"


def test_every_client_trusts_the_sandboxs_ca():
    variables = environment(CARD, "paris", {}).variables
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        assert variables[name] == "sb/ca.pem"


def test_a_real_key_is_replaced_and_its_session_goes():
    # Were it kept, it would leave the machine the day a program ignores the proxy.
    change = environment(CARD, "paris", {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SESSION_TOKEN": "t"})
    assert change.variables["AWS_ACCESS_KEY_ID"] == "test"
    assert "AWS_SESSION_TOKEN" in change.unset


def test_an_account_of_the_sandbox_as_key_stays():
    change = environment(CARD, "paris", {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SESSION_TOKEN": "t"})
    assert "AWS_ACCESS_KEY_ID" not in change.variables
    assert change.unset == ()


@pytest.mark.parametrize(
    ("place", "present", "region"),
    [
        ("paris", {}, "us-east-1"),
        ("eu-west-1", {}, "eu-west-1"),
        ("eu-west-1", {"AWS_REGION": "us-east-1"}, "eu-west-1"),
        ("paris", {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ("paris", {"AWS_DEFAULT_REGION": "sa-east-1"}, "us-east-1"),
    ],
)
def test_the_region_is_the_nearest_that_runs(place, present, region):
    variables = environment(CARD, place, present).variables
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == region


def test_endpoints_and_exceptions_that_would_lead_elsewhere_go():
    present = {"AWS_ENDPOINT_URL": "a", "AWS_ENDPOINT_URL_S3": "b", "NO_PROXY": "amazonaws.com", "ALL_PROXY": "c"}
    change = environment(CARD, "paris", present)
    assert change.unset == ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "ALL_PROXY")
    assert "amazonaws" not in change.variables["NO_PROXY"]

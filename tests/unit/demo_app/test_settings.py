"""What the app reads from its variables."""

from __future__ import annotations

import pytest

from demo_app.settings import SettingError, read_settings


def test_a_region_is_all_that_must_be_said():
    settings = read_settings({"AWS_REGION": "eu-west-1"})
    assert (settings.orders_table, settings.baskets_table) == ("orders", "baskets")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.endpoint_url is None


def test_no_region_is_an_error_that_names_the_variable():
    with pytest.raises(SettingError, match="AWS_REGION is not set"):
        read_settings({"AWS_REGION": ""})


def test_the_default_region_stands_in_for_the_region():
    assert read_settings({"AWS_DEFAULT_REGION": "us-east-1"}).region == "us-east-1"


def test_dynamodbs_own_endpoint_wins_over_the_general_one():
    variables = {"AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_DYNAMODB": "http://b"}
    assert read_settings(variables).endpoint_url == "http://b"


def test_tables_and_keys_come_from_their_variables():
    settings = read_settings(
        {
            "AWS_REGION": "eu-west-1",
            "ORDERS_TABLE": "o",
            "BASKETS_TABLE": "b",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
        }
    )
    assert (settings.orders_table, settings.baskets_table) == ("o", "b")
    assert settings.access_key_id == "AKIAIOSFODNN7EXAMPLE"
    assert (settings.secret_access_key, settings.session_token) == ("secret", "token")


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "8.0", "٨"])
def test_a_wrong_port_is_an_error_that_names_the_variable(port):
    with pytest.raises(SettingError, match="PORT"):
        read_settings({"AWS_REGION": "eu-west-1", "PORT": port})


def test_port_zero_asks_for_a_free_one():
    assert read_settings({"AWS_REGION": "eu-west-1", "PORT": "0"}).port == 0

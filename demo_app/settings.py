"""What the app is told, all of it by environment variables.

In: a mapping of variables (`os.environ`, or what a parent process hands to a forked child). Out: one frozen `Settings`,
or a `SettingError` that names the variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65_535


class SettingError(ValueError):
    """A variable is missing or wrong; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """endpoint_url, keys and ca_bundle are None when unset: boto3 then looks where it always looks."""

    region: str
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    ca_bundle: str | None = None
    orders_table: str = "orders"
    baskets_table: str = "baskets"
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT


def read_settings(variables: Mapping[str, str]) -> Settings:
    """The settings that `variables` describe; an empty variable counts as unset."""
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
    if not region:
        raise SettingError("AWS_REGION is not set. Example: AWS_REGION=eu-west-1 python -m demo_app")
    return Settings(
        region=region,
        endpoint_url=variables.get("AWS_ENDPOINT_URL_DYNAMODB") or variables.get("AWS_ENDPOINT_URL") or None,
        access_key_id=variables.get("AWS_ACCESS_KEY_ID") or None,
        secret_access_key=variables.get("AWS_SECRET_ACCESS_KEY") or None,
        session_token=variables.get("AWS_SESSION_TOKEN") or None,
        ca_bundle=variables.get("AWS_CA_BUNDLE") or None,
        orders_table=variables.get("ORDERS_TABLE") or "orders",
        baskets_table=variables.get("BASKETS_TABLE") or "baskets",
        host=variables.get("HOST") or DEFAULT_HOST,
        port=_port(variables.get("PORT") or str(DEFAULT_PORT)),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > HIGHEST_PORT:
        raise SettingError(f"PORT: {text!r} is not a number from 0 to {HIGHEST_PORT} (0 picks a free one)")
    return int(text)

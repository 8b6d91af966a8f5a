"""Which variables let an unmodified program stand in a place. Pure.

In: the card of a sandbox, a place, the variables there are. Out: variables to set and to take away; `sandbox env`
prints them, `Place.environment` hands them to subprocesses.

    HTTP_PROXY, HTTPS_PROXY, http_proxy, https_proxy     boto3, aws CLI, requests, httpx, Go; curl reads http_proxy in
                                                         small letters only. The user of the proxy is the place
    NO_PROXY, no_proxy       this machine only: a company's list may well hold amazonaws.com
    AWS_CA_BUNDLE            boto3, aws CLI                       REQUESTS_CA_BUNDLE   requests
    CURL_CA_BUNDLE           curl                                 SSL_CERT_FILE        httpx, Python's ssl, Go, OpenSSL
    NODE_EXTRA_CA_CERTS      Node.js
    AWS_ACCESS_KEY_ID, ...   always a key of the sandbox: a real one would leave the machine the day a program ignores
                             the proxy. A 12-digit key is an account of the sandbox and stays
    AWS_DEFAULT_REGION, AWS_REGION                       the region one stands in, else the present one if it runs
                                                         here, else the first
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_EC2_METADATA_DISABLED
                             no endpoint from ~/.aws/config, no waiting for an instance's metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.client.values import Environment

NO_PROXY = "localhost,127.0.0.1,::1"


def proxy_url(card: Mapping[str, Any], place: str) -> str:
    """The proxy, with the place as its user."""
    return f"http://{place}:x@127.0.0.1:{card['ports']['proxy']}"


def environment(card: Mapping[str, Any], place: str, present: Mapping[str, str]) -> Environment:
    """Variables for a program that stands in `place`."""
    proxy, bundle = proxy_url(card, place), str(card["ca_bundle"])
    region = _region(card["regions"], place, present)
    variables = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
    variables |= dict.fromkeys(("NO_PROXY", "no_proxy"), NO_PROXY)
    variables |= dict.fromkeys(
        ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), bundle
    )
    unset = [name for name in sorted(present) if name.startswith("AWS_ENDPOINT_URL")]
    unset += [name for name in ("ALL_PROXY", "all_proxy") if name in present]
    if not _is_account(present.get("AWS_ACCESS_KEY_ID", "")):
        variables |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        unset += [name for name in ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN") if name in present]
    variables |= {
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return Environment(variables=variables, unset=tuple(unset))


def _region(running: list[str], place: str, present: Mapping[str, str]) -> str:
    chosen = present.get("AWS_DEFAULT_REGION") or present.get("AWS_REGION") or ""
    return next(code for code in (place, chosen, running[0]) if code in running)


def _is_account(key: str) -> bool:
    return len(key) == 12 and key.isascii() and key.isdigit()

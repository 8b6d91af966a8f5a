"""What travels through the AWS face: one `Call`, and the headers that carry an account to the engine.

A `Call` is a request that is being understood: each step of the front door hands on a copy that says more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sandbox.protocols.http1 import Request, Response

# Set by front doors and gateway on calls to the engine, which listens on loopback only.
ACCOUNT_HEADER = "x-moto-account-id"
SERVICE_HEADER = "x-sandbox-service"
REGION_HEADER = "x-sandbox-region"
# Set on calls that one front door forwards to another, so that a wrong table can never make a ring.
FORWARDED_HEADER = "x-sandbox-forwarded-by"

Engine = Callable[[Request, str, str, str], Awaitable[Response]]  # request, account, region, service
Forward = Callable[[str, Request], Awaitable[Response]]  # region, request
FindAccount = Callable[[str], Awaitable[str | None]]  # access key -> account, None when nobody has it


class Call(NamedTuple):
    """One AWS call (a tuple: three are made for each request, and a frozen dataclass takes four times as long).

    Empty strings: not known yet. service: the signing name ("dynamodb", "monitoring"). region: where it is answered (a
    global service: its home). asked_region: the region in the signature or host, "" when there was none. access_key: as
    sent.
    """

    request: Request
    service: str = ""
    region: str = ""
    asked_region: str = ""
    account: str = ""
    access_key: str = ""
    is_global: bool = False

    def answered_in(self, region: str, *, is_global: bool) -> Call:
        """The call, with the region that answers."""
        request, service, _, asked_region, account, access_key, _ = self
        return Call(request, service, region, asked_region, account, access_key, is_global)

    def made_in(self, account: str) -> Call:
        """The call, with its account."""
        request, service, region, asked_region, _, access_key, is_global = self
        return Call(request, service, region, asked_region, account, access_key, is_global)

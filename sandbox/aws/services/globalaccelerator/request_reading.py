"""What all calls share: the request read by AWS's model, and the account's backend."""

from __future__ import annotations

from typing import Any

import orjson
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from sandbox.aws.services.globalaccelerator.exceptions import SerializationException
from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend, globalaccelerator_backends
from sandbox.aws.services.globalaccelerator.request_rules import checked

SERVICE = "globalaccelerator"


class Requests(BaseResponse):
    """One call."""

    def __init__(self) -> None:
        super().__init__(service_name=SERVICE)

    @property
    def backend(self) -> GlobalAcceleratorBackend:
        """The account's; the service has no regions."""
        return globalaccelerator_backends[self.current_account]["aws"]

    @property
    def asked(self) -> dict[str, Any]:
        """The request's members, checked."""
        try:
            given = orjson.loads(self.body or "{}")
        except orjson.JSONDecodeError as error:
            raise SerializationException(f"The request is not JSON: {error}") from error
        return checked_input(self._get_action(), given)


def checked_input(operation: str, given: Any) -> dict[str, Any]:
    """The members of an operation's request that AWS's model knows; an exception for what it does not allow."""
    found: dict[str, Any] = checked(input_shape(operation), given)
    return found


def input_shape(operation: str) -> Any:
    """What botocore's model says of an operation's request."""
    return get_service_model(SERVICE).operation_model(operation).input_shape

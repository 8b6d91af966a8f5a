"""Calls to the regions' front doors in whatever protocol a service speaks, from a stack's thread.

In: an action and its parameters in the words of AWS's API. Out: the answer as an SDK gives it, or a Refusal with the
service's own code and message. botocore writes and reads the protocols; it waits in the thread that asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.region_doors import is_down
from sandbox.aws.services.engine_resources.values import DoorCall
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint

TIMEOUT_S = 60.0  # Lambda-like work is not among these; LocalStack loads a service for seconds when it is first used


class DoorClients:
    """A `DoorClients` port. endpoints: of the front doors that run now. engine_of: of a region."""

    def __init__(self, endpoints: Callable[[], Mapping[str, Endpoint]], engine_of: Callable[[str], str]) -> None:
        self._endpoints = endpoints
        self._engine_of = engine_of
        self._session: Any = None
        self._making = threading.Lock()  # a session makes clients for one thread at a time
        self._clients: dict[tuple[str, str, str, Endpoint], Any] = {}

    def engine_of(self, region: str) -> str:
        """`moto`, or an endpoint's URL."""
        return self._engine_of(region)

    def call(self, account: str, region: str, service: str, call: DoorCall) -> dict[str, Any]:
        """The answer to one call."""
        from botocore import xform_name  # here: control must not load it at its start
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        endpoint = self._endpoints().get(region)
        if endpoint is None:
            raise is_down(region, service)
        client = self._client(account, region, service, endpoint)
        try:
            answer: dict[str, Any] = getattr(client, xform_name(call.action))(**call.parameters)
        except ClientError as error:
            told = error.response.get("Error", {})
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
            raise Refusal(
                str(told.get("Code", "InternalFailure")), str(told.get("Message", "")), status=status
            ) from error
        except (ParamValidationError, TypeError) as error:  # it trips over some wrong types before it checks them
            raise Refusal("ValidationError", str(error)) from error
        except BotoCoreError as error:
            raise is_down(region, service) from error
        return answer

    def _client(self, account: str, region: str, service: str, endpoint: Endpoint) -> Any:
        import botocore.session
        from botocore.config import Config

        key = (account, region, service, endpoint)
        with self._making:
            if self._session is None:
                self._session = botocore.session.get_session()
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=f"http://{endpoint.host}:{endpoint.port}",
                    aws_access_key_id=account,
                    aws_secret_access_key="stack",
                    config=Config(
                        connect_timeout=5, read_timeout=TIMEOUT_S, retries={"max_attempts": 0},
                        s3={"addressing_style": "path"}, request_checksum_calculation="when_required",
                    ),
                )  # fmt: skip
            return self._clients[key]

"""What is wrong with a request's shape, by botocore's model of the API: asked only when a call has failed over it.

In: an action and its body. Out: one sentence, or "" when the shape is right and the failure is ours. The model costs
10 MB and 100 ms to load, so it is loaded at the first malformed request.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

STREAM_ACTIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


def misshapen(action: str, body: Mapping[str, Any]) -> str:
    """The first thing in `body` that the API's model does not allow."""
    shape = model_of("dynamodbstreams" if action in STREAM_ACTIONS else "dynamodb").operation_model(action).input_shape
    return first_problem(shape, body)


def first_problem(shape: Any, body: Mapping[str, Any]) -> str:
    """The first thing in `body` that botocore's model of it does not allow."""
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(body, shape)
    return report.generate_report().splitlines()[0] if report.has_errors() else ""


@lru_cache(maxsize=2)
def model_of(service: str) -> Any:
    """botocore's model of an API."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"), service)

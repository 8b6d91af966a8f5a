"""Queues, topics, subscriptions and parameters of templates in the words of their APIs."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from sandbox.aws.services.engine_resources.messages import PARAMETER, QUEUE, SUBSCRIPTION, TOPIC, as_attribute
from sandbox.aws.services.engine_resources.values import DoorCall, ResourceType

URL, ARN = "http://e/000000000000/orders", "arn:aws:sns:eu-west-1:000000000000:news"
TAGS = [{"Key": "a", "Value": "b"}]
GIVEN = {
    "queue": (QUEUE, URL, {"VisibilityTimeout": 30, "FifoQueue": "true", "RedrivePolicy": {"a": 3}, "Tags": TAGS}),
    "topic": (TOPIC, ARN, {"DisplayName": "News", "Tags": TAGS}),
    "subscription": (SUBSCRIPTION, ARN, {"TopicArn": ARN, "Protocol": "sqs", "RawMessageDelivery": True}),
    "parameter": (PARAMETER, "/p", {"Type": "String", "Value": "v", "Tags": {"a": "b"}}),
}  # fmt: skip


def check(kind: ResourceType, call: DoorCall | None) -> None:
    assert call is not None
    model = botocore.session.get_session().get_service_model(kind.service).operation_model(call.action)
    report = ParamValidator().validate(call.parameters, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert call.parameters.keys() <= model.input_shape.members.keys()


@pytest.mark.parametrize("name", GIVEN)
def test_every_call_is_one_that_its_service_understands(name: str) -> None:
    kind, physical_id, given = GIVEN[name]
    assert given.keys() <= kind.known
    check(kind, kind.creation("n", given, "eu-west-1"))
    check(kind, kind.deletion(physical_id, given))
    for setting in kind.settings.values():
        check(kind, setting.put(physical_id, "x"))


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (30, "30"), ("x", "x"), ({"a": [1]}, '{"a": [1]}'), ([1], "[1]")]
)
def test_attributes_are_text(value: Any, text: str) -> None:
    assert as_attribute(value) == text


def test_a_queue_that_is_not_fifo_says_nothing_of_it() -> None:
    """SQS refuses FifoQueue=false."""
    assert QUEUE.creation("q", {"FifoQueue": False}, "eu-west-1").parameters["Attributes"] == {}


def test_arns_follow_from_what_the_engine_answered() -> None:
    assert QUEUE.attributes(URL, {}, "eu-west-1")["Arn"] == "arn:aws:sqs:eu-west-1:000000000000:orders"
    assert TOPIC.attributes(ARN, {}, "eu-west-1") == {"TopicArn": ARN, "TopicName": "news"}

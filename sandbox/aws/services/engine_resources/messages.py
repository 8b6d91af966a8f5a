"""Queues, topics, subscriptions and parameters of stacks as calls. Pure. [CloudFormation template reference]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.services.engine_resources.buckets import as_text
from sandbox.aws.services.engine_resources.values import DoorCall, Given, ResourceType, Setting

QUEUE_ATTRIBUTES = frozenset(
    [
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    ]
)
TOPIC_ATTRIBUTES = frozenset(["ContentBasedDeduplication", "DisplayName", "KmsMasterKeyId", "SignatureVersion"])
SUBSCRIPTION_ATTRIBUTES = frozenset(
    ["DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"]
)


def as_attribute(value: Any) -> str:
    """Attributes travel as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return as_text(value) if isinstance(value, Mapping | list) else str(value)


def chosen(given: Given, names: frozenset[str]) -> dict[str, str]:
    """Those properties that are attributes."""
    return {name: as_attribute(value) for name, value in given.items() if name in names}


def tags(given: Given) -> dict[str, str]:
    """Tags by key."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in given.get("Tags", ())}


def attribute_settings(action: str, resource: str, names: frozenset[str], *, one_by_one: bool) -> dict[str, Setting]:
    """Properties that are set as attributes, by a call for many or a call for each."""

    def put(name: str) -> Setting:
        def call(physical_id: str, value: Any) -> DoorCall:
            told = {"AttributeName": name, "AttributeValue": as_attribute(value)}
            parameters = told if one_by_one else {"Attributes": {name: as_attribute(value)}}
            return DoorCall(action=action, parameters={resource: physical_id, **parameters})

        return Setting(put=call)

    return {name: put(name) for name in names}


def create_queue(name: str, given: Given, region: str) -> DoorCall:
    """CreateQueue."""
    attributes = chosen(given, QUEUE_ATTRIBUTES | {"FifoQueue"})
    if attributes.get("FifoQueue") == "false":  # the API knows true, and nothing
        del attributes["FifoQueue"]
    return DoorCall(action="CreateQueue", parameters={"QueueName": name, "Attributes": attributes, "tags": tags(given)})


def attributes_of_queue(url: str, given: Given, region: str) -> dict[str, str]:
    """Fn::GetAtt, from the URL: it ends in /account/name with every engine."""
    account, name = url.rstrip("/").rsplit("/", 2)[1:]
    return {"Arn": f"arn:aws:sqs:{region}:{account}:{name}", "QueueName": name, "QueueUrl": url}


QUEUE = ResourceType(
    kind="AWS::SQS::Queue",
    service="sqs",
    name_property="QueueName",
    known=QUEUE_ATTRIBUTES | {"QueueName", "FifoQueue", "Tags"},
    creation=create_queue,
    identify=lambda answer, name, given: str(answer["QueueUrl"]),
    deletion=lambda url, given: DoorCall(action="DeleteQueue", parameters={"QueueUrl": url}),
    attributes=attributes_of_queue,
    settings=attribute_settings("SetQueueAttributes", "QueueUrl", QUEUE_ATTRIBUTES, one_by_one=False),
)


def create_topic(name: str, given: Given, region: str) -> DoorCall:
    """CreateTopic."""
    attributes = chosen(given, TOPIC_ATTRIBUTES | {"FifoTopic"})
    if attributes.get("FifoTopic") == "false":
        del attributes["FifoTopic"]
    named = [{"Key": key, "Value": value} for key, value in tags(given).items()]
    return DoorCall(action="CreateTopic", parameters={"Name": name, "Attributes": attributes, "Tags": named})


TOPIC = ResourceType(
    kind="AWS::SNS::Topic",
    service="sns",
    name_property="TopicName",
    known=TOPIC_ATTRIBUTES | {"TopicName", "FifoTopic", "Tags"},
    creation=create_topic,
    identify=lambda answer, name, given: str(answer["TopicArn"]),
    deletion=lambda arn, given: DoorCall(action="DeleteTopic", parameters={"TopicArn": arn}),
    attributes=lambda arn, given, region: {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]},
    settings=attribute_settings("SetTopicAttributes", "TopicArn", TOPIC_ATTRIBUTES, one_by_one=True),
)


def subscribe(name: str, given: Given, region: str) -> DoorCall:
    """Subscribe."""
    told = {member: given[member] for member in ("TopicArn", "Protocol", "Endpoint") if member in given}
    attributes = chosen(given, SUBSCRIPTION_ATTRIBUTES)
    return DoorCall(action="Subscribe", parameters={**told, "Attributes": attributes, "ReturnSubscriptionArn": True})


SUBSCRIPTION = ResourceType(
    kind="AWS::SNS::Subscription",
    service="sns",
    name_property="",
    known=SUBSCRIPTION_ATTRIBUTES | {"TopicArn", "Protocol", "Endpoint"},
    creation=subscribe,
    identify=lambda answer, name, given: str(answer["SubscriptionArn"]),
    deletion=lambda arn, given: DoorCall(action="Unsubscribe", parameters={"SubscriptionArn": arn}),
    attributes=lambda arn, given, region: {"Arn": arn},
    settings=attribute_settings(
        "SetSubscriptionAttributes", "SubscriptionArn", SUBSCRIPTION_ATTRIBUTES, one_by_one=True
    ),
)


def put_parameter(name: str, given: Given, region: str) -> DoorCall:
    """PutParameter, of a new one."""
    told = {member: value for member, value in given.items() if member not in ("Name", "Tags")}
    if "Tags" in given:  # a plain mapping, unlike everywhere else
        told["Tags"] = [{"Key": key, "Value": str(value)} for key, value in given["Tags"].items()]
    return DoorCall(action="PutParameter", parameters={"Name": name, **told})


def put_value(name: str, value: Any) -> DoorCall:
    """PutParameter, of one that is there."""
    return DoorCall(action="PutParameter", parameters={"Name": name, "Value": value, "Overwrite": True})


PARAMETER = ResourceType(
    kind="AWS::SSM::Parameter",
    service="ssm",
    name_property="Name",
    known=frozenset({"Name", "Type", "Value", "Description", "AllowedPattern", "Tier", "DataType", "Tags"}),
    creation=put_parameter,
    identify=lambda answer, name, given: name,
    deletion=lambda name, given: DoorCall(action="DeleteParameter", parameters={"Name": name}),
    attributes=lambda name, given, region: {"Type": str(given.get("Type")), "Value": str(given.get("Value"))},
    settings={"Value": Setting(put=put_value)},
)

"""What moto's CloudFormation calls: who makes a resource, and what an update does."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.engine_resources.buckets import BUCKET
from sandbox.aws.services.engine_resources.messages import QUEUE, SUBSCRIPTION
from sandbox.aws.services.engine_resources.models import EngineResource, NotThere, ThroughTheDoor
from sandbox.aws.services.engine_resources.values import DoorCall
from sandbox.kernel.errors import Refusal

ACCOUNT, EU, US = "000000000000", "eu-west-1", "us-east-1"


class Clients:
    """us-east-1 has moto, all others an engine; calls are written down."""

    def __init__(self, *, refuses: str = "") -> None:
        self.asked: list[str] = []
        self.refuses = refuses

    def engine_of(self, region: str) -> str:
        return "moto" if region == US else "http://engine"

    def call(self, account: str, region: str, service: str, call: DoorCall) -> dict[str, Any]:
        self.asked.append(call.action)
        if call.action == self.refuses:
            raise Refusal("No", "no")
        return {"QueueUrl": f"http://e/{account}/{call.parameters.get('QueueName')}"}


class Motos:
    """A model of moto's."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::X::Y"

    @staticmethod
    def has_cfn_attr(attr: str) -> bool:
        return attr == "Odd"

    @staticmethod
    def create_from_cloudformation_json(*_: Any, **__: Any) -> str:
        return "moto's"

    @staticmethod
    def update_from_cloudformation_json(**_: Any) -> str:
        return "moto's, changed"

    @staticmethod
    def delete_from_cloudformation_json(*_: Any) -> None: ...


def made(model: ThroughTheDoor, given: dict[str, Any], region: str = EU) -> Any:
    return model.create_from_cloudformation_json("name", {"Properties": given}, ACCOUNT, region, StackId="s")


def changed(model: ThroughTheDoor, before: Any, given: dict[str, Any]) -> Any:
    return model.update_from_cloudformation_json(before, "other", {"Properties": given}, ACCOUNT, EU)


def test_where_moto_is_the_engine_motos_model_goes_on() -> None:
    clients = Clients()
    model = ThroughTheDoor(clients, Motos, BUCKET)
    assert made(model, {"Odd": 1}, US) == "moto's"
    assert changed(model, "moto's", {}) == "moto's, changed"
    assert (clients.asked, model.has_cfn_attr("Odd"), model.has_cfn_attr("Arn")) == ([], True, True)


def test_a_bucket_with_replication_is_made_by_calls_in_every_region() -> None:
    clients = Clients()
    made(ThroughTheDoor(clients, Motos, BUCKET), {"ReplicationConfiguration": {"Role": "r", "Rules": []}}, US)
    assert clients.asked == ["CreateBucket", "PutBucketReplication"]


def test_what_moto_has_not_is_made_by_calls_in_every_region() -> None:
    clients = Clients()
    model = ThroughTheDoor(clients, None, SUBSCRIPTION)
    with pytest.raises(KeyError):  # this rig answers with a queue
        made(model, {"TopicArn": "t", "Protocol": "sqs"}, US)
    assert clients.asked == ["Subscribe"]


def test_settings_follow_in_calls_of_their_own_and_versions_come_before_replication() -> None:
    clients = Clients()
    given = {
        "ReplicationConfiguration": {"Role": "r", "Rules": []},
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": [],
    }
    resource = made(ThroughTheDoor(clients, Motos, BUCKET), given)
    assert clients.asked == ["CreateBucket", "PutBucketVersioning", "PutBucketTagging", "PutBucketReplication"]
    assert (resource.physical_resource_id, resource.get_cfn_attribute("Arn")) == ("name", "arn:aws:s3:::name")


def test_what_fails_half_way_is_taken_back() -> None:
    clients = Clients(refuses="PutBucketTagging")
    with pytest.raises(Refusal):
        made(ThroughTheDoor(clients, Motos, BUCKET), {"Tags": []})
    assert clients.asked == ["CreateBucket", "PutBucketTagging", "DeleteBucket"]


def test_what_nobody_reads_is_refused_by_name() -> None:
    clients = Clients()
    with pytest.raises(Refusal, match="LifecycleConfiguration of AWS::S3::Bucket in stacks of eu-west-1"):
        made(ThroughTheDoor(clients, Motos, BUCKET), {"LifecycleConfiguration": {}})
    assert clients.asked == []


def test_settings_change_in_place_and_the_rest_replaces() -> None:
    clients = Clients()
    model = ThroughTheDoor(clients, Motos, BUCKET)
    before = EngineResource(BUCKET.kind, "name", {"Tags": [1], "VersioningConfiguration": {}}, {})
    after = changed(model, before, {"VersioningConfiguration": {"Status": "Suspended"}})
    assert (after.physical_resource_id, clients.asked) == ("name", ["DeleteBucketTagging", "PutBucketVersioning"])
    clients.asked.clear()
    again = changed(model, after, {**after.given, "ObjectLockEnabled": True})
    assert again.physical_resource_id == "other"
    assert clients.asked == ["CreateBucket", "PutBucketVersioning", "DeleteBucket"]


def test_a_queue_without_a_name_is_not_replaced_for_its_next_generated_one() -> None:
    clients = Clients()
    model = ThroughTheDoor(clients, Motos, QUEUE)
    named = {"QueueName": "generated", "VisibilityTimeout": 30}  # moto writes the generated name into the properties
    before = made(model, {"VisibilityTimeout": 30})
    after = changed(model, before, {"VisibilityTimeout": 60})
    assert after.physical_resource_id == before.physical_resource_id
    assert named.keys() <= QUEUE.known


def test_other_types_are_refused_where_the_engine_is_not_moto() -> None:
    model = NotThere(Clients(), Motos)
    assert model.create_from_cloudformation_json("n", {}, ACCOUNT, US) == "moto's"
    with pytest.raises(Refusal, match=r"AWS::X::Y in stacks of eu-west-1, whose engine is http://engine"):
        model.create_from_cloudformation_json("n", {}, ACCOUNT, EU)
    assert model.has_cfn_attr("Odd"), "all else is moto's"

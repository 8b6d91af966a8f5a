"""AWS::S3::Bucket and AWS::S3::BucketPolicy as calls. Pure. [CloudFormation template reference, S3 API Reference]"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.aws.services.engine_resources.values import DoorCall, Given, ResourceType, Setting

US_EAST_1 = "us-east-1"


def setting(noun: str, parameter: str, members: Any, removed: str | None) -> Setting:
    """Put<noun> and Delete<noun> of a bucket."""
    return Setting(
        put=lambda name, value: DoorCall(action=f"Put{noun}", parameters={"Bucket": name, parameter: members(value)}),
        remove=None if removed is None else lambda name: DoorCall(action=removed, parameters={"Bucket": name}),
    )


def as_given(value: Any) -> Any:
    """The template's form is the API's."""
    return value


def encryption(value: Given) -> Given:
    """BucketEncryption."""
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [with_names(rule, renamed) for rule in value["ServerSideEncryptionConfiguration"]]}


def cors(value: Given) -> Given:
    """CorsConfiguration."""
    renamed = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {"CORSRules": [with_names(rule, renamed) for rule in value["CorsRules"]]}


def replication(value: Given) -> Given:
    """ReplicationConfiguration."""
    return {"Role": value["Role"], "Rules": [replication_rule(rule) for rule in value["Rules"]]}


def replication_rule(rule: Given) -> dict[str, Any]:
    """One of its rules: Id is ID, TagFilter is Tag, TagFilters are Tags."""
    made = with_names(rule, {"Id": "ID"})
    if "Filter" in made:
        chosen = with_names(made["Filter"], {"TagFilter": "Tag"})
        if "And" in chosen:
            chosen["And"] = with_names(chosen["And"], {"TagFilters": "Tags"})
        made["Filter"] = chosen
    if "Priority" in made:
        made["Priority"] = int(made["Priority"])
    return made


def with_names(members: Given, renamed: Mapping[str, str]) -> dict[str, Any]:
    """The members, some under other names."""
    return {renamed.get(name, name): value for name, value in members.items()}


def create_bucket(name: str, given: Given, region: str) -> DoorCall:
    """CreateBucket, in the stack's region."""
    parameters: dict[str, Any] = {"Bucket": name}
    if region != US_EAST_1:
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if str(given.get("ObjectLockEnabled", "")).lower() == "true":
        parameters["ObjectLockEnabledForBucket"] = True
    return DoorCall(action="CreateBucket", parameters=parameters)


def attributes_of_bucket(name: str, given: Given, region: str) -> dict[str, str]:
    """Fn::GetAtt."""
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }


BUCKET_SETTINGS = {
    "VersioningConfiguration": setting("BucketVersioning", "VersioningConfiguration", as_given, None),
    "Tags": setting("BucketTagging", "Tagging", lambda tags: {"TagSet": tags}, "DeleteBucketTagging"),
    "BucketEncryption": setting(
        "BucketEncryption", "ServerSideEncryptionConfiguration", encryption, "DeleteBucketEncryption"
    ),
    "PublicAccessBlockConfiguration": setting(
        "PublicAccessBlock", "PublicAccessBlockConfiguration", as_given, "DeletePublicAccessBlock"
    ),
    "OwnershipControls": setting(
        "BucketOwnershipControls", "OwnershipControls", as_given, "DeleteBucketOwnershipControls"
    ),
    "CorsConfiguration": setting("BucketCors", "CORSConfiguration", cors, "DeleteBucketCors"),
    "ReplicationConfiguration": setting(
        "BucketReplication", "ReplicationConfiguration", replication, "DeleteBucketReplication"
    ),
}
BUCKET = ResourceType(
    kind="AWS::S3::Bucket",
    service="s3",
    name_property="BucketName",
    known=frozenset({"BucketName", "ObjectLockEnabled", *BUCKET_SETTINGS}),
    creation=create_bucket,
    identify=lambda answer, name, given: name,
    deletion=lambda name, given: DoorCall(action="DeleteBucket", parameters={"Bucket": name}),
    attributes=attributes_of_bucket,
    settings=BUCKET_SETTINGS,
)


def put_policy(bucket: str, policy: Any) -> DoorCall:
    """PutBucketPolicy."""
    return DoorCall(action="PutBucketPolicy", parameters={"Bucket": bucket, "Policy": as_text(policy)})


def as_text(document: Any) -> str:
    """A policy as the API takes it."""
    return document if isinstance(document, str) else json.dumps(document)


BUCKET_POLICY = ResourceType(
    kind="AWS::S3::BucketPolicy",
    service="s3",
    name_property="",
    known=frozenset({"Bucket", "PolicyDocument"}),
    creation=lambda name, given, region: put_policy(given["Bucket"], given["PolicyDocument"]),
    identify=lambda answer, name, given: str(given["Bucket"]),
    deletion=lambda bucket, given: DoorCall(action="DeleteBucketPolicy", parameters={"Bucket": bucket}),
    attributes=lambda bucket, given, region: {},
    settings={"PolicyDocument": Setting(put=put_policy)},
)

"""Each service of SAVED, filled through boto3, saved, emptied and loaded again; moto alone, without sockets.

It stands under live/ for its time: it loads all of moto.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.aws import moto_state
from sandbox.aws.moto_host import reset_moto
from sandbox.aws.moto_state import SAVED
from sandbox.aws.services.globalaccelerator.models import install
from sandbox.aws.services.globalaccelerator.values import Surroundings

pytestmark = pytest.mark.live

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)


def of(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def two_subnets() -> list[str]:
    vpc = of("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    return [
        of("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate(["us-east-1a", "us-east-1b"])
    ]


def a_function() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.py", "def handler(event, context): ...")
    role = of("iam").create_role(RoleName="lambda", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    of("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="a.handler", Code={"ZipFile": archive.getvalue()}
    )


def a_bucket() -> None:
    of("s3").create_bucket(Bucket="kept")
    of("s3").put_object(Bucket="kept", Key="large", Body=b"x" * 6_000_000)
    of("s3").create_multipart_upload(Bucket="kept", Key="begun")


def a_queue_with_a_message() -> None:
    url = of("sqs").create_queue(QueueName="q")["QueueUrl"]
    of("sqs").send_message(QueueUrl=url, MessageBody="hello")


def a_topic_with_a_subscriber() -> None:
    topic = of("sns").create_topic(Name="t")["TopicArn"]
    of("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")


def an_accelerator() -> None:
    install(Surroundings())
    of("globalaccelerator").create_accelerator(Name="shop")


STACK = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "Z": {"Type": "AWS::SNS::Topic"}}})
S3_DESTINATION = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::kept"}
STATES = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'

FILL: dict[str, Callable[[], Any]] = {
    "acm": lambda: of("acm").request_certificate(DomainName="example.test"),
    "apigateway": lambda: of("apigateway").create_rest_api(name="a"),
    "apigatewayv2": lambda: of("apigatewayv2").create_api(Name="a", ProtocolType="HTTP"),
    "autoscaling": lambda: of("autoscaling").create_launch_configuration(
        LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="t2.micro"
    ),
    "cloudformation": lambda: of("cloudformation").create_stack(StackName="s", TemplateBody=STACK),
    "cloudwatch": lambda: of("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}]),
    "cognito-idp": lambda: of("cognito-idp").create_user_pool(PoolName="p"),
    "ec2": two_subnets,
    "ecr": lambda: of("ecr").create_repository(repositoryName="repo"),
    "ecs": lambda: of("ecs").create_cluster(clusterName="c"),
    "efs": lambda: of("efs").create_file_system(CreationToken="t"),
    "elasticache": lambda: of("elasticache").create_cache_cluster(
        CacheClusterId="c", Engine="redis", CacheNodeType="cache.t3.micro", NumCacheNodes=1
    ),
    "elb": lambda: of("elb").create_load_balancer(
        LoadBalancerName="lb",
        Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=["us-east-1a"],
    ),
    "elbv2": lambda: of("elbv2").create_load_balancer(Name="lb", Subnets=two_subnets()),
    "events": lambda: of("events").put_rule(Name="r", ScheduleExpression="rate(1 minute)"),
    "firehose": lambda: of("firehose").create_delivery_stream(
        DeliveryStreamName="d", S3DestinationConfiguration=S3_DESTINATION
    ),
    "globalaccelerator": an_accelerator,
    "iam": lambda: of("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}"),
    "kinesis": lambda: of("kinesis").create_stream(StreamName="s", ShardCount=1),
    "kms": lambda: of("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
    "lambda": a_function,
    "logs": lambda: of("logs").create_log_group(logGroupName="g"),
    "networkmanager": lambda: of("networkmanager").create_global_network(),
    "organizations": lambda: of("organizations").create_organization(FeatureSet="ALL"),
    "rds": lambda: of("rds").create_db_instance(
        DBInstanceIdentifier="d",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        MasterUsername="u",
        MasterUserPassword="password1",
        AllocatedStorage=20,
    ),
    "resource-groups": lambda: of("resource-groups").create_group(
        Name="g",
        ResourceQuery={
            "Type": "TAG_FILTERS_1_0",
            "Query": '{"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "k", "Values": ["v"]}]}',
        },
    ),
    "route53": lambda: of("route53").create_hosted_zone(Name="example.test", CallerReference="1"),
    "s3": a_bucket,
    "scheduler": lambda: of("scheduler").create_schedule_group(Name="g"),
    "secretsmanager": lambda: of("secretsmanager").create_secret(Name="s", SecretString="x"),
    "ses": lambda: of("ses").verify_email_identity(EmailAddress="a@example.test"),
    "sns": a_topic_with_a_subscriber,
    "sqs": a_queue_with_a_message,
    "ssm": lambda: of("ssm").put_parameter(Name="/a", Value="v", Type="String"),
    "stepfunctions": lambda: of("stepfunctions").create_state_machine(
        name="m", definition=STATES, roleArn="arn:aws:iam::123456789012:role/r"
    ),
    "sts": lambda: of("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="s12"),
    "wafv2": lambda: of("wafv2").create_ip_set(Name="i", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=[]),
}


@pytest.fixture
def moto() -> Iterator[None]:
    with mock_aws():
        yield
        reset_moto()


def test_there_is_a_filling_for_every_service_that_is_said_to_be_saved() -> None:
    assert set(FILL) == SAVED


@pytest.mark.parametrize("service", sorted(SAVED))
@pytest.mark.usefixtures("moto")
def test_a_service_comes_back_as_it_was(service: str, tmp_path: Path) -> None:
    """Saved again after loading, it holds the same names: the second file has the first one's services and size."""
    FILL[service]()
    first = moto_state.save(tmp_path / "state")
    assert service in first.services
    assert first.left_out == ()
    content, message = moto_state.load(tmp_path / "state")
    assert message == ""
    reset_moto()
    assert service not in moto_state.backends_in_use()
    moto_state.put_back(content)
    second = moto_state.save(tmp_path / "state")
    assert set(first.services) <= set(second.services)
    assert second.size_bytes > 0.9 * first.size_bytes


@pytest.mark.usefixtures("moto")
def test_a_stack_and_its_queue_are_still_one_thing(tmp_path: Path) -> None:
    FILL["cloudformation"]()
    moto_state.save(tmp_path / "state")
    content, _ = moto_state.load(tmp_path / "state")
    reset_moto()
    moto_state.put_back(content)
    assert len(of("sqs").list_queues()["QueueUrls"]) == 1
    of("cloudformation").delete_stack(StackName="s")
    assert "QueueUrls" not in of("sqs").list_queues()


@pytest.mark.usefixtures("moto")
def test_objects_of_a_bucket_keep_their_bytes(tmp_path: Path) -> None:
    a_bucket()
    moto_state.save(tmp_path / "state")
    content, _ = moto_state.load(tmp_path / "state")
    reset_moto()
    moto_state.put_back(content)
    assert of("s3").get_object(Bucket="kept", Key="large")["Body"].read() == b"x" * 6_000_000

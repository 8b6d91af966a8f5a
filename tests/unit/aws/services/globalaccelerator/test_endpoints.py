"""Which endpoint an id names (section 2.4), and the rule that leads it to a region's application."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.endpoints import endpoint_of
from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.kernel.errors import Refusal

ACCOUNT, DUBLIN = "123456789012", "eu-west-1"
IMAGE = "ami-12c6146b"  # one that moto's EC2 has


def endpoint(endpoint_id: str, region: str = DUBLIN, **more: Any) -> Any:
    return endpoint_of({"EndpointId": endpoint_id, **more}, ACCOUNT, region)


def test_the_load_balancer_before_an_application_is_there_by_itself(balancer: Any) -> None:
    made = endpoint(balancer(DUBLIN))
    assert (made.kind, made.weight, made.preserves_client) == ("ALB", 128, True)
    made = endpoint(balancer(DUBLIN).replace("/app/app/", "/net/app/"), Weight=0)
    assert (made.kind, made.weight, made.preserves_client) == ("NLB", 0, False)
    assert not endpoint(balancer(DUBLIN), ClientIPPreservationEnabled=False).preserves_client


def test_load_balancers_addresses_and_instances_that_were_made_are_endpoints(world: Any, balancer: Any) -> None:
    ec2, elb = world.client("ec2", DUBLIN), world.client("elbv2", DUBLIN)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]

    def made(name: str, **options: Any) -> str:
        balancers = elb.create_load_balancer(Name=name, Subnets=subnets, **options)["LoadBalancers"]
        return str(balancers[0]["LoadBalancerArn"])

    public, internal, network = made("a"), made("b", Scheme="internal"), made("c", Type="network")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    instance = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    found = {each: endpoint(each) for each in (public, internal, network, address, instance)}
    assert [each.kind for each in found.values()] == ["ALB", "ALB", "NLB", "EIP", "EC2"]
    assert [each.preserves_client for each in found.values()] == [True, True, False, False, True]
    for each, never in ((internal, False), (address, True), (instance, False)):
        with pytest.raises(InvalidArgumentException, match="preservation"):
            endpoint(each, ClientIPPreservationEnabled=never)
    for each in (public, address, instance):
        with pytest.raises(InvalidArgumentException):
            endpoint(each, "us-east-1")
    ec2.release_address(AllocationId=address)
    ec2.terminate_instances(InstanceIds=[instance])
    for each in (address, instance, balancer(DUBLIN, name="gone")):
        with pytest.raises(InvalidArgumentException, match="is not a load balancer"):
            endpoint(each)


@pytest.mark.parametrize(
    "endpoint_id", ["eipalloc-0", "i-0", "vol-0", "subnet-0", "arn:aws:s3:::b", "198.18.1.10", "app"]
)
def test_an_id_that_leads_nowhere_is_named(endpoint_id: str) -> None:
    with pytest.raises(InvalidArgumentException, match=endpoint_id):
        endpoint(endpoint_id)


def test_an_endpoint_stands_in_its_groups_region(balancer: Any) -> None:
    with pytest.raises(InvalidArgumentException, match="in us-east-1, its endpoint group in eu-west-1"):
        endpoint(balancer("us-east-1"))


def test_endpoints_of_other_accounts_are_refused_by_name(balancer: Any) -> None:
    for asked in ({"EndpointId": balancer(DUBLIN, account="111122223333")}, {"EndpointId": "x", "AttachmentArn": "y"}):
        with pytest.raises(Refusal, match="other accounts") as caught:
            endpoint_of(asked, ACCOUNT, DUBLIN)
        assert caught.value.status == 501


def test_an_endpoint_needs_an_id() -> None:
    with pytest.raises(InvalidArgumentException, match="EndpointId"):
        endpoint_of({"Weight": 1}, ACCOUNT, DUBLIN)


def test_what_was_deleted_since_is_published_as_missing_with_the_reason(world: Any, balancer: Any) -> None:
    """Nothing tells an accelerator that its endpoint's resource is gone: the endpoint stays, and leads nowhere."""
    ec2, elb = world.client("ec2", DUBLIN), world.client("elbv2", DUBLIN)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    arn = elb.create_load_balancer(Name="a", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    instance = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    endpoints = [endpoint(each) for each in (arn, address, instance, balancer(DUBLIN))]

    def missing() -> list[str]:
        return [each.published("198.18.2.10", ACCOUNT, DUBLIN).get("missing", "") for each in endpoints]

    assert missing() == ["", "", "", ""]
    ec2.stop_instances(InstanceIds=[instance])
    assert missing()[2] == f"the instance {instance} is stopped"
    ec2.start_instances(InstanceIds=[instance])
    assert missing()[2] == ""
    elb.delete_load_balancer(LoadBalancerArn=arn)
    ec2.release_address(AllocationId=address)
    ec2.terminate_instances(InstanceIds=[instance])
    name = arn.partition(":loadbalancer/")[2]
    assert missing() == [
        f"the load balancer {name} was deleted",
        f"the Elastic IP address {address} was released",
        f"the instance {instance} is terminated",
        "",
    ]

"""What the data plane is told."""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.globalaccelerator.snapshot import topics


def test_each_accelerator_is_a_topic_that_holds_all_below_it(world: Any, balancer: Any) -> None:
    made = world.accelerator(Name="shop")
    arn = made["AcceleratorArn"]
    listener = world.listener(arn, ClientAffinity="SOURCE_IP")
    group = world.group(listener, EndpointConfigurations=[{"EndpointId": balancer("eu-west-1"), "Weight": 7}])
    assert topics() == {
        f"accelerator/{arn.rpartition('/')[2]}": {
            "arn": arn,
            "name": "shop",
            "account": "123456789012",
            "dns_name": made["DnsName"],
            "enabled": True,
            "addresses": ["192.0.2.1", "198.51.100.1"],
            "listeners": [
                {
                    "arn": listener,
                    "protocol": "TCP",
                    "port_ranges": [[80, 80]],
                    "client_affinity": "SOURCE_IP",
                    "endpoint_groups": [
                        {
                            "arn": group["EndpointGroupArn"],
                            "region": "eu-west-1",
                            "traffic_dial_percentage": 100.0,
                            "health_check": {
                                "protocol": "TCP",
                                "port": 80,
                                "path": "/",
                                "interval_s": 30,
                                "threshold": 3,
                            },
                            "port_overrides": [],
                            "endpoints": [
                                {
                                    "endpoint_id": balancer("eu-west-1"),
                                    "kind": "ALB",
                                    "address": "198.18.2.10",
                                    "weight": 7,
                                    "client_ip_preservation": True,
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    }


def test_one_that_is_deleted_is_no_topic_any_more(world: Any) -> None:
    kept, gone = world.accelerator(Enabled=False), world.accelerator(Enabled=False)
    world.api.delete_accelerator(AcceleratorArn=gone["AcceleratorArn"])
    [(topic, value)] = topics().items()
    assert topic == f"accelerator/{kept['AcceleratorArn'].rpartition('/')[2]}"
    assert not value["enabled"]

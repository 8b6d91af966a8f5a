"""A check's config as AWS shows it (fact sheet §2.1, §2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.health_checks import CallerReferences, Check, complete
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"Type": "HTTP"}, {"Port": 80, "RequestInterval": 30, "FailureThreshold": 3, "EnableSNI": False}),
        ({"Type": "HTTPS", "ResourcePath": "health"}, {"Port": 443, "EnableSNI": True, "ResourcePath": "/health"}),
        ({"Type": "HTTPS", "EnableSNI": "false", "Port": "8443"}, {"Port": 8443, "EnableSNI": False}),
        ({"Type": "CALCULATED", "HealthThreshold": 0}, {"HealthThreshold": 0, "Inverted": False}),
    ],
)
def test_what_is_left_out_has_aws_default(config: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert wanted.items() <= complete(config).items()


@pytest.mark.parametrize("kind", ["CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"])
def test_checks_without_an_endpoint_have_no_port_and_no_interval(kind: str) -> None:
    assert not {"Port", "RequestInterval", "FailureThreshold"} & set(complete({"Type": kind}))


def test_an_update_keeps_what_it_does_not_name_and_resets_what_it_is_told_to() -> None:
    check = Check("id", "ref", {"Type": "HTTP", "FullyQualifiedDomainName": "a.test", "ResourcePath": "/x"})
    check.update({"FailureThreshold": 1, "Type": "TCP", "ResourcePath": None}, ["FullyQualifiedDomainName"])
    assert (check.config["Type"], check.config["FailureThreshold"], check.config["ResourcePath"]) == ("HTTP", 1, "/x")
    assert "FullyQualifiedDomainName" not in check.config
    assert check.health_check_version == 2


def test_a_caller_reference_is_good_for_one_check_for_good() -> None:
    references, check = CallerReferences(), Check("id", "ref", {"Type": "TCP", "Port": 80})
    assert references.existing("ref", {"Type": "TCP", "Port": 80}) is None
    references.note(check)
    assert references.existing("ref", {"Type": "TCP", "Port": 80}) is check
    with pytest.raises(Refusal) as refused:
        references.existing("ref", {"Type": "TCP", "Port": 81})
    assert (refused.value.code, refused.value.status) == ("HealthCheckAlreadyExists", 409)
    references.forget_check(check)
    with pytest.raises(Refusal):
        references.existing("ref", {"Type": "TCP", "Port": 80})

"""What an accelerator may be called, and what is refused by name (section 2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.accelerators import (
    Accelerator,
    check_accelerator,
    check_attributes,
    check_tags,
)
from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize("name", ["a", "shop.eu-1", "x" * 64, "9"])
def test_names_that_can_be(name: str) -> None:
    check_accelerator({"Name": name})


@pytest.mark.parametrize("name", ["", "-a", "a-", ".a", "a.", "a_b", "a b", "x" * 65, "é", "a\n"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InvalidArgumentException, match="up to 64 letters"):
        check_accelerator({"Name": name})


@pytest.mark.parametrize(
    ("asked", "word"), [({"IpAddressType": "DUAL_STACK"}, "DUAL_STACK"), ({"IpAddresses": ["10.0.0.1"]}, "BYOIP")]
)
def test_what_is_not_emulated_says_so(asked: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal, match=word) as caught:
        check_accelerator(asked)
    assert caught.value.status == 501


def test_flow_logs_stay_off() -> None:
    check_attributes({"FlowLogsEnabled": False, "FlowLogsS3Bucket": "logs"})
    with pytest.raises(Refusal, match="flow logs"):
        check_attributes({"FlowLogsEnabled": True})


@pytest.mark.parametrize(
    ("keys", "word"), [(["a", "a"], "twice"), (["aws:x"], "begin"), ([str(n) for n in range(50)], "50")]
)
def test_tags_that_cannot_be(keys: list[str], word: str) -> None:
    with pytest.raises(InvalidArgumentException, match=word):
        check_tags([{"Key": key, "Value": ""} for key in keys], {"present": ""})


def test_the_status_follows_the_last_change() -> None:
    made = Accelerator(arn="a/1", number=1, name="n", enabled=True, addresses=("1", "2"), label="a0", now_s=100.0)
    statuses = [made.status(Surroundings(now_s=lambda at=at: at, deploy_s=5.0)) for at in (100.0, 104.9, 105.0)]  # type: ignore[misc]
    assert statuses == ["IN_PROGRESS", "IN_PROGRESS", "DEPLOYED"]
    made.changed_s = 200.0
    assert made.status(Surroundings(now_s=lambda: 201.0, deploy_s=5.0)) == "IN_PROGRESS"
    assert made.id == "1"

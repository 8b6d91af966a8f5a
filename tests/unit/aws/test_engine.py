"""What follows a call to the engine; moto itself is in tests/live/."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.aws.engine import may_change
from sandbox.protocols.http1 import Request

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"method": "GET", "target": "/2013-04-01/hostedzone"}, False),
        ({"method": "HEAD", "target": "/bucket/key"}, False),
        ({"method": "PUT", "target": "/bucket/key"}, True),
        ({"method": "DELETE", "target": "/bucket/key"}, True),
        ({"method": "GET", "target": "/?Action=CreateQueue"}, True),
        ({"method": "GET", "target": "/?Action=ListQueues"}, False),
        ({"X_Amz_Target": "AmazonSQS.SendMessage"}, True),
        ({"X_Amz_Target": "AmazonSQS.ReceiveMessage"}, True),
        ({"X_Amz_Target": "AmazonSSM.GetParameter"}, False),
        ({"Content_Type": FORM, "body": b"Action=DescribeStacks&Version=2010-05-15"}, False),
        ({"Content_Type": FORM, "body": b"Action=CreateStack&Version=2010-05-15"}, True),
        ({"method": "POST", "target": "/2013-04-01/hostedzone/Z1/rrset/"}, True),
    ],
)
def test_only_calls_that_surely_read_leave_the_state_as_it_is(
    request_of: Callable[..., Request], fields: dict[str, str], changes: bool
) -> None:
    assert may_change(request_of(**fields), "any") is changes

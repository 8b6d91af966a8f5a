"""Claims about a region with LocalStack beside it; a stand-in for its image does where no registry can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

REGION = "us-east-1"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, containers: Any) -> Iterator[tuple[Any, Sandbox]]:
    """One region and its LocalStack."""
    containers.require_image(containers.IMAGE)
    containers.require_image(containers.LOCALSTACK)
    stack = containers.Stack((REGION,), tmp_path_factory.mktemp("localstack"), {"COMPOSE_PROFILES": "localstack"})
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from containers.brought_up(stack, monkeypatch)


def stored(sandbox: Sandbox, bucket: str) -> bool:
    s3 = sandbox.client("s3", region=REGION)
    try:
        s3.create_bucket(Bucket=bucket)
    except ClientError:
        return False
    s3.put_object(Bucket=bucket, Key="apples", Body=b"seven")
    return bool(s3.get_object(Bucket=bucket, Key="apples")["Body"].read() == b"seven")


def test_what_the_region_does_not_serve_itself_is_localstack_s(small: Any) -> None:
    """Its container, asked directly from inside, has the object; control's moto has no such bucket."""
    stack, sandbox = small
    sandbox.wait_until(lambda: stored(sandbox, "from-the-host"), within_s=60)
    inside = "import json, urllib.request as r; print(json.dumps(r.urlopen('http://{}:4566/from-the-host/apples').read().decode()))"
    assert stack.python(REGION, inside.format("engine")) == "seven"


def test_a_stop_takes_region_and_engine_and_the_heal_brings_both(small: Any) -> None:
    stack, sandbox = small
    with sandbox.fault.stop(REGION):
        assert [stack.state_of(name) for name in (REGION, f"{REGION}-localstack")] == ["exited", "exited"]
    assert [stack.state_of(name) for name in (REGION, f"{REGION}-localstack")] == ["running", "running"]
    sandbox.wait_until(lambda: stored(sandbox, "after-the-stop"), within_s=60)


def test_a_freeze_takes_region_and_engine(small: Any) -> None:
    stack, sandbox = small
    with sandbox.fault.freeze(REGION):
        assert [stack.state_of(name) for name in (REGION, f"{REGION}-localstack")] == ["paused", "paused"]
    assert [stack.state_of(name) for name in (REGION, f"{REGION}-localstack")] == ["running", "running"]

"""From calling `sandbox up` with three regions to the first routed answer, and the memory of everything.

A routed answer: as soon as the AWS endpoint answers, a zone with a latency record is made with boto3, and somebody in
Paris asks for its name through the proxy until the status is 200. The first run of a fresh installation compiles
Python files and is not counted.
"""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from benches.life import Life, variables
from benches.relay import encoded_user
from benches.rig import REGIONS
from benches.values import BenchFailed, Figure, Orders, Run
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas

UP_MOST_S = 5.0
PSS_MOST_MB = 450.0
ANSWER_WITHIN_S = 60.0
PLACE, NAME = "paris", "app.example.test"
POLL_S = 0.02


def measure(orders: Orders) -> Iterator[Run]:
    """A sandbox for each run, after one that is not counted."""
    os.environ.update(variables())
    boto3.client("route53", region_name=REGIONS[0])  # load its model now: it is the client's time, not the sandbox's
    for number in range(orders.runs + 1):
        with TemporaryDirectory(prefix="sandbox-bench-") as folder:
            life = Life(Path(folder), REGIONS)
            try:
                figures = one_life(life)
            finally:
                life.close()
        orders.tell(f"up: {figures[0].value:.2f} s{'' if number else ', not counted'}")
        if number:
            yield figures


def one_life(life: Life) -> Run:
    """Up, the first answer, status, down."""
    life.up()
    life.wait_for_port(life.aws)
    port_s = time.monotonic() - life.started_s
    make_zone(life)
    zone_s = time.monotonic() - life.started_s
    wait_for_answer(life)
    answer_s = time.monotonic() - life.started_s
    ready_s = life.wait_until_ready()
    memory = life.status()["pss_mb"]
    down_s, left = life.down()
    if left:
        raise BenchFailed(f"`down` has left {', '.join(left)}")
    return [
        Figure(name="up to the first routed answer", unit="s", value=answer_s, wants="at most", target=UP_MOST_S),
        Figure(
            name="memory of everything (PSS)", unit="MB", value=memory["total"], wants="at most", target=PSS_MOST_MB
        ),
        Figure(name="the AWS port listens after", unit="s", value=port_s),
        Figure(name="the zone is made after", unit="s", value=zone_s),
        Figure(name="`up` says ready after", unit="s", value=ready_s),
        Figure(name="`down` takes", unit="s", value=down_s),
        Figure(name="left by `down`: processes, ports", unit="count", value=len(left), wants="at most", target=0),
        *(
            Figure(name=f"memory of {program} (PSS)", unit="MB", value=megabytes)
            for program, megabytes in memory.items()
            if program != "total" and megabytes is not None
        ),
    ]


def make_zone(life: Life) -> None:
    """A zone with a latency record, by plain boto3 calls, tried until the endpoint serves them."""
    patient = Config(retries={"total_max_attempts": 1}, connect_timeout=ANSWER_WITHIN_S, read_timeout=ANSWER_WITHIN_S)
    endpoint = f"http://127.0.0.1:{life.aws}"
    route53 = boto3.client("route53", region_name=REGIONS[0], endpoint_url=endpoint, config=patient)
    zone_id = insist(lambda: route53.create_hosted_zone(Name="example.test", CallerReference="bench"), life)
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record} for record in latency_records()]}
    route53.change_resource_record_sets(HostedZoneId=zone_id["HostedZone"]["Id"], ChangeBatch=batch)


def insist(call: Any, life: Life) -> Any:
    """Its result, once it succeeds."""
    while True:
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() - life.started_s > ANSWER_WITHIN_S:
                raise BenchFailed(f"no answer from Route 53 after {ANSWER_WITHIN_S:g} s: {error}") from error
            time.sleep(POLL_S)


def latency_records() -> list[dict[str, Any]]:
    """One for each region."""
    plan = AddressPlan(Atlas.load(), REGIONS)
    return [
        {
            "Name": NAME,
            "Type": "A",
            "TTL": 60,
            "SetIdentifier": region,
            "Region": region,
            "ResourceRecords": [{"Value": plan.region_address(region, "app")}],
        }
        for region in REGIONS
    ]


def wait_for_answer(life: Life) -> None:
    """Until a GET from PLACE is answered with 200."""
    said = "nothing"
    while said != "200":
        if time.monotonic() - life.started_s > ANSWER_WITHIN_S:
            raise BenchFailed(f"no routed answer after {ANSWER_WITHIN_S:g} s; the last was {said}")
        said = visit(life.proxy)
        if said != "200":
            time.sleep(POLL_S)


def visit(proxy_port: int) -> str:
    """The status of one GET, or the error."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy_port, timeout=10)
    try:
        user = {"Proxy-Authorization": f"Basic {encoded_user(PLACE)}"}
        connection.request("GET", f"http://{NAME}/", headers=user)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()

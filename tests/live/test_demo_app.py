"""`python -m demo_app` as a real process, and `serve` in a forked child, with real sockets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@contextmanager
def running_app(**variables):
    """The app's address, while it runs."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "demo_app"],
        cwd=ROOT,
        env={**clean, "AWS_REGION": "eu-west-1", "PORT": "0", **KEYS, **variables},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # pytest's own shell may ignore it
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        port = re.fullmatch(r"demo_app: ready on port (\d+) \(pid \d+\)\n", line)[1]
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(url, *, method="GET", body=None, timeout_s=20):
    """Status and JSON of one request, past any proxy."""
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, data=data, method=method), timeout=timeout_s) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture(scope="module")
def dynamodb():
    """The address of moto's server in this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.filterwarnings("ignore")
def test_a_real_process_keeps_orders_in_its_dynamodb(dynamodb):
    with running_app(AWS_ENDPOINT_URL=dynamodb) as (address, _):
        status, answer = ask(f"{address}/items")
        assert status == 503
        words = answer["create"].split()
        assert words[:3] == ["aws", "dynamodb", "create-table"]
        create_table(dynamodb, words[words.index("--table-name") + 1])

        status, created = ask(f"{address}/items", method="POST", body={"name": "apples", "quantity": 3})
        assert status == 201
        status, listed = ask(f"{address}/items")
        assert (status, listed["items"]) == (200, [created["item"]])
        assert ask(f"{address}/health?deep=1")[0] == 200


def test_eight_first_calls_at_once_make_one_client(dynamodb):
    # Sessions of boto3 break when two threads make clients at once; each answer would then be a 500.
    with running_app(AWS_ENDPOINT_URL=dynamodb) as (address, _), ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda number: ask(f"{address}/baskets/{number}")[0], range(16)))
    assert set(statuses) == {503}


def test_a_deep_health_check_is_done_before_a_checker_gives_up():
    # A database that accepts and never answers; Route 53's checkers wait 2 s for an answer. Asked again while it is
    # late, for the machine may be busy: an app that waits longer than a checker is late each time.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with running_app(AWS_ENDPOINT_URL=endpoint) as (address, _):
            took_ms = []
            while not took_ms or (took_ms[-1] >= 2_000 and len(took_ms) < 5):
                status, answer = ask(f"{address}/health?deep=1")
                assert (status, answer["error"]) == (503, "ReadTimeoutError")
                took_ms.append(answer["took_ms"])
            assert took_ms[-1] < 2_000, took_ms
            assert ask(f"{address}/health")[0] == 200


def test_an_endpoint_on_this_machine_is_not_reached_through_a_proxy(dynamodb):
    with running_app(AWS_ENDPOINT_URL=dynamodb, HTTP_PROXY="http://127.0.0.1:1", NO_PROXY="") as (address, _):
        assert ask(f"{address}/items/none")[0] in (404, 503)
        assert ask(f"{address}/items/none")[1]["error"] in ("NotFound", "ResourceNotFoundException")


def test_the_process_ends_on_interrupt():
    with running_app() as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [({"AWS_REGION": ""}, 2, "AWS_REGION is not set"), ({"PORT": "eighty"}, 2, "PORT: 'eighty'")],
)
def test_a_wrong_variable_is_one_line_and_exit_code_2(variables, code, words):
    ended = subprocess.run(
        [sys.executable, "-m", "demo_app"],
        cwd=ROOT,
        env={**os.environ, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "", **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == code
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_taken_port_is_one_line_and_exit_code_1():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = subprocess.run(
            [sys.executable, "-m", "demo_app"],
            cwd=ROOT,
            env={**os.environ, "AWS_REGION": "eu-west-1", "PORT": str(taken.getsockname()[1])},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert "cannot listen" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_warm_parent_can_fork_two_regions():
    # The children report their ports over a pipe, as a region's program does it.
    program = (
        "import os\n"
        "from demo_app.server import serve\n"
        "from demo_app.store import warm\n"
        "warm()\n"
        "for region in ('eu-west-1', 'us-east-1'):\n"
        "    if os.fork() == 0:\n"
        "        tell = lambda port: os.write(1, f'{os.getpid()} {port}\\n'.encode())\n"
        "        serve({'AWS_REGION': region, 'PORT': '0'}, tell)\n"
        "        os._exit(0)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines = [parent.stdout.readline().split() for _ in range(2)]
    try:
        regions = {ask(f"http://127.0.0.1:{port}/")[1]["region"] for _, port in lines}
    finally:
        for pid, _ in lines:
            os.kill(int(pid), signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
    assert regions == {"eu-west-1", "us-east-1"}


def create_table(endpoint, name):
    """What the line of the 503 does, through boto3."""
    import boto3

    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

"""Claims about S3's host names for whoever stands on the planet: dig, curl, boto3 without an endpoint, presigned URLs.

The planet's DNS knows each bucket's region by itself: BUCKET.s3.amazonaws.com leads there, and goes on without control.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

VIRGINIA, DUBLIN, TOKYO = "us-east-1", "eu-west-1", "ap-northeast-1"
AWS_ADDRESS = {VIRGINIA: "198.18.1.30", DUBLIN: "198.18.2.30", TOKYO: "198.18.3.30"}
BY_HOST = {"addressing_style": "virtual"}
BODY = b"from Ireland"

Dig = Callable[[str], str]
Curl = Callable[..., tuple[str, dict[str, str], bytes]]


@pytest.fixture
def dig(planet: Sandbox) -> Dig:
    """dig(name): its address, by dig."""
    program = shutil.which("dig")
    if program is None:
        pytest.skip("dig is not installed (Debian: bind9-dnsutils)")

    def ask(name: str) -> str:
        words = [program, "@127.0.0.1", "-p", str(planet.ports["dns"]), name, "+short"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    return ask


@pytest.fixture
def curl(planet: Sandbox) -> Curl:
    """curl(city, url, *words): status, headers (in small letters) and body of the last answer, over TLS by our CA."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")

    def visit(city: str, url: str, *words: str) -> tuple[str, dict[str, str], bytes]:
        command = [program, "-s", "-i", "--suppress-connect-headers", *words, url]
        there = planet.place(city).environment()
        said = subprocess.run(command, env=there, capture_output=True, check=True).stdout
        while said.startswith(b"HTTP/1.1 3") and "-L" in words:
            said = said[said.index(b"HTTP/1.1", 1) :]
        head, _, body = said.partition(b"\r\n\r\n")
        status, *lines = head.decode().splitlines()
        pairs = (line.partition(": ") for line in lines)
        return status.split()[1], {name.lower(): value for name, _, value in pairs}, body

    return visit


@pytest.fixture
def bucket(planet: Sandbox, clients: dict[str, Any], dig: Dig, buckets: Any) -> Iterator[str]:
    """A bucket in Ireland with one object that everybody may read, and DNS knows it."""
    name = buckets[DUBLIN][1]
    make(clients[DUBLIN], name, DUBLIN)
    planet.wait_until(lambda: dig(f"{name}.s3.amazonaws.com") == AWS_ADDRESS[DUBLIN])
    yield name
    for client in clients.values():
        try:
            client.delete_object(Bucket=name, Key="k")
            client.delete_bucket(Bucket=name)
        except ClientError:
            continue  # it is in another region


def make(client: Any, name: str, region: str, body: bytes = BODY) -> None:
    place = {} if region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **place)
    client.put_object(Bucket=name, Key="k", Body=body, ACL="public-read")


def from_city(planet: Sandbox, city: str, region: str, **config: Any) -> tuple[Any, list[str]]:
    """boto3 in a city, without an endpoint, with buckets in host names; and what it asks of whom."""
    client = planet.place(city).client("s3", region=region, config=Config(s3=BY_HOST, **config))
    asked: list[str] = []

    def note(request: Any, **_: Any) -> None:
        asked.append(f"{request.method} {request.url.partition('?')[0]}")

    client.meta.events.register("before-send.s3", note)
    return client, asked


def test_each_form_of_a_buckets_name_leads_to_a_region(bucket: str, dig: Dig) -> None:
    assert dig(f"{bucket}.s3.amazonaws.com") == AWS_ADDRESS[DUBLIN], "the bucket's region"
    assert dig(f"nobodys-{bucket}.s3.amazonaws.com") == AWS_ADDRESS[VIRGINIA], "us-east-1 while nobody knows it"
    assert dig("s3.amazonaws.com") == AWS_ADDRESS[VIRGINIA]
    for form in ("s3.{}", "s3-{}", "s3.dualstack.{}"):
        for region, address in AWS_ADDRESS.items():
            assert dig(f"{bucket}.{form.format(region)}.amazonaws.com") == address


@pytest.mark.parametrize("city", ["paris", "sydney"])
def test_curl_reads_an_object_under_each_name_of_its_bucket(bucket: str, curl: Curl, city: str) -> None:
    for host in ("s3.amazonaws.com", f"s3.{DUBLIN}.amazonaws.com", f"s3.dualstack.{DUBLIN}.amazonaws.com"):
        assert curl(city, f"https://{bucket}.{host}/k")[::2] == ("200", BODY)
    assert curl(city, f"http://{bucket}.s3-{DUBLIN}.amazonaws.com/k")[::2] == ("200", BODY)
    assert curl(city, f"https://s3.{DUBLIN}.amazonaws.com/{bucket}/k")[::2] == ("200", BODY)


def test_the_wrong_region_is_a_301_that_names_the_right_one(bucket: str, curl: Curl) -> None:
    status, headers, body = curl("paris", f"https://{bucket}.s3.{TOKYO}.amazonaws.com/k")
    assert (status, headers["x-amz-bucket-region"]) == ("301", DUBLIN)
    assert f"<Endpoint>{bucket}.s3.{DUBLIN}.amazonaws.com</Endpoint>".encode() in body


@pytest.mark.parametrize(
    ("signed_for", "first"), [(VIRGINIA, "s3.amazonaws.com"), (TOKYO, f"s3.{TOKYO}.amazonaws.com")]
)
def test_boto3_in_the_wrong_region_finds_the_bucket(planet: Sandbox, bucket: str, signed_for: str, first: str) -> None:
    """A global name gets it 400 with the region to sign for, a region's own name 301; it follows both by itself."""
    s3, asked = from_city(planet, "sydney", signed_for)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY
    assert asked == [f"GET https://{bucket}.{first}/k", f"GET https://{bucket}.s3.{DUBLIN}.amazonaws.com/k"]
    head, asked = from_city(planet, "paris", signed_for)
    assert head.head_object(Bucket=bucket, Key="k")["ContentLength"] == len(BODY), "HEAD has no body to tell it"


@pytest.mark.parametrize("signature", ["s3", "s3v4"])
def test_presigned_urls_with_the_bucket_in_the_host_work_from_anywhere(
    planet: Sandbox, bucket: str, curl: Curl, signature: str
) -> None:
    s3, _ = from_city(planet, "paris", DUBLIN, signature_version=signature)
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by url"})
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "by url"})
    assert all(url.startswith(f"https://{bucket}.s3.") for url in (put, get))
    assert curl("sydney", put, "-X", "PUT", "-d", "written in Sydney")[0] == "200"
    assert curl("paris", get)[::2] == ("200", b"written in Sydney")
    s3.delete_object(Bucket=bucket, Key="by url")


def test_a_global_name_is_served_without_us_east_1_and_without_control(
    planet: Sandbox, bucket: str, dig: Dig, curl: Curl
) -> None:
    """Data planes need neither: the name is in the planet's own DNS, and the region answers it itself."""
    with planet.fault.isolate(VIRGINIA):
        assert curl("paris", f"https://{bucket}.s3.amazonaws.com/k")[::2] == ("200", BODY)
        s3, asked = from_city(planet, "paris", VIRGINIA)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY
        assert len(asked) == 2, "400 from the bucket's own region, then signed for it"
    planet.call("control", "save")  # a large state is saved now and then only, and a kill takes what is newer
    with planet.fault.stop("control"):
        assert dig(f"{bucket}.s3.amazonaws.com") == AWS_ADDRESS[DUBLIN]
    planet.wait_until(lambda: curl("paris", f"https://{bucket}.s3.amazonaws.com/k")[0] == "200")


def test_a_bucket_made_anew_elsewhere_moves_with_its_name_and_old_answers_are_a_307(
    planet: Sandbox, clients: dict[str, Any], bucket: str, dig: Dig, curl: Curl
) -> None:
    """Paris's resolver keeps what it knew. Ireland then says where to go, for now; SDKs and `curl -L` go there."""
    name = f"{bucket}.s3.amazonaws.com"
    planet.set_place("paris", hold_s="forever")
    try:
        assert curl("paris", f"https://{name}/k")[0] == "200"
        clients[DUBLIN].delete_object(Bucket=bucket, Key="k")
        clients[DUBLIN].delete_bucket(Bucket=bucket)
        make(clients[TOKYO], bucket, TOKYO, b"from Japan")
        planet.wait_until(lambda: dig(name) == AWS_ADDRESS[TOKYO])
        assert curl("sydney", f"https://{name}/k", "-L")[::2] == ("200", b"from Japan")
        status, headers, _ = curl("paris", f"https://{name}/k")
        assert (status, headers["x-amz-bucket-region"]) == ("307", TOKYO)
        assert headers["location"] == f"https://{bucket}.s3.{TOKYO}.amazonaws.com/k"
        assert curl("paris", f"https://{name}/k", "-L")[::2] == ("200", b"from Japan")
        s3, asked = from_city(planet, "paris", VIRGINIA)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"from Japan"
        assert asked[-1] == f"GET https://{bucket}.s3.{TOKYO}.amazonaws.com/k"
    finally:
        planet.set_place("paris", usual=True)
    planet.forget_place("paris")
    assert curl("paris", f"https://{name}/k")[::2] == ("200", b"from Japan")


def test_names_of_s3_that_are_not_emulated_say_so(bucket: str, curl: Curl) -> None:
    for host in (f"s3-website-{DUBLIN}", f"s3-website.{DUBLIN}"):
        status, _, body = curl("paris", f"http://{bucket}.{host}.amazonaws.com/k")
        assert (status, b"does not emulate website endpoints of S3" in body) == ("501", True)

"""Claims about what a request sends and what its answer means."""

import json
from dataclasses import replace

import pytest

from sandbox.drills.items import asked_of, sample_of, version_found, version_in, version_of
from sandbox.serving.measured import Measured

BASKET = b'{"basket": {"id": "a", "lines": [{"name": "write-17", "quantity": 1}]}}'
ITEM = {"id": {"S": "a"}, "lines": {"L": [{"M": {"name": {"S": "write-17"}}}]}}


def measured(**more):
    given = {"place": "paris", "url": "", "started_at_s": 0.0, "served_by": "eu-west-1", "ok": True, "status": 200}
    return Measured(**{**given, **more})


@pytest.fixture
def in_dynamodb():
    def change(request):
        return replace(request, url="dynamodb://eu-west-1/a")

    return change


def test_a_basket_is_put_and_got(write, sample):
    put = asked_of(write(17, 0.0).request)
    assert (put.method, json.loads(put.body)) == ("PUT", {"lines": [{"name": "write-17", "quantity": 1}]})
    assert asked_of(sample(18, 0.0).request).method == "GET"


def test_an_item_is_written_where_the_url_says_and_found_again(write, sample, in_dynamodb):
    asked = asked_of(in_dynamodb(write(17, 0.0).request))
    assert (asked.url, asked.headers["X-Amz-Target"]) == (
        "http://dynamodb.eu-west-1.amazonaws.com/",
        "DynamoDB_20120810.PutItem",
    )
    assert "/eu-west-1/dynamodb/" in asked.headers["Authorization"]
    assert version_of(json.loads(asked.body)["Item"]) == 17
    read = asked_of(in_dynamodb(sample(18, 0.0).request))
    assert json.loads(read.body) == {"TableName": "baskets", "Key": {"id": {"S": "a"}}}


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (BASKET, 17),
        (json.dumps({"Item": ITEM}).encode(), 17),
        (b"{}", 0),
        (b'{"basket": {"lines": []}}', None),
        (b'{"Item": {"id": {"S": "a"}}}', None),
        (b"[]", 0),
        (b"<html>", None),
    ],
)
def test_an_answer_says_which_write_it_holds(body, version):
    assert version_found(body) == version


@pytest.mark.parametrize("name", ["write-", "write-x", "17", "write-99999999999", None, "write-²"])
def test_what_no_drill_wrote_is_no_version(name):
    assert version_in(name) == 0


def test_no_such_basket_is_an_answer_to_a_read_only(sample, write):
    missing = measured(ok=False, status=404)
    found = sample_of(sample(1, 0.0).request, 0.0, missing)
    assert (found.ok, found.version, found.served_by) == (True, 0, "eu-west-1")
    assert sample_of(write(1, 0.0).request, 0.0, missing).error == "status-404"
    assert not sample_of(sample(1, 0.0).request, 0.0, replace(missing, served_by="")).ok


def test_a_failure_has_one_word(sample):
    found = sample_of(sample(1, 0.0).request, 0.0, measured(ok=False, status=0, error="timeout"))
    assert (found.ok, found.error, found.served_by, found.version) == (False, "timeout", "", None)


def test_dynamodb_itself_is_its_region(sample, in_dynamodb):
    found = sample_of(in_dynamodb(sample(1, 0.0).request), 0.0, measured(served_by="", body=b"{}"))
    assert (found.served_by, found.version) == ("eu-west-1", 0)

"""TagResource, UntagResource, ListTagsOfResource, and the tags of CreateTable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, required
from sandbox.tables.refusals import invalid_parameter
from sandbox.tables.table import Table

MOST_TAGS = 50
PAGE = 10


def tags_from(given: Iterable[Body]) -> dict[str, str]:
    """A list of Key and Value."""
    tags: dict[str, str] = {}
    for tag in given:
        key = required(tag, "Key", str)
        if key in tags:
            raise invalid_parameter("Duplicate Tag Keys Found")
        tags[key] = required(tag, "Value", str)
    if len(tags) > MOST_TAGS:
        raise too_many()
    return tags


def too_many() -> Refusal:
    """AWS's limit."""
    return invalid_parameter(f"Too many tags: A resource has at most {MOST_TAGS} tags")


def tag_resource(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """TagResource."""
    table = tagged(catalogue, body)
    merged = {**table.tags, **tags_from(required(body, "Tags", list))}
    if len(merged) > MOST_TAGS:
        raise too_many()
    table.tags = merged
    return {}


def untag_resource(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """UntagResource; a key that is not there is no mistake."""
    table = tagged(catalogue, body)
    for key in required(body, "TagKeys", list):
        table.tags.pop(key, None)
    return {}


def list_tags_of_resource(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """ListTagsOfResource, `PAGE` at a time."""
    tags = tagged(catalogue, body).tags
    after = body.get("NextToken")
    keys = list(tags)
    start = keys.index(after) + 1 if after in tags else 0
    page = keys[start : start + PAGE]
    answer: dict[str, Any] = {"Tags": [{"Key": key, "Value": tags[key]} for key in page]}
    if start + PAGE < len(keys):
        answer["NextToken"] = page[-1]
    return answer


def tagged(catalogue: Catalogue, body: Body) -> Table:
    """The table whose ARN is given."""
    arn = required(body, "ResourceArn", str)
    if not arn.startswith("arn:"):
        raise invalid_parameter(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    table = catalogue.find(arn)
    if table is None:
        raise Refusal("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found")
    return table

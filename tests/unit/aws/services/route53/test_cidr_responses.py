"""Blocks are listed page by page; the calls themselves are made by boto3 in tests/live/aws/."""

from __future__ import annotations

from sandbox.aws.services.route53.cidr import CidrCollections
from sandbox.aws.services.route53.cidr_responses import block_mark, name_of
from sandbox.aws.services.route53.paging import page


def test_blocks_are_in_the_order_of_their_marks() -> None:
    book = CidrCollections()
    put = [
        {"LocationName": name, "Action": "PUT", "CidrList": [f"10.{number}.{other}.0/24" for other in range(9)]}
        for number, name in enumerate(("b", "a", "a-b"))
    ]
    collection = book.change(book.create("id", "offices", "r").id, put, None, lambda *_: False)
    blocks = collection.blocks(None)
    listed, following = page(blocks, block_mark, None, 20)
    assert page(blocks, block_mark, following, 20)[0] == blocks[20:]
    assert listed == blocks[:20]
    assert name_of(collection) == "offices"

"""Claims about what a region knows of auto scaling."""

from __future__ import annotations

from sandbox.region.scaling import WriteScaling

ACCOUNT = "111122223333"


def test_a_table_scales_while_the_topic_says_so() -> None:
    scaling = WriteScaling()
    assert not scaling.is_scaled(ACCOUNT, "orders", None)
    scaled = [{"account": ACCOUNT, "table": "orders", "index": index} for index in (None, "by-day")]
    scaling.on_scaling("scaling/eu-west-1", scaled)
    assert scaling.is_scaled(ACCOUNT, "orders", None)
    assert scaling.is_scaled(ACCOUNT, "orders", "by-day")
    assert not scaling.is_scaled(ACCOUNT, "orders", "by-name")
    assert not scaling.is_scaled("000000000000", "orders", None)
    scaling.on_scaling("scaling/eu-west-1", None)
    assert not scaling.is_scaled(ACCOUNT, "orders", None)

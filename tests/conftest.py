"""The whole suite: where tests run when there are several workers (`scripts/test` asks for two)."""

import pytest


def pytest_itemcollected(item):
    """Tests of real processes stay in one worker, one after the other: they measure time, and share sandboxes."""
    if item.get_closest_marker("live") is not None:
        item.add_marker(pytest.mark.xdist_group("live"))

"""The whole suite: where tests run when there are several workers (`scripts/test` asks for two)."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Tests of real processes stay in one worker, one after the other: they measure time, and share sandboxes."""
    for item in items:
        if item.get_closest_marker("live") is not None:
            item.add_marker(pytest.mark.xdist_group("live"))

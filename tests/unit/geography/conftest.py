"""One atlas for all tests of this room: it is immutable but for its cache."""

from __future__ import annotations

import pytest

from sandbox.geography.atlas import Atlas


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return Atlas.load()

"""Paths as AWS's messages show them."""

from __future__ import annotations

from sandbox.tables.syntax import Path


def test_a_path_is_shown_as_aws_shows_it() -> None:
    assert str(Path(("a", 0, "b.c"))) == "[a, [0], b.c]"

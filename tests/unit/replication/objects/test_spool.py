"""Pieces of an object become a file, in order, also over a restart."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sandbox.replication.objects.spool import STALE_S, Spool


def test_pieces_are_taken_in_their_order_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "arriving")
    assert spool.have("a\0k") == 0
    assert spool.append("a\0k", 0, b"one") == 3
    assert spool.append("a\0k", 0, b"one") == 3, "again: it is there"
    assert spool.append("a\0k", 5, b"gap") == 3
    again = Spool(tmp_path / "arriving")  # after a kill
    assert again.append("a\0k", 3, b"two") == 6
    assert again.file("a\0k").read_bytes() == b"onetwo"
    sha256, md5 = again.digests("a\0k")
    assert (sha256, md5) == (hashlib.sha256(b"onetwo").hexdigest(), hashlib.md5(b"onetwo").hexdigest())
    again.drop("a\0k")
    assert again.have("a\0k") == 0


def test_what_nobody_sends_any_more_is_thrown_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "arriving")
    spool.clear()  # also before the folder is there
    spool.append("k", 0, b"one")
    written_s = spool.file("k").stat().st_mtime
    spool.sweep(written_s + STALE_S - 1)
    assert spool.have("k") == 3
    spool.sweep(written_s + STALE_S + 1)
    assert spool.have("k") == 0
    spool.append("k", 0, b"one")
    spool.clear()
    assert spool.have("k") == 0

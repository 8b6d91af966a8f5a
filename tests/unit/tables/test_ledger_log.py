"""Claims about the ledger's log: what was appended is read back after a kill; a cut-short end is no damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.ledger_log import HEAD_BYTES, Log, LogDamaged, decoded, encoded

VALUES = st.none() | st.integers() | st.text() | st.binary()


def filled(folder: Path, payloads: list[bytes], *, after: int = 0) -> Path:
    log = Log(folder / "ledger")
    log.start(after)
    for payload in payloads:
        log.append(payload)
    log.close()
    return log.files()[-1]


def read(folder: Path, after: int = 0) -> list[tuple[int, bytes]]:
    return list(Log(folder / "ledger").read(after))


def test_commits_are_read_back_in_order_from_all_files(tmp_path: Path) -> None:
    filled(tmp_path, [b"1", b"", b"3"])
    filled(tmp_path, [b"4", b"5"], after=3)
    assert read(tmp_path) == [(1, b"1"), (2, b""), (3, b"3"), (4, b"4"), (5, b"5")]
    assert read(tmp_path, after=4) == [(5, b"5")]
    assert read(tmp_path, after=9) == []


def test_wherever_the_last_append_is_cut_the_commits_before_it_are_there(tmp_path: Path) -> None:
    """A kill leaves a beginning of what was appended, of any length."""
    path = filled(tmp_path, [b"one", b"two"])
    content = path.read_bytes()
    for kept_bytes in range(HEAD_BYTES + 3, len(content)):
        path.write_bytes(content[:kept_bytes])
        assert read(tmp_path) == [(1, b"one")]


def test_wherever_a_byte_has_changed_the_log_is_damaged(tmp_path: Path) -> None:
    """A changed length must not look like an end that was cut short: the commits behind it would be forgotten."""
    path = filled(tmp_path, [b"one", b"two"])
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 64]) + content[place + 1 :])
        with pytest.raises(LogDamaged, match=r"ledger\.log-000000000001: "):
            read(tmp_path)


def test_zeros_at_the_end_are_what_a_loss_of_power_leaves(tmp_path: Path) -> None:
    path = filled(tmp_path, [b"one"])
    path.write_bytes(path.read_bytes() + bytes(4096))
    assert read(tmp_path) == [(1, b"one")]


def test_a_missing_commit_is_told(tmp_path: Path) -> None:
    filled(tmp_path, [b"1", b"2"])
    filled(tmp_path, [b"4"], after=3)
    with pytest.raises(LogDamaged, match="commit 3 is missing before 4"):
        read(tmp_path)
    assert read(tmp_path, after=3) == [(4, b"4")], "what was carried need not be there"


def test_a_file_that_was_carried_is_not_looked_at(tmp_path: Path) -> None:
    """It may be on its way out."""
    old = filled(tmp_path, [b"1"])
    filled(tmp_path, [b"2"], after=1)
    old.write_bytes(b"anything")
    assert read(tmp_path, after=1) == [(2, b"2")]


def test_files_with_nothing_new_are_told_when_a_new_one_begins(tmp_path: Path) -> None:
    log = Log(tmp_path / "ledger")
    assert log.start(0) == []
    log.append(b"1")
    [before] = log.start(1)
    log.append(b"2")
    assert (log.number, before.name) == (2, "ledger.log-000000000001")
    log.drop([before])
    assert read(tmp_path, after=1) == [(2, b"2")]
    log.close()


@given(rows=st.lists(st.tuples(st.integers(0, 9), st.lists(VALUES, max_size=7).map(tuple)), max_size=5))
def test_operations_are_read_back_as_they_were(rows: list[tuple[int, tuple[object, ...]]]) -> None:
    assert decoded(encoded(rows)) == rows

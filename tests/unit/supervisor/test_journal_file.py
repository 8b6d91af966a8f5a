"""Claims about the journal on disk: whole lines, two files at most, and a full disk that costs only lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.supervisor.journal_file import JournalFile


def record(number: int, why: str = "x" * 50) -> dict[str, Any]:
    return {"event": "answered", "at_s": number, "why": why}


def read(path: Path) -> list[float]:
    return [json.loads(line)["at_s"] for line in path.read_text().splitlines()]


def test_each_record_is_a_line_at_once(tmp_path: Path) -> None:
    """Written without a buffer: what was noted before a kill is in the file."""
    file = JournalFile(tmp_path / "events.jsonl")
    file.write(record(1))
    file.write(record(2))
    assert read(tmp_path / "events.jsonl") == [1, 2]
    file.close()


def test_a_second_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for number in (1, 2):
        file = JournalFile(tmp_path / "events.jsonl")
        file.write(record(number))
        file.close()
    assert read(tmp_path / "events.jsonl") == [1, 2]


def test_a_full_file_makes_way_and_two_are_kept(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "events.jsonl", limit_bytes=1000)
    for number in range(100):
        file.write(record(number))
    file.close()
    older, newer = read(tmp_path / "events.jsonl.1"), read(tmp_path / "events.jsonl")
    assert older + newer == list(range(100 - len(older + newer), 100)), "the newest, without a gap"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "events.jsonl.1"]
    assert (tmp_path / "events.jsonl.1").stat().st_size < 1200


def test_a_file_that_was_full_before_makes_way_at_the_next_record(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"at_s": 0}\n' * 100)
    file = JournalFile(tmp_path / "events.jsonl", limit_bytes=1000)
    file.write(record(1))
    file.close()
    assert read(tmp_path / "events.jsonl") == []
    assert read(tmp_path / "events.jsonl.1")[-1] == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_loses_lines_and_says_so_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    file = JournalFile(tmp_path / "events.jsonl")
    for number in range(3):
        file.write(record(number))
    file.close()
    assert file.lost == 3
    assert capsys.readouterr().err.splitlines() == [
        f"sandbox: events are not written to {tmp_path}/events.jsonl: No space left on device"
    ]


def test_a_folder_that_takes_no_new_file_loses_no_event_of_the_sandbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is full and cannot make way: the supervisor must go on all the same, and so does the file."""
    (tmp_path / "events.jsonl.1").mkdir()
    file = JournalFile(tmp_path / "events.jsonl", limit_bytes=100)
    for number in range(5):
        file.write(record(number))
    file.close()
    assert read(tmp_path / "events.jsonl") == [0, 1, 2, 3, 4]
    assert "events are not written" in capsys.readouterr().err


def test_after_a_torn_line_the_next_one_is_whole(tmp_path: Path) -> None:
    """A disk that fills up in the midst of a line takes a part of it; the lines after that must be readable."""

    class FullForOnce:
        """A file that takes four bytes of its first line, as a raw file on a full disk does."""

        def __init__(self, path: Path) -> None:
            self.file = path.open("ab", buffering=0)
            self.is_full = True

        def write(self, line: bytes) -> int | None:
            part, self.is_full = (line[:4] if self.is_full else line), False
            return self.file.write(part)

        def close(self) -> None:
            self.file.close()

    file = JournalFile(tmp_path / "events.jsonl")
    file.close()
    file._file = FullForOnce(tmp_path / "events.jsonl")  # type: ignore[assignment]
    for number in range(3):
        file.write(record(number))
    file.close()
    torn, *whole = (tmp_path / "events.jsonl").read_text().splitlines()
    assert torn == '{"ev'
    assert [json.loads(line)["at_s"] for line in whole] == [1, 2]
    assert file.lost == 1

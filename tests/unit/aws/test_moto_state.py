"""The state file. Every service of SAVED is filled, saved and loaded in tests/live/aws/test_moto_state.py."""

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.aws import moto_state
from sandbox.aws.moto_state import NOT_SAVED, SAVED, dumps, load, versions, write


class Picky(defaultdict[str, int]):
    """As moto's ParameterDict: its `__init__` wants more than pickle gives."""

    def __init__(self, account: str) -> None:
        super().__init__(int)
        self.account = account


def content(thing: Any) -> dict[str, Any]:
    return {"sqs": {"000000000000": {"us-east-1": thing}}}


def and_back(tmp_path: Path, thing: Any) -> Any:
    path = tmp_path / "state" / "file"
    saved = write(path, content(thing))
    assert saved.left_out == ()
    found, message = load(path)
    assert message == ""
    return found["sqs"]["000000000000"]["us-east-1"]


def test_what_plain_pickle_refuses_comes_back(tmp_path: Path) -> None:
    picky = Picky("000000000000")
    picky["a"] = 1
    things = {"lock": threading.Lock(), "rlock": threading.RLock(), "condition": threading.Condition(), "picky": picky}
    found = and_back(tmp_path, things)
    with found["lock"], found["rlock"], found["condition"]:
        pass
    assert (found["picky"]["a"], found["picky"]["none"], found["picky"].account) == (1, 0, "000000000000")


def test_weak_references_keep_to_their_objects(tmp_path: Path) -> None:
    picky = Picky("1")
    weak: weakref.WeakValueDictionary[str, Picky] = weakref.WeakValueDictionary({"p": picky})
    found = and_back(tmp_path, {"weak": weak, "strong": picky})
    assert found["weak"]["p"] is found["strong"]


def test_a_lambda_without_closure_comes_back(tmp_path: Path) -> None:
    found = and_back(tmp_path, {"make": lambda: defaultdict(list)})
    assert found["make"]()["x"] == []


def test_what_services_share_is_shared_afterwards(tmp_path: Path) -> None:
    shared = ["one"]
    path = tmp_path / "file"
    write(path, {"sqs": {"0": {"r": shared}}, "cloudformation": {"0": {"r": [shared]}}})
    found, _ = load(path)
    assert found["cloudformation"]["0"]["r"][0] is found["sqs"]["0"]["r"]


def test_a_service_that_cannot_be_kept_is_left_out_and_named() -> None:
    unfit = {"0": {"r": (number for number in ())}}
    for service in ("unheard-of", "sqs"):
        body, left_out = dumps({service: unfit, "iam": {"0": {"r": 1}}})
        assert [name for name, _ in left_out] == [service]
        assert b"iam" in body


def test_no_file_is_an_empty_state_without_a_word(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == ({}, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"rubbish", "not JSON"),
        (orjson.dumps({"format": 0}) + b"\n", "it was written by"),
        (None, "it cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_set_aside(tmp_path: Path, data: bytes | None, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(orjson.dumps(versions()) + b"\n\x80\x05cut" if data is None else data)
    found, message = load(path)
    assert found == {}
    assert words in message
    assert str(tmp_path / "file.broken") in message
    assert not path.exists()
    assert (tmp_path / "file.broken").exists()


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write(path, content("old"))
    (tmp_path / "file.new").mkdir()  # in the way of the new file
    with pytest.raises(OSError):  # noqa: PT011
        write(path, content("new"))
    assert load(path)[0] == content("old")


def test_no_service_is_both_saved_and_not() -> None:
    assert not SAVED & set(NOT_SAVED)
    assert not SAVED & moto_state.PLAIN

"""Claims about the blocking client: the card, clear refusals, and a time-out that costs one call and no more."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.kernel.errors import Refusal
from sandbox.management.client import CARD, LOCK, ManagementClient, is_alive, read_card

WITHIN_S = 10.0


@pytest.fixture
def hub(open_hub: Any) -> Iterator[Any]:
    """A meeting in a thread of its own, with a program "planet" that echoes, and never answers "sleep"."""
    ready, end = threading.Event(), asyncio.Event()
    box: dict[str, Any] = {}

    async def echo(word: Any = None) -> Any:
        return word

    async def sleep() -> None:
        await end.wait()

    async def life() -> None:
        async with open_hub() as meeting:
            planet = await meeting.join("planet")
            planet.handle("echo", echo)
            planet.handle("sleep", sleep)
            meeting.hub.handle("echo", echo)
            box.update(meeting=meeting, loop=asyncio.get_running_loop())
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(life()), daemon=True)
    thread.start()
    assert ready.wait(WITHIN_S)

    def end_it() -> None:
        with suppress(RuntimeError):  # its loop has ended already
            box["loop"].call_soon_threadsafe(end.set)

    box["end"] = end_it
    yield box
    box["end"]()
    thread.join(WITHIN_S)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def client(hub: Any, token: str) -> Iterator[ManagementClient]:
    with ManagementClient("127.0.0.1", hub["meeting"].port, token) as client:
        yield client


def put_card(home: Path, **fields: Any) -> None:
    (home / CARD).write_bytes(orjson.dumps({"pid": os.getpid(), **fields}))


def test_no_folder_and_no_card_mean_nothing_runs(tmp_path: Path) -> None:
    assert read_card(tmp_path / "nowhere") is None
    assert read_card(tmp_path) is None
    (tmp_path / "file").touch()
    assert read_card(tmp_path / "file") is None


@pytest.mark.parametrize("words", [b"", b"{", b"[]", b"{}", b'{"pid": "x"}', b'{"pid": null}', b'{"pid": 1e300}'])
def test_a_card_that_is_none_means_nothing_runs(tmp_path: Path, words: bytes) -> None:
    (tmp_path / CARD).write_bytes(words)
    assert read_card(tmp_path) is None


def test_a_card_counts_while_its_process_lives(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    put_card(tmp_path)
    assert read_card(tmp_path) == {"pid": os.getpid()}
    put_card(tmp_path, pid=ended.pid)
    assert read_card(tmp_path) is None
    assert not is_alive(ended.pid)


def test_a_card_whose_pid_is_somebody_elses_by_now_does_not_count(tmp_path: Path) -> None:
    """After a kill the card stays, and in a container the same pid comes again; the lock does not."""
    put_card(tmp_path)
    with (tmp_path / LOCK).open("w") as lock:
        assert read_card(tmp_path) is None
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert read_card(tmp_path) is not None


def test_nothing_running_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        ManagementClient.of(tmp_path)
    assert refused.value.message == f"No sandbox runs in {tmp_path}. Start one: sandbox up -d"


def test_the_card_leads_to_the_hub(hub: Any, tmp_path: Path, token: str) -> None:
    put_card(tmp_path, management={"host": "127.0.0.1", "port": hub["meeting"].port, "token": token})
    with ManagementClient.of(tmp_path) as client:
        assert client.call("hub", "echo", word=[1, None]) == [1, None]


def test_nobody_at_the_address_is_a_refusal(unused_port: int, token: str) -> None:
    with pytest.raises(Refusal, match="no answer at"):
        ManagementClient("127.0.0.1", unused_port, token)


def test_a_wrong_token_is_refused(hub: Any) -> None:
    with pytest.raises(Refusal, match="wrong token"):
        ManagementClient("127.0.0.1", hub["meeting"].port, "guess")


def test_a_refusal_is_raised_here(client: ManagementClient) -> None:
    with pytest.raises(Refusal) as refused:
        client.call("region:mars-1", "status")
    assert refused.value.status == 503


def test_a_call_that_times_out_spoils_no_other(hub: Any, token: str) -> None:
    """The late answer belongs to nobody; the next call must get its own."""
    with ManagementClient("127.0.0.1", hub["meeting"].port, token, timeout_s=0.05) as client:
        with pytest.raises(Refusal, match="did not answer in time"):
            client.call("planet", "sleep")
        client._socket.settimeout(WITHIN_S)
        assert client.call("planet", "echo", word="still here") == "still here"


def test_a_long_answer_comes_whole(client: ManagementClient) -> None:
    word = "x" * 3_000_000
    assert client.call("planet", "echo", word=word) == word


def test_threads_share_a_client(client: ManagementClient) -> None:
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        answers[number] = client.call("planet", "echo", word=number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_S)
    assert answers == {number: number for number in range(20)}


def test_events_come_until_the_sandbox_ends(hub: Any, client: ManagementClient) -> None:
    meeting = hub["meeting"]
    heard: list[str] = []

    def note_once_followed() -> None:
        if any(connection.follows for connection in meeting.hub._connections):
            meeting.journal.note_record({"event": "fault_injected", "at_s": 1.0})
        else:
            hub["loop"].call_later(0.001, note_once_followed)

    hub["loop"].call_soon_threadsafe(note_once_followed)
    for event in client.events():
        heard.append(event["event"])
        hub["end"]()
    assert heard == ["fault_injected"]


def test_a_hub_that_ends_is_a_refusal_not_a_hang(hub: Any, client: ManagementClient) -> None:
    hub["end"]()
    with pytest.raises(Refusal, match="the sandbox is not available"):
        client.call("planet", "sleep")

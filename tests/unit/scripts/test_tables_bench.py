"""scripts/benches/tables.py and its parts: what is asked of every server, what stands for a missing peer."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections import Counter

import pytest


@pytest.fixture(scope="module")
def part():
    """A module of the package `benches`."""
    return lambda name: importlib.import_module(f"benches.{name}")


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", "UpdateItem"])
def test_the_length_told_to_wrk_is_that_of_the_body_with_its_nine_digits(part, operation):
    # The script writes Content-Length once: were it wrong, servers would wait for bytes that never come.
    script = part("wrk").script_of(operation, "item-")
    body = re.search(r"nil, '(.*)'\)", script)[1] % 7
    told = int(re.search(r'"Content-Length: " \.\. (\d+)', script)[1])
    assert told == len(body)
    assert "item-000000007" in body
    assert json.loads(body)["TableName"] == "bench"


def test_every_customer_and_every_city_of_the_big_table_has_a_hundred_items(part):
    # A Query that found fewer would look faster than it is.
    big = part("big_table")
    items = [big.item_of(number) for number in range(3 * big.SMALL_ITEMS)]
    for name in ("customer", "city"):
        assert set(Counter(item[name]["S"] for item in items).values()) == {big.PER_KEY}
    assert len({(item["customer"]["S"], item["order"]["S"]) for item in items}) == len(items)


def test_a_peer_whose_installer_is_missing_says_what_to_install(part, monkeypatch, tmp_path):
    peers = part("peers")
    monkeypatch.setattr(peers, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(peers.PeerMissing, match="npm is not installed"):
        peers.program_of("dynalite")


def test_a_failed_installation_is_told_and_tried_again_the_next_time(part, monkeypatch, tmp_path):
    peers = part("peers")
    monkeypatch.setattr(peers, "CACHE", tmp_path)
    asked = []

    def fails(folder, version):
        asked.append(version)
        (folder / "half").write_text("")
        peers.run([sys.executable, "-c", "import sys; sys.exit('no route to the registry')"])

    monkeypatch.setattr(peers, "PEERS", {"one": peers.Peer(version="1", program="bin/one", install=fails)})
    for _ in range(2):
        with pytest.raises(peers.PeerMissing, match="no route to the registry"):
            peers.program_of("one")
    assert asked == ["1", "1"]


def test_the_raw_caller_reads_an_answer_that_comes_in_pieces(part):
    raw = part("raw")
    server = subprocess.Popen([sys.executable, "-c", PIECES], stdout=subprocess.PIPE, text=True)
    try:
        caller = raw.Caller(int(server.stdout.readline()))
        assert caller.call("GetItem", {}) == {"Item": {"id": {"S": "7"}}}
        assert caller.took_s > 0
        caller.close()
    finally:
        server.stdout.close()
        server.wait(10)


PIECES = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
client.recv(65536)
body = b'{"Item":{"id":{"S":"7"}}}'
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
for start in range(0, len(answer), 9):
    client.sendall(answer[start:start + 9])
client.close()
"""

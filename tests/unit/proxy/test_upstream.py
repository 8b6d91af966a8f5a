"""An upstream tells its client what happens, and nobody when it has none."""

from sandbox.proxy.upstream import Upstream


class Client:
    def __init__(self) -> None:
        self.heard = []

    def answered(self, upstream, data):
        self.heard.append(data)

    def upstream_lost(self, upstream, exc):
        self.heard.append("lost")

    def upstream_full(self, upstream, is_full):
        self.heard.append(is_full)


def play_through(upstream):
    upstream.data_received(b"a")
    upstream.pause_writing()
    upstream.resume_writing()
    assert not upstream.eof_received()
    upstream.connection_lost(None)
    assert upstream.is_lost


def test_an_upstream_reports_to_its_client(transports):
    upstream, client = Upstream(("paris", "app.example.test", 80)), Client()
    upstream.client = client
    play_through(upstream)
    assert client.heard == [b"a", True, False, "lost"]


def test_an_upstream_without_client_keeps_quiet_and_a_closed_one_is_not_paused(transports):
    upstream = Upstream(("paris", "app.example.test", 80))
    transport = transports(upstream)
    upstream.connection_made(transport)
    upstream.pause()
    assert transport.paused
    upstream.resume()
    assert not transport.paused
    transport.end = "closed"
    upstream.pause()
    assert not transport.paused
    play_through(upstream)

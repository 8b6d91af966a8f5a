"""The table of failures."""

from sandbox.proxy.values import Why


def test_every_cause_has_a_word_of_its_own_and_an_error_status():
    assert len({cause.word for cause in Why}) == len(Why)
    assert all(400 <= cause.status < 600 for cause in Why)
    assert all(cause.socks for cause in Why)

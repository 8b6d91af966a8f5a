"""The book of kept connections against a model, and the balancer's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols.http1 import Headers, Request
from sandbox.serving.core import Kept, alb_answer, forwarded, may_retry

steps = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.sampled_from("ab")),
        st.tuples(st.just("take"), st.sampled_from("ab")),
        st.tuples(st.just("expire"), st.just("")),
    ),
    max_size=60,
)


@given(steps)
def test_a_kept_connection_is_handed_out_once_and_grows_old_after_one_whole_interval(chosen):
    # The model is a plain list of (key, name, intervals survived).
    kept, model, limit = Kept(4), [], 4
    for name, (step, key) in enumerate(chosen):
        if step == "keep":
            assert kept.keep(key, name) == (len(model) < limit)
            model += [[key, name, 0]] * (len(model) < limit)
            model = [list(entry) for entry in model]
        elif step == "take":
            taken = kept.take(key)
            same = [entry for entry in model if entry[0] == key]
            assert taken == (same[-1][1] if same else None)
            model = [entry for entry in model if entry[1] != taken]
        else:
            model = [[key, name, age + 1] for key, name, age in model]
            assert sorted(kept.expire()) == sorted(name for _, name, age in model if age > 1)
            model = [entry for entry in model if entry[2] <= 1]
        assert len(kept) == len(model)
    assert sorted(kept.empty()) == sorted(entry[1] for entry in model)
    assert len(kept) == 0


@pytest.mark.parametrize(
    ("method", "kept", "begun", "again"),
    [
        ("GET", True, False, True),
        ("PUT", True, False, True),
        ("POST", True, False, False),  # the work may have been done
        ("GET", False, False, False),  # a new connection was not stale
        ("GET", True, True, False),  # it answered: it was alive
    ],
)
def test_only_a_repeatable_request_on_a_stale_connection_is_sent_again(method, kept, begun, again):
    assert may_retry(method, kept=kept, answer_begun=begun) == again


@pytest.mark.parametrize(
    ("status", "title"),
    [(502, b"502 Bad Gateway"), (503, b"503 Service Temporarily Unavailable"), (504, b"504 Gateway Time-out")],
)
def test_the_balancer_speaks_as_amazons(status, title):
    answer = alb_answer(status)
    assert answer.status == status
    assert answer.headers.get("server") == "awselb/2.0"
    assert title in answer.body


def test_the_application_is_told_who_asked_and_how():
    headers = Headers([("Host", "a"), ("Peer", "100.64.3.1"), ("x-forwarded-for", "192.0.2.9"), ("Accept", "*/*")])
    request = Request(method="GET", target="/", headers=headers, scheme="https")
    passed_on = forwarded(request, peer_header="peer")
    assert passed_on.getall("x-forwarded-for") == ["192.0.2.9, 100.64.3.1"]
    assert passed_on.get("x-forwarded-proto") == "https"
    assert passed_on.get("x-forwarded-port") == "443"
    assert "peer" not in passed_on
    assert passed_on.get("host") == "a"


def test_an_unknown_peer_is_not_invented():
    passed_on = forwarded(Request(method="GET", target="/", headers=Headers()), peer_header="peer")
    assert list(passed_on) == [("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "80")]

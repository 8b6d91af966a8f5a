"""The Python API against a fake sandbox; the real one is in tests/live/."""

import pytest

from sandbox import Sandbox
from sandbox.kernel.errors import Refusal


@pytest.fixture
def sb(fake_sandbox):
    with Sandbox.attach(fake_sandbox.home) as sb:
        yield sb


def test_nothing_to_attach_to_is_refused(tmp_path):
    with pytest.raises(Refusal, match="No sandbox runs"):
        Sandbox.attach(tmp_path)


def test_wrong_settings_are_refused_before_anything_starts():
    with pytest.raises(Refusal, match="--regions: no AWS region is called 'us-esat-1'"):
        Sandbox(regions=["us-esat-1"])
    with pytest.raises(Refusal, match=r"unknown key 'sped'\. Did you mean speed"):
        Sandbox(sped=3)


def test_variables_do_not_change_what_a_test_means(monkeypatch):
    # The region would be refused as well, so that nothing starts either way: the complaint tells which one was read.
    monkeypatch.setenv("SANDBOX_SPEED", "fast")
    with pytest.raises(Refusal, match="--regions"):
        Sandbox(regions="nowhere-1")


def test_attached_it_knows_regions_ports_and_endpoints(sb):
    assert sb.regions == ["us-east-1", "eu-west-1"]
    assert sb.endpoint_url() == "http://127.0.0.1:4566"
    assert sb.endpoint_url("eu-west-1") == "http://127.0.0.1:4602"
    assert sb.client("sqs", region="eu-west-1").meta.endpoint_url == "http://127.0.0.1:4602"
    with pytest.raises(Refusal, match="Did you mean eu-west-1"):
        sb.endpoint_url("eu-wset-1")


def test_global_accelerator_is_asked_at_home_even_where_its_home_does_not_run(sb):
    """It answers in us-west-2 only, so a client for the first region would be refused."""
    client = sb.client("globalaccelerator")
    assert (client.meta.region_name, client.meta.endpoint_url) == ("us-west-2", "http://127.0.0.1:4566")
    assert sb.client("globalaccelerator", region="eu-west-1").meta.endpoint_url == "http://127.0.0.1:4602"
    assert sb.client("globalaccelerator", endpoint_url="http://x").meta.endpoint_url == "http://x"
    with pytest.raises(Refusal, match="Did you mean"):
        sb.client("sqs", region="us-west-2")


def test_places_are_checked_once_and_kept(sb):
    assert sb.place("tokyo") is sb.place("tokyo")
    with pytest.raises(Refusal, match="Did you mean tokyo"):
        sb.place("tokio")


def test_a_lookup_stands_in_the_default_place_unless_told(sb):
    assert sb.resolve("app.example.test").why == "lowest latency from paris"
    assert sb.resolve("app.example.test", "tokyo").addresses == ["198.18.1.10"]


def test_an_injected_fault_is_the_moment_to_wait_from(sb):
    sb.fault.isolate("us-east-1")
    first = sb.wait_for_event("fault_injected", within_s=5)
    sb.fault.freeze("us-east-1")
    assert sb.wait_for_event("fault_injected", within_s=5)["id"] != first["id"]
    assert [record["id"] for record in sb.events(kinds=["fault_injected"])] == ["isolate-1", "freeze-2"]


def test_waiting_until_returns_what_was_true(sb):
    answers = iter([0, "", "here"])
    assert sb.wait_until(lambda: next(answers), within_s=5) == "here"
    with pytest.raises(TimeoutError, match="did not hold within 0 s"):
        sb.wait_until(lambda: False, within_s=0)


def test_status_and_reset_are_asked_of_the_hub(sb, fake_sandbox):
    assert sb.status()["seed"] == 7
    sb.reset()
    assert ("reset", {}) in fake_sandbox.calls


def test_habits_of_a_place_are_asked_of_the_planet(sb, fake_sandbox):
    assert sb.set_place("tokyo", hold_s="forever", client_subnet=None) == ["it is odd"]
    changes = {"hold_s": "forever", "client_subnet": None}
    assert fake_sandbox.calls[-1] == ("place_set", {"place": "tokyo", "changes": changes, "usual": False})
    assert sb.settings_of_place("tokyo") == changes
    assert sb.set_place("tokyo", usual=True) == []
    assert sb.settings_of_place("tokyo") == {}
    sb.forget_place("tokyo")
    assert fake_sandbox.calls[-1] == ("place_forget", {"place": "tokyo"})


def test_closing_what_was_attached_leaves_it_running(fake_sandbox):
    sb = Sandbox.attach(fake_sandbox.home)
    sb.status()
    sb.close()
    sb.close()
    assert fake_sandbox.program.poll() is None

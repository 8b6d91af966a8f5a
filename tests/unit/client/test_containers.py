"""Claims about a stack as its host sees it. With a real Docker engine: tests/containers."""

from __future__ import annotations

import pytest

from sandbox.client.containers import VERBS, as_published, may_have_docker, planet_names, published_ports, services_of

CARD = {
    "ports": {"aws": 4566, "dns": 8053, "regions": {"us-east-1": 4601, "eu-west-1": 4602}},
    "management": {"host": "0.0.0.0", "port": 4600, "token": "t"},
    "speed": 10,
}
CONTAINERS = [
    {"Ports": [{"PrivatePort": 4600, "PublicPort": 14600, "IP": "127.0.0.1", "Type": "tcp"}]},
    {"Ports": [{"PrivatePort": 4566, "PublicPort": 14566}, {"PrivatePort": 4602, "PublicPort": 14602}]},
    {"Ports": [{"PrivatePort": 4601}]},
    {"Ports": None},
]


def test_a_card_has_the_ports_that_this_machine_reaches() -> None:
    card = as_published(CARD, published_ports(CONTAINERS))  # type: ignore[arg-type]
    assert card["management"] == {"host": "127.0.0.1", "port": 14600, "token": "t"}
    assert card["ports"] == {"aws": 14566, "dns": 8053, "regions": {"us-east-1": 4601, "eu-west-1": 14602}}
    assert card["speed"] == 10


def test_a_region_lives_and_dies_with_its_engine() -> None:
    assert services_of("region:eu-west-1") == ("eu-west-1-localstack", "eu-west-1")
    assert services_of("control") == ("control",)


def test_a_planet_that_is_plugged_in_again_is_found_by_the_names_that_compose_gave_it() -> None:
    planet = {"Names": ["/sandbox-planet-1"], "Labels": {"com.docker.compose.service": "planet"}}
    assert planet_names(planet) == ["sandbox-planet-1", "planet"]


@pytest.mark.parametrize("kind", ["stop", "freeze"])
def test_each_fault_is_undone_from_the_state_that_it_makes(kind: str) -> None:
    made = {"stop": "exited", "freeze": "paused"}[kind]
    assert made in VERBS[kind, False][0]
    assert "running" in VERBS[kind, True][0]
    assert "running" not in VERBS[kind, False][0]


def test_where_docker_cannot_be_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.client.containers.DEFAULT_SOCKET", "/nowhere/docker.sock")
    assert not may_have_docker({})
    assert may_have_docker({"DOCKER_HOST": "tcp://127.0.0.1:2375"})

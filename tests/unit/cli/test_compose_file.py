"""Claims about docker-compose.yml: the one in the repository, and those for other regions."""

from __future__ import annotations

from pathlib import Path

import yaml

from sandbox.cli.compose_file import compose_file
from sandbox.supervisor.settings import DEFAULT_REGIONS
from sandbox.supervisor.settings_sources import KNOWN_VARIABLES, PORT_VARIABLES, VARIABLES

ROOT = Path(__file__).parents[3]
FOUR = (*DEFAULT_REGIONS, "us-west-2")


def test_the_committed_file_is_that_of_the_default_regions() -> None:
    assert (ROOT / "docker-compose.yml").read_text() == compose_file(DEFAULT_REGIONS)


def test_no_network_of_a_region_has_a_way_out_or_another_region() -> None:
    stack = yaml.safe_load(compose_file(FOUR))
    for code in FOUR:
        assert stack["networks"][code] == {"internal": True}
        assert list(stack["services"][code]["networks"]) == [code]
        assert list(stack["services"][f"{code}-localstack"]["networks"]) == [code]
        assert code in stack["services"]["planet"]["networks"]
        assert code in stack["services"]["control"]["networks"]


def test_ports_are_published_to_this_machine_only() -> None:
    stack = yaml.safe_load(compose_file(FOUR))
    ports = {name: service.get("ports", []) for name, service in stack["services"].items()}
    assert [name for name in ports if ports[name]] == ["planet", "control"]
    assert all(port.startswith("127.0.0.1:") for name in ports for port in ports[name])


def test_our_containers_have_no_rights_to_lose() -> None:
    stack = yaml.safe_load(compose_file(FOUR))
    ours = [service for name, service in stack["services"].items() if not name.endswith("-localstack")]
    assert len(ours) == 2 + len(FOUR)
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_container_has_the_docker_socket() -> None:
    assert "docker.sock" not in compose_file(FOUR)


def test_only_the_planet_may_write_what_all_trust() -> None:
    services = yaml.safe_load(compose_file(FOUR))["services"]
    trusts = {name: volume for name, service in services.items() for volume in service.get("volumes", [])
              if volume.startswith("trust:")}  # fmt: skip
    assert trusts.pop("planet") == "trust:/state/ca"
    assert set(trusts.values()) == {"trust:/state/ca:ro"}


def test_every_setting_that_a_variable_can_hold_reaches_the_planet() -> None:
    """But those that name files or addresses of another machine, and the ports as one list."""
    handed = {
        line.partition("=")[0] for line in yaml.safe_load(compose_file(FOUR))["services"]["planet"]["environment"]
    }
    others = {"SANDBOX_PORTS", "SANDBOX_LATENCIES", "SANDBOX_CONSOLE_HOST"}
    assert {*VARIABLES, *PORT_VARIABLES} - others <= handed
    assert all(name in KNOWN_VARIABLES for name in handed)


LAST = DEFAULT_REGIONS[-1]


def with_four_lines_more(text: str, code: str) -> str:
    """What a person does: the name at the end of the list, and below each line of the last region one like it."""
    lines = []
    for line in text.splitlines():
        lines.append(line.replace(LAST, f"{LAST},{code}") if line.startswith("x-regions:") else line)
        if LAST in line and not line.startswith("x-regions:"):
            lines.append(line.replace(LAST, code))
    return "\n".join(lines) + "\n"


def test_a_region_more_is_its_name_and_four_lines_and_then_it_has_all_that_the_others_have() -> None:
    shipped = (ROOT / "docker-compose.yml").read_text()
    text = with_four_lines_more(shipped, "us-west-2")
    assert len(text.splitlines()) - len(shipped.splitlines()) == 4
    assert text == compose_file(FOUR)

    stack = yaml.safe_load(text)
    services, planet = stack["services"], stack["services"]["planet"]
    assert "SANDBOX_REGIONS=" + ",".join(FOUR) in planet["environment"]
    for name in ("planet", "control"):
        assert set(services[name]["networks"]) == {"outside", *FOUR}
    assert set(stack["volumes"]) == {"planet", "control", "trust", *FOUR}
    assert stack["networks"] == {"outside": {}, **{code: {"internal": True} for code in FOUR}}
    new = services["us-west-2"]
    assert (new["command"], new["networks"]) == (["sandbox.region", "us-west-2"], ["us-west-2"])
    assert new["volumes"] == ["us-west-2:/state", "trust:/state/ca:ro"]
    like = (
        str(services[LAST]).replace(LAST, "us-west-2"),
        str(services[f"{LAST}-localstack"]).replace(LAST, "us-west-2"),
    )
    assert like == (str(new), str(services["us-west-2-localstack"]))


def test_control_reaches_the_hub_where_no_fault_unplugs_the_planet() -> None:
    services = yaml.safe_load(compose_file(FOUR))["services"]
    assert "--hub=planet.outside:${SANDBOX_HUB_PORT:-4600}" in services["control"]["command"]
    assert services["planet"]["networks"]["outside"] == {"aliases": ["planet.outside"]}


def test_more_than_ten_regions_get_more_ports() -> None:
    codes = [f"xx-west-{n}" for n in range(12)]
    assert "4601-4612:" not in compose_file(DEFAULT_REGIONS)
    assert "4601-4612" in compose_file(codes)

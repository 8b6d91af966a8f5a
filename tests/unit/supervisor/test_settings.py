"""Settings as they travel to the supervisor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.geography.values import Place
from sandbox.kernel.errors import Refusal
from sandbox.supervisor.settings import Ports, RegionSettings, Settings, region_ports

CITY = Place(
    code="atlantis",
    kind="city",
    name="Atlantis",
    country_code="PT",
    continent_code="EU",
    latitude=31.0,
    longitude=-24.0,
)


def test_settings_survive_the_command_line():
    settings = Settings(
        regions=("us-east-1",),
        cities=(CITY,),
        seed=5,
        speed=2.5,
        ports=Ports(aws=0, regions={"us-east-1": 4601}),
        region_settings={"us-east-1": RegionSettings(app=False, environment={"A": "b"})},
    )
    assert Settings.from_json(settings.to_json()) == settings
    assert "\n" not in settings.to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"regions": 3}', '{"regions": [], "cities": [{}]}'])
def test_anything_else_is_refused(text):
    with pytest.raises(Refusal, match="--settings"):
        Settings.from_json(text)


@given(st.integers(1, 20), st.integers(1024, 60_000))
def test_front_doors_follow_each_other(count, first_port):
    regions = tuple(f"region-{number}" for number in range(count))
    assert list(region_ports(regions, first_port, {}).values()) == list(range(first_port, first_port + count))


def test_a_region_may_have_a_port_of_its_own_and_the_others_keep_theirs():
    assert region_ports(("a", "b", "c"), 4601, {"b": 9000}) == {"a": 4601, "b": 9000, "c": 4603}


def test_any_free_port_stays_any_for_all():
    assert region_ports(("a", "b"), 0, {}) == {"a": 0, "b": 0}

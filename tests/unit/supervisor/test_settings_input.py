"""The rules for single settings."""

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.supervisor.settings_input import RegionInput, SettingsInput, check_input


def check(given, model=SettingsInput):
    return check_input(model, given, lambda location: ".".join(map(str, location)))


CITY = {"name": "Atlantis", "slug": "atlantis", "latitude": 31, "longitude": -24, "country_code": "PT"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"speed": 0}, "speed: speed: it should be greater than 0 (given: 0)"),
        ({"speed": "fast"}, "valid number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"regions": []}, "at least 1 item"),
        ({"account": 123456789012}, "write it in quotes"),
        ({"account": "12"}, "it should be 12 digits"),
        ({"regoins": ["us-east-1"]}, "unknown key 'regoins'. Did you mean regions"),
        ({"ports": {"awz": 1}}, "ports.awz: unknown key 'ports.awz'. Did you mean aws"),
        ({"ports": {"aws": 70000}}, "less than or equal to 65535"),
        ({"ports": {"regions": {"us-east-1": "x"}}}, "ports.regions.us-east-1: ports.regions.us-east-1"),
        ({"ports": "otto"}, "ports"),
        ({"cities": [{**CITY, "latitude": 91}]}, "cities.0.latitude"),
        ({"cities": [{**CITY, "slug": "New York"}]}, "as in new-york"),
        ({"cities": [{"name": "Atlantis"}]}, "this key is needed"),
        ({"cities": [{**CITY, "contry": 1}]}, "Did you mean country_code"),
        ({"cities": [{**CITY, "country_code": False}]}, "write it in quotes"),
        ({"checkers_per_region": 0}, "greater than or equal to 1"),
        ({"dns_propagation_s": -1}, "greater than or equal to 0"),
        ({"accelerator_deploy_s": -1}, "greater than or equal to 0"),
        ({"accelerator_deploy_s": 3601}, "less than or equal to 3600"),
        ({"speed": 0, "seed": -1, "app": "maybe"}, "And 2 more."),
    ],
)
def test_a_wrong_value_says_where_it_stands_and_what_it_should_be(given, says):
    with pytest.raises(Refusal) as caught:
        check(given)
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_only_what_was_given_counts_as_set():
    assert check({"speed": 2}).model_fields_set == {"speed"}
    assert check({}, RegionInput).model_fields_set == set()


def test_auto_is_any_free_port_everywhere():
    ports = check({"ports": "auto"}).ports
    assert (ports.aws, ports.dns, ports.proxy, ports.console, ports.regions) == (0, 0, 0, 0, {"first": 0})
    assert check({"ports": {"aws": "auto", "regions": 4700}}).ports.regions == {"first": 4700}


def test_a_city_needs_no_continent_and_has_a_fibre_line():
    city = check({"cities": [CITY]}).cities[0]
    assert (city.continent_code, city.access_ms) == ("", 5.0)

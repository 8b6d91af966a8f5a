"""Flag, then variable, then file, then default; and what only shows when all are put together."""

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.supervisor.settings import Settings
from sandbox.supervisor.settings_sources import from_flags, from_variables, load_settings, parse_ports, put_together


@pytest.fixture
def load(tmp_path):
    def load(text="", variables=None, **flags):
        (tmp_path / "sandbox.yaml").write_text(text)
        return load_settings(flags=flags, variables=variables or {}, config=None, folder=tmp_path)

    return load


def test_without_any_source_the_defaults_hold():
    settings = load_settings(flags={}, variables={}, config=None, folder=None)
    assert settings.regions == Settings().regions
    assert settings.ports.regions == {"us-east-1": 4601, "eu-west-1": 4602, "ap-northeast-1": 4603}
    assert (settings.default_place, settings.account, settings.seed) == ("paris", "000000000000", None)
    assert set(settings.region_settings) == set(settings.regions)


def test_a_flag_beats_a_variable_beats_the_file(load):
    text = "speed: 2\nseed: 3\naccount: '111122223333'\n"
    settings = load(text, {"SANDBOX_SPEED": "4", "SANDBOX_SEED": "5"}, speed="6")
    assert (settings.speed, settings.seed, settings.account) == (6.0, 5, "111122223333")


def test_an_empty_variable_and_a_flag_that_is_none_are_not_given(load):
    assert load("speed: 2\n", {"SANDBOX_SPEED": ""}, speed=None).speed == 2.0


def test_ports_of_all_sources_are_mixed(load):
    text = "ports: {aws: 5000, dns: 5053, regions: {first: 6000, eu-west-1: 7000}}\n"
    settings = load(text, {"SANDBOX_PORTS": "dns=5054", "SANDBOX_PROXY_PORT": "5128"}, ports="us-east-1=8000")
    ports = settings.ports
    assert (ports.aws, ports.dns, ports.proxy, ports.console) == (5000, 5054, 5128, 4500)
    assert ports.regions == {"us-east-1": 8000, "eu-west-1": 7000, "ap-northeast-1": 6002}


def test_auto_leaves_every_port_open_but_those_that_are_named(load):
    ports = load("ports: {aws: 5000}\n", ports="auto,dns=5053").ports
    assert (ports.aws, ports.dns, ports.proxy) == (0, 5053, 0)
    assert set(ports.regions.values()) == {0}


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("aws=4567", {"aws": "4567"}),
        ("regions=4700,us-east-1=4801", {"regions": {"first": "4700", "us-east-1": "4801"}}),
        ("dns=1,auto", {"aws": 0, "dns": "1", "proxy": 0, "console": 0, "regions": {"first": 0}}),
    ],
)
def test_ports_are_written_as_names_and_numbers(text, ports):
    assert parse_ports(text, "--ports") == ports


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"regions": "us-east-1,us-east-1"}, "--regions: us-east-1 is given twice"),
        ({"regions": "us-esat-1"}, "Did you mean us-west-1 or us-east-1"),
        ({"default_place": "pariss"}, "--default-place: Unknown place 'pariss'. Did you mean paris"),
        ({"engine": "localstack"}, "--engine: engine.all: it should be moto, or the URL of an AWS endpoint"),
        (
            {"engine": "http://localhost:4570/aws"},
            "engine.all: the URL of an engine is scheme, host and port",
        ),
        ({"engine": "us-esat-1=moto"}, "--engine: no AWS region is called 'us-esat-1'"),
        ({"engine": "moto,http://a"}, "--engine: the engine of all is given twice"),
        ({"engine": "http://localhost:45700000"}, "--engine: engine.all: Port out of range"),
        ({"ports": "aws=3128"}, "--ports: proxy and aws both have port 3128"),
        ({"ports": "regions=65535"}, "eu-west-1 would get port 65536"),
        ({"ports": "awz=1"}, "no port is called 'awz'. Did you mean aws"),
        ({"ports": "foo=1"}, "no port is called 'foo'. There are aws, dns, proxy, console, regions and"),
        ({"ports": "4566"}, "neither `auto` nor a name and a port"),
        ({"ports": "xx-nowhere-1=1"}, "no AWS region is called 'xx-nowhere-1'"),
        ({"app": "maybe"}, "--app: app: it should be a valid boolean"),
    ],
)
def test_a_wrong_flag_is_named(load, flags, says):
    with pytest.raises(Refusal) as caught:
        load("", **flags)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("speed: 1\nregions:\n  - us-east-1\n  - eu-wset-1\n", "line 4: no AWS region is called 'eu-wset-1'"),
        ("seed: 1\ndefault_place: pariss\n", "line 2: Unknown place"),
        ("ports:\n  aws: 1\n  proxy: 1\n", "line 3: proxy and aws both have port 1"),
        ("cities:\n- {name: A, slug: us-east-1, latitude: 1, longitude: 1, country_code: PT}\n", "line 2: 'us-east-1'"),
    ],
)
def test_what_only_shows_in_the_end_still_names_the_line(load, text, says):
    with pytest.raises(Refusal) as caught:
        load(text)
    assert says in caught.value.message


def test_a_variable_names_itself():
    with pytest.raises(Refusal, match="SANDBOX_SPEED: speed"):
        from_variables({"SANDBOX_SPEED": "fast"})
    with pytest.raises(Refusal, match=r"SANDBOX_AWS_PORT: ports\.aws"):
        from_variables({"SANDBOX_AWS_PORT": "x"})


def test_a_misspelt_variable_is_refused_and_a_strangers_is_not():
    with pytest.raises(Refusal, match=r"SANDBOX_SPED: .*Did you mean SANDBOX_SPEED"):
        from_variables({"SANDBOX_SPED": "3"})
    assert from_variables({"SANDBOX_ID": "abc", "SANDBOX_HOME": "x"}).given.model_fields_set == set()


def test_a_city_of_ones_own_may_be_the_default_place(load):
    text = "cities: [{name: Atlantis, slug: atlantis, latitude: 31, longitude: -24, country_code: PT}]\n"
    settings = load(text, default_place="atlantis")
    assert settings.cities[0].code == settings.default_place == "atlantis"


def test_a_table_of_latencies_counts_from_the_file_that_names_it(load, tmp_path):
    (tmp_path / "own.csv").write_text("from,to,rtt_ms\nparis,us-east-1,90\natlantis,us-east-1,30\n")
    text = (
        "latencies: own.csv\nuneven_paths: true\n"
        "cities: [{name: Atlantis, slug: atlantis, latitude: 31, longitude: -24, country_code: PT}]\n"
    )
    settings = load(text)
    assert (settings.latencies, settings.uneven_paths) == (str(tmp_path / "own.csv"), True)
    assert Settings.from_json(settings.to_json()).latencies == settings.latencies
    (tmp_path / "own.csv").write_text("from,to,rtt_ms\nparis,us-east-1,soon\n")
    with pytest.raises(Refusal, match=r"own\.csv, line 2: rtt_ms is 'soon'"):
        load("latencies: own.csv\n")
    with pytest.raises(Refusal, match=r"gone\.csv: cannot be read"):
        load("", {"SANDBOX_LATENCIES": str(tmp_path / "gone.csv")})


def test_a_place_may_be_written_as_people_write_it(load):
    assert load("", default_place="New York").default_place == "new-york"


def test_a_regions_own_file_wins_over_the_common_setting(load, tmp_path):
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "eu-west-1.yaml").write_text("app: true\nfront_door: 9000\nenvironment: {A: b}\n")
    settings = load("app: false\n")
    assert [own.app for own in settings.region_settings.values()] == [False, True, False]
    assert settings.ports.regions["eu-west-1"] == 9000
    assert settings.region_settings["eu-west-1"].environment == {"A": "b"}


def test_each_region_has_its_engine(load, tmp_path):
    assert {own.engine for own in load("").region_settings.values()} == {"moto"}
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "eu-west-1.yaml").write_text("engine: http://localstack-eu:4566/\n")
    (tmp_path / "regions" / "us-east-1.yaml").write_text("engine: moto\n")
    settings = load("engine: http://one:1\n", {"SANDBOX_ENGINE": "https://two"})
    engines = {code: own.engine for code, own in settings.region_settings.items()}
    assert engines == {"us-east-1": "moto", "eu-west-1": "http://localstack-eu:4566", "ap-northeast-1": "https://two"}


def test_engines_of_several_regions_stand_in_one_setting(load):
    text = "engine:\n  all: http://a:1\n  eu-west-1: http://b:2\n"
    assert [own.engine for own in load(text).region_settings.values()] == ["http://a:1", "http://b:2", "http://a:1"]
    variables = {"SANDBOX_ENGINE": "us-east-1=http://c:3,eu-west-1=moto"}
    assert [own.engine for own in load(text, variables).region_settings.values()] == [
        "http://c:3",
        "moto",
        "http://a:1",
    ]
    assert {own.engine for own in load(text, variables, engine="moto").region_settings.values()} == {"moto"}


def test_later_sources_win():
    from sandbox.geography.atlas import Atlas

    sources = [from_flags({"speed": 2, "seed": 1}), from_flags({"speed": 3})]
    settings = put_together(sources, {}, Atlas.load())
    assert (settings.speed, settings.seed) == (3.0, 1)


def test_places_have_settings_of_their_own(load):
    text = "places:\n  Sao Paulo: {resolver_in: US-EAST-1, client_subnet: false}\n  tokyo: {hold_s: forever}\n"
    assert load(text).places == {
        "sao-paulo": {"resolver_in": "us-east-1", "client_subnet": False},
        "tokyo": {"hold_s": "forever"},
    }
    assert load("").places == {}
    assert load("", places={"tokyo": {"min_ttl_s": 300}}).places == {"tokyo": {"min_ttl_s": 300}}


def test_quotas_of_route53_are_numbers_that_it_has(load):
    assert load("route53_quotas: {hosted_zones: 1000}\n").route53_quotas == {"hosted_zones": 1000}
    for line, says in (
        ("hosted_zone: 1", "line 2: no quota of Route 53 is called 'hosted_zone'. Did you mean hosted_zones"),
        ("values: 0", "line 2: route53_quotas.values: it should be greater than or equal to 1"),
    ):
        with pytest.raises(Refusal) as caught:
            load(f"route53_quotas:\n  {line}\n")
        assert says in caught.value.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("places:\n  tokio: {}\n", "line 2: Unknown place 'tokio'. Did you mean tokyo"),
        ("places:\n  tokyo:\n    min_ttl_s: 1\n    hold: 3\n", "line 4: places.tokyo: hold: unknown key 'hold'"),
        ("places:\n  tokyo:\n    hold_s: long\n", "line 3: places.tokyo: hold_s: it should be a number of seconds"),
        ("places:\n  tokyo:\n    resolver_in: mars\n", "line 3: Unknown place 'mars'"),
        ("places:\n  tokyo: {}\n  Tokyo: {}\n", "line 3: tokyo is given twice"),
        ("places:\n  tokyo: 7\n", "line 2: places.tokyo"),
    ],
)
def test_a_wrong_setting_of_a_place_names_the_line(text, says, load):
    with pytest.raises(Refusal) as caught:
        load(text)
    assert says in caught.value.message


def test_beyond_this_machine_the_console_needs_a_token(load):
    with pytest.raises(Refusal, match=r"line 1: at 0\.0\.0\.0 others .* set a console_token"):
        load("console_host: 0.0.0.0\n")
    open_to_all = load("console_host: 0.0.0.0\n", console_token="sixteen-letters-1")
    assert (open_to_all.console_host, open_to_all.console_token) == ("0.0.0.0", "sixteen-letters-1")
    with pytest.raises(Refusal, match="16 to 200 letters"):
        load("console_token: short\n")
    with pytest.raises(Refusal, match="it should be an address"):
        load("console_host: localhost\n")

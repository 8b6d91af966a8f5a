"""sandbox.yaml: every complaint names the file and the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.supervisor.settings_file import (
    parse_region,
    parse_settings,
    read_region_files,
    read_settings_file,
    settings_path,
)

GOOD = """\
# three regions
regions: [us-east-1, eu-west-1]
speed: 10
ports:
  aws: 5000
  regions: 5001
cities:
  - {name: Atlantis, slug: atlantis, latitude: 31, longitude: -24, country_code: PT}
"""


def test_a_good_file_is_read():
    source = parse_settings(GOOD, "sandbox.yaml")
    assert source.given.regions == ["us-east-1", "eu-west-1"]
    assert source.given.ports.regions == {"first": 5001}
    assert source.where(("ports", "aws")) == "sandbox.yaml, line 5"
    assert source.where(("cities", 0, "slug")) == "sandbox.yaml, line 8"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("speed: 1\nregoins: []\n", "line 2: unknown key 'regoins'"),
        ("ports:\n  aws: 1\n  dns: x\n", "line 3: ports.dns"),
        ("regions:\n  - us-east-1\n  - 7\n", "line 3: regions.1"),
        ("cities:\n  - name: A\n", "line 2: cities.0.slug: this key is needed"),
        ("speed: 1\nspeed: 2\n", "line 2: speed is given twice"),
        ("ports:\n  aws: 1\n  aws: 2\n", "line 3: aws is given twice"),
        ("speed: 1\n  seed: 2\n", "line 2: not YAML: mapping values are not allowed here"),
        ("regions: [us-east-1\n", "not YAML"),
        ("speed: 1\n\tseed: 2\n", "line 2: not YAML"),
        ("- us-east-1\n", "line 1: keys and values are needed"),
        ("speed: !!python/object:os.system x\n", "not YAML"),
    ],
)
def test_a_broken_file_names_the_line(text, says):
    with pytest.raises(Refusal) as caught:
        parse_settings(text, "sandbox.yaml")
    assert caught.value.message.startswith("sandbox.yaml")
    assert says in caught.value.message


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_sets_nothing(text):
    assert parse_settings(text, "sandbox.yaml").given.model_fields_set == set()


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        parse_settings(text, "sandbox.yaml")
    except Refusal as refusal:
        assert refusal.code == "BadSetting"  # noqa: PT017 - either outcome is right


def test_a_region_has_a_file_of_its_own(tmp_path):
    (tmp_path / "us-east-1.yaml").write_text("app: false\nfront_door: 9000\n")
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    found = read_region_files(tmp_path, ["us-east-1", "eu-west-1"])
    assert list(found) == ["us-east-1"]
    assert found["us-east-1"].front_door == 9000


def test_a_regions_file_that_looks_misspelt_is_refused(tmp_path):
    (tmp_path / "us-esat-1.yaml").write_text("app: false\n")
    with pytest.raises(Refusal, match="Did you mean us-east-1"):
        read_region_files(tmp_path, ["us-east-1"])


def test_a_regions_file_names_its_lines_too():
    with pytest.raises(Refusal, match=r"us-east-1\.yaml, line 2: unknown key 'ap'"):
        parse_region("front_door: auto\nap: true\n", "us-east-1.yaml")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"speed: \xff\n")
    with pytest.raises(Refusal, match="not UTF-8"):
        read_settings_file(tmp_path / "latin.yaml")
    with pytest.raises(Refusal, match="Is a directory"):
        read_settings_file(tmp_path)


def test_the_named_file_wins_and_must_be_there(tmp_path):
    assert settings_path(None, tmp_path) is None
    assert settings_path(None, None) is None
    (tmp_path / "sandbox.yaml").write_text("")
    assert settings_path(None, tmp_path) == tmp_path / "sandbox.yaml"
    with pytest.raises(Refusal, match="No settings file"):
        settings_path(tmp_path / "other.yaml", tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("places: &a {paris: *a}", "line 1: it refers to itself"),
        ("regions: &a [*a]", "line 1: it refers to itself"),
        ('seed: 1\ndefault_place: "\\uD800"', "line 2: half a character"),
        ("regions: " + "[" * 60 + "]" * 60, "too deeply nested"),
        (
            "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
            + "".join(f"{n}: &{n} [{','.join([f'*{p}'] * 10)}]\n" for p, n in zip("abcdefg", "bcdefgh", strict=True)),
            "too large",
        ),
        ('speed: !!int ""', "not YAML"),
        ("speed: !!bool perhaps", "not YAML"),
        ("speed: !!timestamp soon", "not YAML"),
        ("cities:\n  - {name: Lyon,\n     name: Lyons}", "line 3: name is given twice"),
    ],
)
def test_what_yaml_allows_and_nobody_can_mean_is_refused_with_its_line(text, told):
    with pytest.raises(Refusal) as refused:
        parse_settings(text, "sandbox.yaml")
    assert told in refused.value.message

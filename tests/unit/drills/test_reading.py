"""Claims about a drill's file: what is wrong is told with its line, and nothing makes a traceback."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.drills.reading import parse_drill, read_drill
from sandbox.kernel.errors import Refusal

LOAD = "load: [{cities: [paris], url: 'http://a.example.test/', rate_per_s: 1, duration_s: 1}]\n"
REST = LOAD + "objectives: {availability: 1}\n"
SMALLEST = "name: a\nregions: [eu-west-1]\n" + REST


def complaint(text, atlas):
    with pytest.raises(Refusal) as refused:
        parse_drill(text, "d.yaml", atlas)
    return refused.value.message


def test_a_small_file_says_it_all(drill):
    assert drill.cities == ("paris", "new-york")
    assert (drill.length_s, drill.tables) == (5.0, ("baskets",))
    assert drill.faults[0].words == "stop eu-west-1"
    assert drill.objectives.availability == {"overall": 0.9, "paris": 0.5}
    assert drill.objectives.rto_s == {"overall": 2.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "d.yaml: the file is empty"),
        ("[]", "d.yaml, line 1: keys and values are needed"),
        ("name: a", "d.yaml, line 1: regions: this key is needed"),
        ("name: a b\nregions: [eu-west-1]\n" + REST, "line 1: name: it should be letters, digits"),
        (
            "name: a\nregions: [eu-vest-1]\n" + REST,
            "line 2: no AWS region is called 'eu-vest-1'. Did you mean eu-west-1",
        ),
        (SMALLEST + "speeed: 3\n", "line 5: unknown key 'speeed'. Did you mean speed or seed?"),
        (SMALLEST.replace("paris", "pariss"), "line 3: Unknown place 'pariss'. Did you mean paris"),
        (SMALLEST.replace("rate_per_s: 1", "rate_per_s: 0"), "line 3: load.0.rate_per_s"),
        (SMALLEST.replace("rate_per_s: 1", "rate: 1"), "line 3: "),
        (SMALLEST.replace("'http://a.example.test/'", "ftp://x"), "it should be a URL with a path"),
        (SMALLEST.replace("a.example.test", "a.example.test:99999"), "is no http:// or https:// URL"),
        (
            SMALLEST.replace("http://a.example.test", "dynamodb://us-east-1"),
            "it should be dynamodb://, one of eu-west-1",
        ),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stopp, target: eu-west-1}\n", "line 6: Unknown fault 'stopp'"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stop, target: us-east-1}\n", "line 6: Unknown region 'us-east-1'"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: slow, target: paris, parameters: {los: 1}}\n", "Did you mean loss?"),
        (SMALLEST + "timeline:\n  - {at: 9, kind: stop, target: eu-west-1}\n", "after the last request"),
        (SMALLEST + "timeline:\n  - {at: 0}\n", "either a fault (kind, target) or a call"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stop, target: eu-west-1, fro: 3}\n", "Did you mean for?"),
        (SMALLEST + "architecture:\n  - {script: ../x.sh}\n", "a script is a file beside the drill"),
        (SMALLEST + "architecture:\n  - {service: s3}\n", "line 6: operation: this key is needed"),
        (SMALLEST + "architecture:\n  - {service: s3, operation: _x}\n", "it should be a name of boto3"),
        (
            SMALLEST + "architecture:\n  - {service: s3, operation: create_bucket, arguments: {Bucket: $NAME}}\n",
            "$NAME is kept by no earlier call",
        ),
        (SMALLEST + "places: {paris: {min_ttl: 3}}\n", "line 5: places.paris: "),
        (SMALLEST.replace("availability: 1", "availability: {tokyo: 1}"), "'tokyo' has no load"),
        (SMALLEST.replace("availability: 1", "lost_writes: 1"), "needs a load that reads and writes"),
        (SMALLEST.replace("availability: 1", ""), "at least one objective is needed"),
        (SMALLEST.replace("rate_per_s: 1", "rate_per_s: 200").replace("duration_s: 1", "duration_s: 3000"), "too many"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, told, atlas):
    assert told in complaint(text, atlas)


def test_calls_may_use_what_earlier_ones_kept(atlas):
    text = SMALLEST + (
        "architecture:\n"
        "  - {service: route53, operation: create_hosted_zone, keep: ZONE, query: HostedZone.Id,\n"
        "     arguments: {Name: example.test, CallerReference: $RUN}}\n"
        "timeline:\n"
        "  - at: 0.5\n"
        "    expect: ServiceUnavailable\n"
        "    call: {service: route53, operation: delete_hosted_zone, arguments: {Id: $ZONE}}\n"
    )
    drill = parse_drill(text, "d.yaml", atlas)
    assert drill.calls[0].step.arguments == {"Id": "$ZONE"}
    assert drill.calls[0].expect == "ServiceUnavailable"


def test_a_script_stands_beside_its_drill(tmp_path, atlas):
    (tmp_path / "d.yaml").write_text(SMALLEST + "architecture:\n  - script: setup.sh\n")
    with pytest.raises(Refusal, match=r"line 6: 'setup\.sh' cannot be read"):
        read_drill(tmp_path / "d.yaml", atlas)
    (tmp_path / "setup.sh").write_text("aws sts get-caller-identity\n")
    assert read_drill(tmp_path / "d.yaml", atlas).architecture[0].script == "aws sts get-caller-identity\n"


def refuses_or_reads(text, atlas):
    """Any other exception than a Refusal about the file fails the test."""
    refusal = None
    try:
        parse_drill(text, "d.yaml", atlas)
    except Refusal as refused:
        refusal = refused
    assert refusal is None or (refusal.code == "BadSetting" and refusal.message.startswith("d.yaml"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.characters() | st.sampled_from("{}[]:,-&*!?|>'\"\n #%@`"), max_size=80))
def test_no_text_makes_a_traceback(text, atlas):
    refuses_or_reads(text, atlas)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_value_in_the_place_of_another_makes_a_traceback(data, atlas, text):
    content = yaml.safe_load(text)
    holder = content
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            break
        holder = holder[key]
    holder[key] = data.draw(VALUES)
    refuses_or_reads(yaml.safe_dump(content, allow_unicode=True), atlas)

"""Keys of packets, and answers kept with their chances."""

from __future__ import annotations

import struct
from collections import Counter

import dns.edns
import dns.message
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.compiled import Branching, Chooser, CompiledAnswers, Leaf, Questions, draw, split_question
from sandbox.dns.reads import Footprint
from sandbox.kernel.dice import dice

KEY = ("paris", False, b"question")


def compiled(seed: int = 1, **limits: int) -> CompiledAnswers:
    """Where footprints fit as long as nothing in them is `changed`."""
    return CompiledAnswers(dice(seed, "dns:weighted"), lambda footprint: "changed" not in footprint.verdicts, **limits)


def leaf_of(head: bytes, *checks: str) -> Leaf:
    footprint = Footprint()
    footprint.verdicts.update(dict.fromkeys(checks, False))
    return Leaf(head, b"", footprint)


def packet(
    ident: int = 1, name: str = "app.example.test", rtype: str = "A", options: tuple[tuple[int, bytes], ...] = ()
) -> bytes:
    made = [dns.edns.GenericOption(code, body) for code, body in options]
    message = dns.message.make_query(name, rtype, use_edns=0, payload=1232, options=list(made))
    message.id = ident
    return message.to_wire()


def key(wire: bytes) -> bytes:
    split = split_question(wire)
    assert split is not None
    return split[1]


SUBNET = (8, b"\x00\x01\x18\x00\x64\x40\x07")


def test_id_cookie_padding_and_case_do_not_matter() -> None:
    plain = key(packet())
    assert key(packet(ident=999)) == plain
    assert key(packet(options=((10, b"12345678"),))) == plain
    assert key(packet(options=((10, b"12345678"), (12, b"\0" * 30)))) == plain
    assert key(packet(name="aPP.eXample.TEST")) == plain
    assert key(packet(options=(SUBNET, (10, b"12345678")))) == key(packet(options=((10, b"abcdefgh"), SUBNET)))


def test_everything_else_does() -> None:
    others = [
        packet(name="app.example.tesu"),
        packet(rtype="AAAA"),
        packet(options=(SUBNET,)),
        packet(options=((65001, b""),)),
        dns.message.make_query("app.example.test", "A").to_wire(),
        packet()[:2] + b"\x00" + packet()[3:],
    ]
    assert len({key(packet()), *map(key, others)}) == len(others) + 1


def test_types_that_differ_by_what_case_folding_changes_have_different_keys() -> None:
    """Type 65 is "A" as a byte, type 97 "a": only the name may be folded."""
    assert key(packet(rtype="TYPE65")) != key(packet(rtype="TYPE97"))


def test_odd_shapes_are_not_compiled() -> None:
    whole = packet(options=(SUBNET,))
    assert split_question(b"") is None
    assert split_question(whole[:20]) is None
    assert split_question(whole[:-1]) is None
    assert split_question(whole + b"x") is None
    broken = whole[:-11] + b"\x00\x08\x00\xff" + whole[-7:]
    assert split_question(broken) is None


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_packets_with_one_key_differ_only_where_it_must_not_matter(a: bytes, b: bytes) -> None:
    """Rebuild the packet from its key: what is missing is the id and options that are stripped, so a key that two
    packets share says the same question."""
    for body in (a, b):
        split = split_question(b"\x00\x01" + body)
        if split is None:
            continue
        end, found = split
        assert found[: end - 2].lower() == body[: end - 2].lower()


def test_packets_that_differ_in_their_cookie_are_taken_apart_once() -> None:
    questions = Questions()
    for number in range(1_000):
        made = packet(ident=number, options=(SUBNET, (10, struct.pack("!Q", number))))
        assert questions.split(made) == split_question(made)
    assert len(questions._split) == 1


def test_what_only_looks_like_a_cookie_at_the_end_is_not_taken_for_one() -> None:
    """The last bytes of another option matter, even behind four that read as the head of a cookie."""
    questions = Questions()
    for last in (b"12345678", b"abcdefgh"):
        made = packet(options=((65001, b"\x00\x0a\x00\x08" + last),))
        assert questions.split(made) == split_question(made)
    assert len(questions._split) == 0


def test_mixed_case_does_not_fill_the_memory_and_its_limit_holds() -> None:
    questions = Questions(most=10)
    for number in range(100):
        name = f"{number:07b}".replace("0", "a").replace("1", "A")
        questions.split(packet(name=name, options=((10, b"12345678"),)))
        questions.split(packet(name=f"n{number}.test", options=((10, b"12345678"),)))
        assert len(questions._split) <= 10
    assert all(name == name.lower() for name in questions._split)


endings = st.sampled_from([b"", b"\x00\x0a\x00\x08", b"\x00\x0c\x00\x08", b"\xfd\xe9\x00\x0c\x00\x0a\x00\x08"])


@given(
    st.lists(st.tuples(st.sampled_from(["a.test", "B.test"]), endings, st.binary(min_size=8, max_size=8)), max_size=20)
)
def test_a_memory_of_questions_never_changes_what_they_are(packets: list[tuple[str, bytes, bytes]]) -> None:
    """Any options behind the OPT record's fixed part, well formed or not, in any order of packets."""
    questions = Questions()
    for name, ending, last in packets:
        bare = dns.message.make_query(name, "A", use_edns=0).to_wire()
        for options in (ending + last, last + ending, ending + last + ending + last):
            made = bare[:-2] + struct.pack("!H", len(options)) + options
            assert questions.split(made) == split_question(made)


def test_draws_follow_the_weights_and_never_take_a_zero() -> None:
    chance = dice(1, "dns:weighted")
    drawn = Counter(draw([0, 1, 1, 4, 4], chance) for _ in range(4_000))
    assert set(drawn) == {1, 3}
    assert abs(drawn[3] / 4_000 - 0.75) < 0.04


def test_a_chooser_repeats_its_path_and_then_draws_on() -> None:
    chooser = Chooser(dice(1, "dns:weighted"), path=[2])
    assert chooser([1, 1, 1]) == 2
    assert chooser([0, 5]) == 1
    assert chooser.drawn == [([1, 2, 3], 2), ([0, 5], 1)]


def test_an_answer_without_chance_is_a_leaf() -> None:
    kept = compiled()
    leaf = leaf_of(b"head")
    assert kept.find(KEY, []) is None
    kept.keep(KEY, [], leaf)
    assert kept.find(KEY, []) is leaf
    assert kept.find(("tokyo", False, b"question"), []) is None
    kept.clear()
    assert kept.find(KEY, []) is None
    assert len(kept) == 0


def test_missing_branches_tell_the_path_that_led_there_and_are_filled_one_by_one() -> None:
    """A tree of two draws: the first of 3, then of 2. Filled as an evaluation would, it ends with 6 leaves."""
    kept = compiled(seed=2)
    evaluated = 0
    for _ in range(300):
        path: list[int] = []
        if kept.find(KEY, path) is None:
            chooser = Chooser(dice(evaluated, "dns:weighted"), path)
            name = f"{chooser([1, 1, 1])}{chooser([1, 1])}"
            kept.keep(KEY, chooser.drawn, leaf_of(name.encode()))
            evaluated += 1
    assert evaluated == len(kept) == 6
    root = kept._answers[KEY]
    assert isinstance(root, Branching)
    for number, branch in enumerate(root.following):
        assert isinstance(branch, Branching)
        assert [leaf.head for leaf in branch.following if isinstance(leaf, Leaf)] == [
            f"{number}0".encode(),
            f"{number}1".encode(),
        ]


def test_what_is_kept_has_a_limit() -> None:
    kept = compiled(most=10)
    for number in range(1_000):
        kept.keep(("paris", False, struct.pack("!H", number)), [], leaf_of(b""))
        assert len(kept) <= 10


def test_footprints_have_a_limit_too() -> None:
    """One answer, given up and decided again from something else each time."""
    kept = compiled(most=10)
    for number in range(1_000):
        kept.keep(KEY, [], leaf_of(b"", "changed", f"check-{number}"))
        kept.changed()
        assert kept.find(KEY, []) is None
        assert len(kept._footprints) <= 10
    assert len(kept) == 0


def test_after_a_change_what_still_fits_is_kept_and_the_rest_is_given_up() -> None:
    kept = compiled()
    fitting, other = leaf_of(b"fits", "same"), ("tokyo", False, b"question")
    kept.keep(KEY, [], fitting)
    kept.keep(other, [], leaf_of(b"does not", "changed"))
    kept.changed()
    assert kept.find(KEY, []) is fitting
    assert kept.find(other, []) is None
    assert len(kept) == 1


def test_what_was_drawn_before_a_stale_answer_stays_drawn() -> None:
    """The draw was fair, as its weights still hold; drawing again would bend the chances of the others. All leaves of
    the tree are given up."""
    kept = compiled()
    for index, check in ((0, "same"), (1, "changed")):
        kept.keep(KEY, [([1, 2], index)], leaf_of(check.encode(), check))
    kept.changed()
    for _ in range(20):
        path: list[int] = []
        if kept.find(KEY, path) is None:
            break
    assert path == [1]
    assert len(kept) == 0


def test_answers_decided_from_the_same_are_compared_once() -> None:
    compared: list[Footprint] = []
    kept = CompiledAnswers(dice(1, "dns:weighted"), lambda footprint: not compared.append(footprint))
    keys = [(f"place-{number}", False, b"question") for number in range(50)]
    for key in keys:
        kept.keep(key, [], leaf_of(b"", "check"))
    kept.changed()
    assert all(kept.find(key, []) for key in keys * 2)
    assert len(compared) == 1

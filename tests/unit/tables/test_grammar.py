"""What all expressions share: paths, their overlaps, the size of a text."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.grammar import ProjectionReader, resolved_names
from sandbox.tables.syntax import Path


def read(text: str, **names: str) -> tuple[Path, ...]:
    given = {f"#{alias}": name for alias, name in names.items()}
    return ProjectionReader("ProjectionExpression", text, resolved_names(text, given)).read()


def problem(text: str, **names: str) -> str:
    with pytest.raises(Refusal) as refused:
        read(text, **names)
    return refused.value.message.removeprefix("Invalid ProjectionExpression: ")


def test_paths_have_names_and_indexes() -> None:
    assert read("a, b.#c[0][1]", c="d e") == (Path(("a",)), Path(("b", "d e", 0, 1)))


@pytest.mark.parametrize(
    ("text", "word", "one", "two"),
    [
        ("a, a", "overlap", "[a]", "[a]"),
        ("a, a.b", "overlap", "[a]", "[a, b]"),
        ("a.b, a", "overlap", "[a, b]", "[a]"),
        ("a.b[1].c, a.b[1]", "overlap", "[a, b, [1], c]", "[a, b, [1]]"),
        ("a.b, a[0]", "conflict", "[a, b]", "[a, [0]]"),
        ("#x, a", "overlap", "[a]", "[a]"),
    ],
)
def test_paths_may_not_meet(text: str, word: str, one: str, two: str) -> None:
    assert problem(text, x="a") == (
        f"Two document paths {word} with each other; must remove or rewrite one of these paths; "
        f"path one: {one}, path two: {two}"
    )


def test_neighbours_do_not_meet() -> None:
    assert len(read("a.b, a.c, d[0], d[1].x, d[1].y")) == 5


def test_only_the_names_of_a_text_decide_what_it_means() -> None:
    assert resolved_names("#a = :v", {"#a": "x", "#b": "y"}) == (("#a", "x"),)
    assert resolved_names("#a = :v", {}) == (("#a", None),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("1a", 'Syntax error; token: "1", near: "1a"'),
        ("a..b", 'Syntax error; token: ".", near: "..b"'),
        ("a[2147483648]", "List index is not within the allowable range; index: [2147483648]"),
        ("a" * 4097, "Expression size has exceeded the maximum allowed size; expression size: 4097"),
        (".".join("a" * 34), "The document path has too many nesting elements; nesting levels: 33"),
    ],
)
def test_bad_paths_are_refused_in_aws_words(text: str, message: str) -> None:
    assert problem(text) == message


def test_a_text_of_4096_bytes_is_read() -> None:
    assert read("a" * 4096) == (Path(("a" * 4096,)),)

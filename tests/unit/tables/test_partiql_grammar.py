"""PartiQL statements, read."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.partiql_grammar import read_statement
from sandbox.tables.syntax import Action, And, Call, Comparison, Literal, Not, Path


def test_a_select_is_read_whole() -> None:
    read = read_statement('SELECT a.b, c[0] FROM "orders"."by-color" WHERE id = ? ORDER BY nr DESC', [{"S": "x"}])
    assert (read.verb, read.table, read.index) == ("SELECT", "orders", "by-color")
    assert read.paths == (Path(("a", "b")), Path(("c", 0)))
    assert isinstance(read.where, Comparison)
    assert isinstance(read.where.right, Literal)
    assert read.where.right.value == {"S": "x"}
    assert (read.order_by, read.backwards) == ("nr", True)


def test_and_binds_stronger_than_or_and_not_stronger_than_both() -> None:
    where = read_statement("SELECT * FROM t WHERE NOT a = 1 AND b IS MISSING OR c IS NOT NULL", []).where
    first, second = where.parts  # type: ignore[union-attr]
    assert isinstance(first, And)
    assert isinstance(first.parts[0], Not)
    assert first.parts[1] == Call("attribute_not_exists", (Path(("b",)),))
    assert isinstance(second, Not)


def test_an_item_is_read_with_all_its_types() -> None:
    text = "INSERT INTO t VALUE {'id': 'a', 'n': 1.50, 'l': [TRUE, NULL], 'm': {'x': ?}, 's': <<'a', 'b'>>}"
    assert read_statement(text, [{"B": "aGk="}]).item == {
        "id": {"S": "a"},
        "n": {"N": "1.5"},
        "l": {"L": [{"BOOL": True}, {"NULL": True}]},
        "m": {"M": {"x": {"B": "aGk="}}},
        "s": {"SS": ["a", "b"]},
    }


def test_an_update_is_read_as_actions() -> None:
    read = read_statement("UPDATE t SET a = 1 SET b = b + 1 REMOVE c WHERE id = 'x' RETURNING MODIFIED NEW *", [])
    assert [action.verb for action in read.actions] == ["SET", "SET", "REMOVE"]
    assert read.actions[2] == Action("REMOVE", Path(("c",)))
    assert read.returning == "UPDATED_NEW"
    added = read_statement("UPDATE t SET s = set_add(s, <<1>>) WHERE id = 'x'", []).actions[0]
    assert added.verb == "ADD"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELEC * FROM t",
        "SELECT * FROM",
        "SELECT * FROM t WHERE",
        "SELECT * FROM t WHERE a = 1 nonsense",
        "UPDATE t WHERE id = 1",
        "DELETE t",
        "SELECT * FROM t WHERE a IN []",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="Statement wasn't well formed"):
        read_statement(text, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * FROM t WHERE a = 1 foo", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE", "Unexpected term"),
        ("SELECT * FROM", "Unexpected term"),
        ("SELECT * FROM t WHERE a = 1 AND", "Missing right-hand side expression of infix operator"),
        ("DELETE FROM WHERE a = 1", "Expected identifier for simple path"),
        ("DELETE FROM;", "Expected identifier for simple path"),
    ],
)
def test_a_statement_that_is_not_well_formed_says_why_in_aws_words(text: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_statement(text, [])
    assert refused.value.message == f"Statement wasn't well formed, can't be processed: {words}"


@pytest.mark.parametrize("text", ["SELECT * FROM t AS u", "UPDATE t u SET a = 1", "DELETE FROM t u WHERE a = 1"])
def test_a_table_has_no_second_name(text: str) -> None:
    with pytest.raises(Refusal, match="Aliasing is not supported"):
        read_statement(text, [])


def test_an_item_is_a_struct() -> None:
    with pytest.raises(Refusal, match="Unsupported format in item expression"):
        read_statement("INSERT INTO t VALUE 'x'", [])


def test_attributes_are_asked_whether_they_exist() -> None:
    where = read_statement("SELECT * FROM t WHERE attribute_exists(a.b) AND ATTRIBUTE_NOT_EXISTS(c)", []).where
    assert [part.name for part in where.parts] == ["attribute_exists", "attribute_not_exists"]


@pytest.mark.parametrize("parameters", [[], [{"S": "a"}, {"S": "b"}]])
def test_every_parameter_has_its_mark(parameters: list[dict[str, str]]) -> None:
    with pytest.raises(Refusal, match="Number of parameters in request and statement don't match"):
        read_statement("SELECT * FROM t WHERE id = ?", parameters)

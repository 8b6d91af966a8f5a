"""PartiQL's tokens."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.partiql_tokens import set_of, tokens_of, unquoted


def test_a_statement_falls_into_tokens() -> None:
    assert [text for _, text in tokens_of("SELECT \"a b\" FROM t WHERE x>=-1.5e3 AND y <> 'it''s' ")] == [
        "SELECT",
        '"a b"',
        "FROM",
        "t",
        "WHERE",
        "x",
        ">=",
        "-1.5e3",
        "AND",
        "y",
        "<>",
        "'it''s'",
    ]
    assert unquoted("'it''s'") == "it's"


def test_what_is_no_token_is_named() -> None:
    with pytest.raises(Refusal, match="Unexpected token: §"):
        tokens_of("SELECT § FROM t")


def test_a_set_has_members_of_one_type() -> None:
    assert set_of([{"N": "1"}, {"N": "2"}]) == {"NS": ["1", "2"]}
    for members in ([], [{"N": "1"}, {"S": "a"}], [{"BOOL": True}]):
        with pytest.raises(Refusal, match=r"Unsupported data type in Bag|Empty bags are not supported"):
            set_of(members)


def test_comments_are_no_tokens() -> None:
    text = "SELECT/**/* FROM t -- the table\nWHERE a /* key */= 'x--y /*z*/' --"
    assert [found for _, found in tokens_of(text)] == ["SELECT", "*", "FROM", "t", "WHERE", "a", "=", "'x--y /*z*/'"]

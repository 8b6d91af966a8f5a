"""The Markdown of labs, taken apart: each sign once, and nothing of any text lost or turned into markup."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sandbox.labs.prose import Block, Span, blocks_of, spans_of
from sandbox.labs.reading import CONSOLE
from sandbox.labs.shelf import all_labs, guide
from sandbox.labs.values import LANGUAGES, Command

TEXT = """# One *thing*

Look at `this <b>`
and **mind** it.
- first `one`,
  which goes on
- second

| name | what |
| --- | --- |
| `a` | |

```console
$ for n in 1 2; do
>   echo $n
> done
1
> 2
$ true
```
```
  as it stands
```
"""


def text(words: str) -> Span:
    return Span(kind="text", text=words)


def code(words: str) -> Span:
    return Span(kind="code", text=words)


def test_each_sign_is_read() -> None:
    assert blocks_of(TEXT) == (
        Block(kind="heading", level=1, spans=(text("One *thing*"),)),
        Block(
            kind="text",
            spans=(text("Look at "), code("this <b>"), text(" and "), Span(kind="strong", text="mind"), text(" it.")),
        ),
        Block(kind="list", rows=(((text("first "), code("one"), text(", which goes on")),), ((text("second"),),))),
        Block(kind="table", head=((text("name"),), (text("what"),)), rows=(((code("a"),), ()),)),
        Block(
            kind="console",
            lines=(
                Command(text="for n in 1 2; do\n  echo $n\ndone", shown=("1", "> 2")),
                Command(text="true"),
            ),
        ),
        Block(kind="code", spans=(code("  as it stands"),)),
    )


def words_in(blocks: tuple[Block, ...]) -> str:
    """All letters, in order."""
    found: list[str] = []
    for block in blocks:
        for spans in (block.spans, *block.head, *(cell for row in block.rows for cell in row)):
            found += [span.text for span in spans]
        found += [part for line in block.lines for part in (line.text, *line.shown)]
    return "".join("".join(found).split())


@given(
    st.lists(st.sampled_from([*TEXT.splitlines(), "|", "a|b", "**", "`", "> x", "$ y", "```x", "- "])).map("\n".join)
)
def test_every_text_can_be_read_and_no_word_of_it_is_lost(markdown: str) -> None:
    letters = re.sub(r"[^a-z0-9]", "", re.sub(rf"{CONSOLE}|```.*", "", markdown))
    assert re.sub(r"[^a-z0-9]", "", words_in(blocks_of(markdown))) == letters


@given(st.text())
def test_words_of_one_paragraph_keep_their_order(words: str) -> None:
    assert "".join(span.text for span in spans_of(words)).replace("`", "").replace("*", "") == words.replace(
        "`", ""
    ).replace("*", "")


def test_the_lines_of_a_step_are_those_that_checkpoints_wait_for() -> None:
    """What is shown to be typed is what the test of labs types."""
    for language in LANGUAGES:
        for lab in all_labs(language):
            for step in lab.steps:
                assert tuple(line for block in blocks_of(step.body) for line in block.lines) == step.commands


def test_the_guide_has_its_tables() -> None:
    kinds = [block.kind for block in blocks_of(guide())]
    assert kinds.count("table") >= 3
    assert {"heading", "list", "text"} <= set(kinds)

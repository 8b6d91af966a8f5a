"""A lab's text: what is read from it, and what is said of a text that is wrong."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.labs.reading import read_lab
from sandbox.labs.values import Check, Lab

TEXT = """---
minutes: 5
regions: us-east-1 eu-west-1
---
# Two lines

Why one does this.

## Before

```console
$ echo ready
```

## First step

Look at `this`.

```console
$ echo one
one
$ for n in 1 2; do
>   echo $n
> done
1
# no heading
```

**Question** How many?
**Answer** Two,
it seems.
**Checkpoint** `answers name=a.test place=paris address=192.0.2.1` `mended` the name is there.
**Hint** Type `echo`.
"""


def read(text: str) -> Lab:
    return read_lab(text, number=1, language="en", name="texts/en/01-two.md")


def test_a_text_is_a_lab() -> None:
    lab = read(TEXT)
    assert (lab.title, lab.minutes, lab.regions, lab.intro) == (
        "Two lines",
        5,
        ("us-east-1", "eu-west-1"),
        "Why one does this.",
    )
    assert [line.text for line in lab.before] == ["echo ready"]
    [step] = lab.steps
    assert [line.text for line in step.commands] == ["echo one", "for n in 1 2; do\n  echo $n\ndone"]
    assert step.commands[1].shown == ("1", "# no heading")
    assert (step.question, step.answer, step.hint) == ("How many?", "Two, it seems.", "Type `echo`.")
    assert step.checks == (
        Check(kind="answers", arguments={"name": "a.test", "place": "paris", "address": "192.0.2.1"}),
        Check(kind="mended", arguments={}),
    )
    assert str(step.checks[0]) == "answers name=a.test place=paris address=192.0.2.1"
    assert step.checkpoint == "the name is there."
    assert step.body.startswith("Look at `this`.")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("---\nminutes: 5\n", "minutes: 5\n", "1: a lab begins with ---"),
        ("minutes: 5\n", "minutes\n", "2: a lab has settings like `minutes: 10`"),
        ("minutes: 5", "minutes: soon", "says its minutes as a whole number, not 'soon'"),
        ("regions: us-east-1 eu-west-1\n", "", "says its regions"),
        ("# Two lines", "Two lines", "begins with its title: # ..."),
        ("## First step", "# First step", ":15: a lab has one title"),
        ("$ echo one\n", "echo one\n", "begins a console with a line to type"),
        ("**Hint** Type", "Type", "has a **Hint** in each step"),
        ("`mended` the name", "`mended now` the name", "writes a check as `kind name=value`, not `mended now`"),
        ("`mended` the name is there.", "`mended`", "has a check and a sentence in each checkpoint"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, problem: str) -> None:
    assert old in TEXT
    with pytest.raises(Refusal) as refused:
        read(TEXT.replace(old, new, 1))
    assert refused.value.message.startswith("texts/en/01-two.md:")
    assert problem in refused.value.message


def test_a_fence_that_stays_open_is_named() -> None:
    with pytest.raises(Refusal, match="closes what it opens"):
        read(TEXT.replace("no heading\n```", "no heading\n", 1))


@given(st.lists(st.sampled_from(TEXT.splitlines()), max_size=40))
def test_no_text_does_more_harm_than_a_refusal(lines: list[str]) -> None:
    with contextlib.suppress(Refusal):
        assert read("\n".join(lines)).steps

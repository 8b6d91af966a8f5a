"""What a screen is told of the labs without asking the sandbox; tests/live/console/test_labs.py does the rest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.desk import Desk
from sandbox.labs.progress import FILE, save
from sandbox.labs.shelf import lab_of
from sandbox.labs.values import Progress

CARD: dict[str, Any] = {
    "regions": ["us-east-1", "eu-west-1"],
    "speed": 1.0,
    "ports": {"proxy": 3999, "dns": 8999, "aws": 4999, "console": 4998},
}


def desk(home: Path, *, in_container: bool = False) -> Desk:
    return Desk(home, CARD, {"PATH": os.defpath}, in_container=in_container)


def test_the_list_says_what_is_missing_what_is_done_and_what_is_translated(tmp_path: Path) -> None:
    assert desk(tmp_path).labs("en")["progress"] is None
    save(tmp_path, Progress(lab=2, language="fr", step=1, began_at_s=5.0, finished=(1,)))
    told = desk(tmp_path).labs("fr")
    assert told["progress"] == {"lab": 2, "language": "fr", "step": 1, "began_at_s": 5.0, "finished": (1,)}
    first, fourth = told["labs"][0], told["labs"][3]
    assert (first["finished"], first["missing"], first["languages"]) == (True, ["ap-northeast-1"], ["en", "fr"])
    assert (first["title"], fourth["language"]) == (lab_of(1, "fr").title, "en")
    assert [row["finished"] for row in told["labs"]].count(True) == 1


def test_lines_to_type_have_the_ports_of_this_sandbox(tmp_path: Path) -> None:
    """Some lab names 8053; what is shown must not send anybody to another sandbox."""
    shown = [str(desk(tmp_path).lab(number, "en")) for number in range(1, 12)]
    assert any("-p 8999" in text for text in shown)
    assert not any("-p 8053" in text for text in shown)


def test_every_word_of_a_step_is_told_as_words(tmp_path: Path) -> None:
    lab = lab_of(3)
    told = desk(tmp_path).lab(3, "en")
    assert told["steps"] == [step.title for step in lab.steps]
    assert "speed 1;" in told["pace"]
    assert told["before"] == [line.text for line in lab.before]
    for part, step in zip(told["parts"], lab.steps, strict=True):
        assert "".join(span["text"] for span in part["hint"]) == step.hint.replace("`", "").replace("**", "")
        assert all(span.keys() == {"kind", "text"} for span in [*part["question"], *part["answer"]])


@pytest.mark.parametrize(("folder", "line"), [(".sandbox", ""), ("my own", "export SANDBOX_HOME='{home}'; ")])
def test_the_line_for_a_shell_leads_to_this_sandbox(tmp_path: Path, folder: str, line: str) -> None:
    home = tmp_path / folder
    assert desk(home).labs("en")["shell"] == line.format(home=home) + 'eval "$(sandbox env)"'


def test_what_is_not_under_way_is_not_checked(tmp_path: Path) -> None:
    """By name, and before anything of the sandbox is asked: none runs here."""
    for number, code in ((1, "NotThisLab"), (12, "UnknownLab")):
        with pytest.raises(Refusal) as refused:
            desk(tmp_path).check(number, None)
        assert refused.value.code == code
    save(tmp_path, Progress(lab=1, language="en", step=2, began_at_s=5.0))
    with pytest.raises(Refusal, match="stands at step 3 now"):
        desk(tmp_path).check(1, 0)
    with pytest.raises(Refusal, match="Unknown language"):
        desk(tmp_path).start(1, "de", lambda line: None, yes=True)


def test_in_a_container_the_way_round_is_named(tmp_path: Path) -> None:
    save(tmp_path, Progress(lab=1, language="en", step=0, began_at_s=5.0))
    with pytest.raises(Refusal, match="sandbox lab start 1") as refused:
        desk(tmp_path, in_container=True).check(1, None)
    assert (refused.value.code, refused.value.status) == ("NotInContainers", 409)


def test_a_change_of_the_progress_is_another_version(tmp_path: Path) -> None:
    one = desk(tmp_path)
    seen = [one.progress_version()]
    for step in range(3):
        save(tmp_path, Progress(lab=1, language="en", step=step, began_at_s=5.0))
        seen.append(one.progress_version())
        assert (one.progress() or {})["step"] == step
    assert len(set(seen)) == 4
    (tmp_path / FILE).write_text("{")
    with pytest.raises(Refusal, match="Delete it"):
        one.progress()


def test_the_guide_is_told_in_blocks(tmp_path: Path) -> None:
    told = desk(tmp_path).guide("fr")
    assert told["language"] == "fr"
    assert "table" in [block["kind"] for block in told["blocks"]]

"""Where somebody is in the labs, over the end of a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.labs.progress import FILE, load, save
from sandbox.labs.values import Progress


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    progress = Progress(lab=3, language="fr", step=2, began_at_s=1.5, finished=(1, 2))
    save(tmp_path, progress)
    assert load(tmp_path) == progress
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lab": 1}', '{"lab": "x"}'])
def test_a_file_that_cannot_be_read_is_named_with_the_cure(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(Refusal, match="Delete it, and start the lab again"):
        load(tmp_path)

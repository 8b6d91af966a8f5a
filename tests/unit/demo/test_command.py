"""The command's own doings: files, JSON."""

from __future__ import annotations

import json
import os

import pytest

from sandbox.demo.command import print_json, write_script
from sandbox.demo.screen import Screen
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal


def test_the_script_is_written_for_the_default_regions_and_can_be_run(tmp_path):
    path = tmp_path / "demo.sh"
    write_script(path, Atlas.load(), Screen(as_json=True))
    assert os.access(path, os.X_OK)
    assert all(address in path.read_text() for address in ("198.18.1.10", "198.18.2.10", "198.18.3.10"))


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path):
    with pytest.raises(Refusal, match=r"--script: .* cannot be written: No such file or directory"):
        write_script(tmp_path / "nowhere" / "demo.sh", Atlas.load(), Screen(as_json=True))


def test_figures_are_one_json_object(capsys):
    print_json({"held": True})
    assert json.loads(capsys.readouterr().out) == {"held": True}

"""Claims about `sandbox drill` that need no sandbox; tests/live/test_drills.py runs some."""

import json

from sandbox.drills.reading import parse_drill
from sandbox.geography.atlas import Atlas


def test_the_list_says_what_each_drill_is_about(run):
    told = run("drill", "list")
    assert told.exit_code == 0
    assert "region-loss-dns" in told.stdout
    found = json.loads(run("drill", "list", "--json").stdout)
    assert {drill["name"] for drill in found} >= {"region-loss-dns", "active-active-partition", "slow-region"}
    assert all(drill["says"] and drill["length_s"] <= 25 for drill in found)


def test_what_show_prints_can_be_run(run):
    told = run("drill", "show", "slow-region").stdout
    assert parse_drill(told, "mine.yaml", Atlas.load()).name == "slow-region"


def test_an_unknown_drill_and_a_wrong_file_are_usage_errors(run, tmp_path):
    told = run("drill", "run", "region-los-dns")
    assert told.exit_code == 2
    assert "Did you mean region-loss-dns" in told.stderr
    (tmp_path / "mine.yaml").write_text("name: mine\nregions: 3\n")
    told = run("drill", "run", str(tmp_path / "mine.yaml"))
    assert told.exit_code == 2
    assert "mine.yaml, line 2: regions" in told.stderr


def test_reports_need_a_folder_that_can_be_made(run, tmp_path):
    (tmp_path / "file").write_text("")
    told = run("drill", "run", "slow-region", "--out", str(tmp_path / "file" / "out"))
    assert told.exit_code == 2
    assert "cannot be made" in told.stderr

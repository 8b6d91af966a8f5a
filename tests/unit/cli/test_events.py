"""The journal on the command line."""

import json

from sandbox.cli.events import line_of


def test_events_are_lines_filtered_by_kind_and_limited(run, fake_sandbox):
    for number in range(3):
        fake_sandbox.emit(event="probed", number=number)
        fake_sandbox.emit(event="noise")
    fake_sandbox.wait(fake_sandbox._fault_list())  # whatever was emitted is noted by now
    shown = run("events", "probed", "-n", "2", home=fake_sandbox.home).stdout.splitlines()
    assert [line.rsplit("=")[1] for line in shown] == ["1", "2"]


def test_events_are_exported_as_json_lines(run, fake_sandbox, tmp_path):
    fake_sandbox.emit(event="probed", number=1)
    path = tmp_path / "events.jsonl"
    result = run("events", "--export", str(path), home=fake_sandbox.home)
    assert result.stdout == f"1 events in {path}\n"
    assert json.loads(path.read_text())["number"] == 1


def test_a_file_that_cannot_be_written_is_one_line_and_1(run, fake_sandbox, tmp_path):
    result = run("events", "--export", str(tmp_path / "no" / "such"), home=fake_sandbox.home)
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_events_as_json_are_one_list(run, fake_sandbox):
    fake_sandbox.emit(event="probed")
    assert json.loads(run("events", "--json", home=fake_sandbox.home).stdout)[0]["event"] == "probed"


def test_a_line_tells_when_what_with_whom_and_why():
    record = {"event": "fault_injected", "at_s": 0.0, "why": "cut", "id": "a", "until": None, "since": 30.0, "n": 0.5}
    line = line_of(record)
    assert "fault_injected  id=a since=" in line
    assert ":00:30.000" in line or ":30:30.000" in line  # some countries are half an hour off
    assert line.endswith("n=0.5  (cut)")


def test_a_kind_that_did_not_happen_is_named_with_those_that_did(run, fake_sandbox):
    for kind in ("probed", "answered"):
        fake_sandbox.emit(event=kind)
    fake_sandbox.wait(fake_sandbox._fault_list())
    result = run("events", "probd", home=fake_sandbox.home)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No probd so far. Did you mean probed? What happened: answered," in result.stderr
    assert run("events", "probed", home=fake_sandbox.home).stderr == ""

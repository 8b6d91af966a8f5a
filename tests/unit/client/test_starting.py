"""Starting and stopping the supervisor's process; the whole of it runs in tests/live/."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.client.starting import (
    LogTail,
    command,
    end_process,
    has_ended,
    prepare_home,
    start,
    stop,
    surroundings,
)
from sandbox.kernel.errors import Refusal
from sandbox.supervisor.settings import ANY_PORT, Ports, Settings


def test_the_command_carries_the_settings():
    words = command(Path("home"), Settings(speed=3.0), fresh=True)
    assert words[:3] == [sys.executable, "-m", "sandbox.supervisor"]
    assert Settings.from_json(words[words.index("--settings") + 1]) == Settings(speed=3.0)
    assert words[-1] == "--fresh"


def test_a_folder_named_sandbox_where_the_user_stands_is_not_taken_for_ours(tmp_path):
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    found = subprocess.run(
        [sys.executable, "-c", "import sandbox; print(sandbox.__version__)"],
        cwd=tmp_path,
        env=surroundings({**os.environ, "PYTHONPATH": ""}),
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr


def test_a_new_home_keeps_itself_out_of_git(tmp_path):
    home = prepare_home(tmp_path / "a" / "b", fresh=False)
    assert (home / ".gitignore").read_text() == "*\n"
    assert (home / "logs").is_dir()


def test_a_home_that_cannot_be_made_is_a_refusal(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="State folder"):
        prepare_home(tmp_path / "file" / "home", fresh=False)


def test_fresh_empties_only_what_a_sandbox_made(tmp_path):
    (tmp_path / "thesis.txt").write_text("")
    with pytest.raises(Refusal, match="no sandbox's state folder"):
        prepare_home(tmp_path, fresh=True)
    (tmp_path / "lock").write_text("")
    assert prepare_home(tmp_path, fresh=True) == tmp_path.resolve()


def test_a_log_is_read_in_whole_lines_and_its_complaint_is_found(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"old\n")
    tail = LogTail(path, 4)
    with path.open("ab") as file:
        file.write(b"one\ntw")
        file.flush()
        assert tail.more() == ["one"]
        file.write(b"o\nsandbox: port 3128 is taken\nstopping\n")
        file.flush()
        assert tail.more() == ["two", "sandbox: port 3128 is taken", "stopping"]
    assert tail.complaint == "port 3128 is taken"


def test_without_a_complaint_the_last_line_has_to_do(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"Traceback\nValueError: no\n")
    tail = LogTail(path, 0)
    tail.more()
    assert tail.complaint == "ValueError: no"


def test_a_supervisor_that_cannot_start_hands_on_its_last_line(tmp_path):
    import socket

    said = []

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home = prepare_home(tmp_path / "home", fresh=False)
        others = dict.fromkeys(("aws", "dns", "console"), ANY_PORT)  # another sandbox may have the usual ones
        ports = Ports(proxy=port, **others, regions={"us-east-1": ANY_PORT})
        with pytest.raises(Refusal, match=f"Port {port} .*is taken") as caught:
            start(home, Settings(regions=("us-east-1",), ports=ports), say=said.append)
    assert caught.value.code == "NotStarted"
    assert [line for line in said if "is taken" in line] == [], "the Refusal says it, once"


def test_stop_waits_for_the_process(fake_sandbox):
    assert stop(fake_sandbox.home) == fake_sandbox.program.pid
    assert has_ended(fake_sandbox.program.pid)
    with pytest.raises(Refusal, match="No sandbox runs"):
        stop(fake_sandbox.home)


def test_a_process_that_ignores_us_is_killed_in_the_end():
    code = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    end_process(process, within_s=0.05)
    assert process.returncode == -9
    end_process(process)

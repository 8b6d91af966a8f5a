"""Claims about scripts of an architecture: the first failure is told, and nothing of a script outlives it."""

import os

import pytest

from sandbox.drills.scripts import run_script
from sandbox.drills.values import Setup
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.errors import Refusal


def run(text, *, within_s=60.0, **variables):
    run_script(Setup(script=text, script_name="setup.sh"), {"PATH": os.environ["PATH"], **variables}, within_s=within_s)


def ended(pid):
    """Killed: gone, or only waiting to be collected by whoever has become its parent."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_has_the_variables_and_nothing_to_read(tmp_path):
    run('cat > "$WHERE/read"; echo "$0 $WHERE" > "$WHERE/done"', WHERE=str(tmp_path))
    assert (tmp_path / "read").read_text() == ""
    assert (tmp_path / "done").read_text() == f"setup.sh {tmp_path}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo one; echo two >&2; exit 3; echo three", r"setup\.sh ended with 3: one\ntwo$"),
        ("false | true; echo never", r"ended with 1: it said nothing$"),
        ("echo $UNHEARD_OF", "UNHEARD_OF: unbound variable"),
        ("echo not ended; sleep 60", r"setup\.sh has not ended after 0\.2 s"),
    ],
)
def test_what_fails_is_told(text, told):
    with pytest.raises(Refusal, match=told) as refused:
        run(text, within_s=0.2 if "sleep" in text else 60.0)
    assert refused.value.code == "NotSetUp"


def test_what_it_left_in_the_background_ends_with_it(tmp_path):
    run('sleep 60 & echo $! > "$WHERE/pid"', WHERE=str(tmp_path))
    pid = int((tmp_path / "pid").read_text())
    give_up_at_s = SystemClock().now_s() + 20
    while not ended(pid):
        assert SystemClock().now_s() < give_up_at_s
        pause_s(0.01)

"""A script of a drill's architecture, run to its end. It blocks; the stage calls it.

In: the text, and the variables it shall have. Out: nothing, or a Refusal with its last words. The script and all that
it starts are one process group, which ends with it: what it left in the background too, and when we are interrupted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping

from sandbox.client.endings import held_back
from sandbox.drills.values import Setup
from sandbox.kernel.errors import Refusal

WITHIN_S = 300.0
SAID = 300  # characters of its last words


def run_script(setup: Setup, variables: Mapping[str, str], *, within_s: float = WITHIN_S) -> None:
    """By bash; the first command that fails ends it."""
    with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as anything in the background does
        process: subprocess.Popen[bytes] | None = None
        try:
            with held_back():
                process = subprocess.Popen(
                    ["bash", "-euo", "pipefail", "-c", setup.script, setup.script_name],
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            code = process.wait(within_s)
        except subprocess.TimeoutExpired as late:
            told = f"{setup.script_name} has not ended after {within_s:g} s"
            raise Refusal("NotSetUp", told, status=500) from late
        finally:
            if process is not None:
                _end_group(process)
        said.seek(0)
        words = said.read().decode(errors="replace").strip()[-SAID:]
    if code:
        raise Refusal("NotSetUp", f"{setup.script_name} ended with {code}: {words or 'it said nothing'}", status=500)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # all of it has ended
    process.wait()

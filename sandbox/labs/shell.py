"""Lines of a lab, typed into a shell that stands where `eval "$(sandbox env)"` puts it.

In: commands and variables. Out: what was printed; a Refusal when a line fails. Callers: `sandbox lab start`, which
types what a lab takes for granted, and the tests, which type everything.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from sandbox.kernel.errors import Refusal
from sandbox.labs.values import Command

DONE = "sandbox-lab-line-done"
LINE_WITHIN_S = 120.0  # none takes a quarter of it

Kind = type[BaseException] | None


class Shell:
    """One bash, in which variables live from line to line. say: hears of each line before it is typed."""

    def __init__(
        self,
        variables: Mapping[str, str],
        say: Callable[[str], None] = lambda line: None,
        *,
        line_within_s: float = LINE_WITHIN_S,
    ) -> None:
        self._say = say
        self._line_within_s = line_within_s
        try:
            self._bash = subprocess.Popen(
                ["bash", "--norc", "--noprofile"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(variables),
                text=True,
                start_new_session=True,  # one group: it ends with all that a line has started
            )
        except FileNotFoundError as error:
            raise Refusal("NoShell", "Labs type their lines into bash, which is not installed.") from error

    def type(self, command: Command) -> tuple[int, str]:
        """Exit code and output of one line."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._say(command.text)
        lines: list[str] = []
        hangs = threading.Timer(self._line_within_s, self._kill)
        hangs.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended, and what it said last is read below
                self._bash.stdin.write(f"{command.text}\necho {DONE} $?\n")
                self._bash.stdin.flush()
            for line in self._bash.stdout:
                before, mark, code = line.partition(DONE)
                if mark:
                    return int(code), "".join([*lines, before])
                lines.append(line)
        finally:
            hangs.cancel()
        raise Refusal("ShellEnded", f"the shell ended at: {command.text}\n{''.join(lines)}")

    def type_all(self, commands: Iterable[Command]) -> None:
        """Each must succeed."""
        for command in commands:
            code, said = self.type(command)
            if code:
                hint = " Install the aws CLI: pip install awscli" if "aws: command not found" in said else ""
                raise Refusal("LineFailed", f"this line failed: {command.text}\n{said.strip()}{hint}")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it."""
        assert self._bash.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._bash.stdin.close()
        self._bash.wait()
        assert self._bash.stdout is not None
        self._bash.stdout.close()

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, kind: Kind, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._kill()  # a line that is under way is waited for by nobody
        self.close()

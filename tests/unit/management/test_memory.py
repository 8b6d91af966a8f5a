"""Claims about memory: every process below a program is found, and what the platform hides is not invented."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sandbox.management.memory import PROC, descendants, pss_mb

needs_proc = pytest.mark.skipif(not (PROC / "self" / "smaps_rollup").exists(), reason="no /proc here")

PARENT_AND_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
"""


@needs_proc
def test_children_of_children_are_found() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT_AND_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        grandchild = int(parent.stdout.readline())
        assert descendants(parent.pid) == [parent.pid, grandchild]
        assert {parent.pid, grandchild} <= set(descendants(os.getpid()))
        parent.communicate("\n")


@needs_proc
def test_the_memory_of_a_process_is_some_megabytes() -> None:
    one = pss_mb([os.getpid()])
    assert one is not None
    assert 1 < one < 10_000


def test_processes_that_have_ended_count_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert pss_mb([ended.pid]) is None
    assert descendants(ended.pid) == [ended.pid]
    assert pss_mb([]) is None

"""The whole suite: which tests go to which of several workers (`scripts/test` asks for four)."""

import os

from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("sandbox", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("sandbox")

# Tests of real processes wait more than they work, so rows of them stand beside each other. In one row they share
# sandboxes and come one after the other. All others come file by file, where a worker is free, and give way to rows.
ROWS = {
    "live, lessons": (
        "tests/live/console/",
        "tests/live/test_demo.py",
        "tests/live/test_drills",
        "tests/live/test_labs",
        "tests/live/test_scripts",
    ),
    "live, AWS": (
        "tests/differential/test_region.py",
        "tests/live/aws/",
        "tests/live/engines/",
        "tests/live/s3/",
        "tests/live/test_global_table",
    ),
    "live, planet": ("tests/live/",),
    "stories": ("tests/scenarios/",),
}
NICE = 10  # of tests that measure no time, beside those that do


def row_of(nodeid):
    """The row that a test stands in, or None."""
    return next((row for row, beginnings in ROWS.items() if nodeid.startswith(beginnings)), None)


class RowsOfRealProcesses(LoadScopeScheduling):
    """A row is one scope; of the other tests each file is."""

    def _split_scope(self, nodeid):
        return row_of(nodeid) or nodeid.split("::", 1)[0]


def pytest_collection_modifyitems(items):
    """Rows first, since they take longest: one that began late would end when the other workers have nothing to do."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        order = list(ROWS)
        items.sort(key=lambda item: order.index(row) if (row := row_of(item.nodeid)) else len(order))


def pytest_xdist_make_scheduler(config, log):
    """For `--dist loadscope`."""
    return RowsOfRealProcesses(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_runtest_setup(item):
    """Only root may take a priority back, and only workers have neighbours."""
    if "PYTEST_XDIST_WORKER" in os.environ and os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0 if row_of(item.nodeid) else NICE)

"""The whole suite: which tests go to which of several workers (`scripts/test` asks for two)."""

from xdist.scheduler import LoadScopeScheduling

# Tests of real processes wait more than they work, so two rows of them stand beside each other. In one row they share
# sandboxes and come one after the other. The second holds what measures time, with the first as its only neighbour.
ROWS = {
    "live, AWS": (
        "tests/differential/test_region.py",
        "tests/live/aws/",
        "tests/live/test_global_table",
        "tests/live/test_operating",
        "tests/live/test_route53",
        "tests/live/test_stack",
    ),
    "live, planet": ("tests/live/", "tests/scenarios/"),
}


class RowsOfRealProcesses(LoadScopeScheduling):
    """All other tests go file by file."""

    def _split_scope(self, nodeid):
        row = next((row for row, beginnings in ROWS.items() if nodeid.startswith(beginnings)), None)
        return row or nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config, log):
    """For `--dist loadscope`."""
    return RowsOfRealProcesses(config, log) if config.getvalue("dist") == "loadscope" else None

"""The whole suite: which tests go to which of several workers (`scripts/test` asks for two)."""

from xdist.scheduler import LoadScopeScheduling

LIVE = ("tests/live/", "tests/scenarios/", "tests/differential/test_region.py")


class OneWorkerForRealProcesses(LoadScopeScheduling):
    """Tests of real processes stay together, one after the other: they measure time, and share sandboxes. All others
    go file by file."""

    def _split_scope(self, nodeid):
        return "live" if nodeid.startswith(LIVE) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config, log):
    """For `--dist loadscope`."""
    return OneWorkerForRealProcesses(config, log) if config.getvalue("dist") == "loadscope" else None

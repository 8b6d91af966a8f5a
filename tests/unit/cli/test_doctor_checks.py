"""What a machine needs, judged."""

import pytest

from sandbox.cli import doctor_checks as checks


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (checks.platform("Linux", "6.1"), "ok"),
        (checks.platform("Linux", "5.15-microsoft-standard-WSL2"), "ok"),
        (checks.platform("Windows", "11"), "failed"),
        (checks.platform("FreeBSD", "14"), "optional"),
        (checks.python((3, 10, 4)), "failed"),
        (checks.python((3, 13, 0)), "ok"),
        (checks.port("aws", 4566, is_free=True, is_ours=False), "ok"),
        (checks.port("aws", 4566, is_free=False, is_ours=True), "ok"),
        (checks.port("aws", 4566, is_free=False, is_ours=False), "failed"),
        (checks.port("aws", 0, is_free=False, is_ours=False), "ok"),
        (checks.memory(100), "failed"),
        (checks.memory(8000), "ok"),
        (checks.memory(None), "ok"),
        (checks.disk(10, "home"), "failed"),
        (checks.disk(10_000, "home"), "ok"),
        (checks.clock(1.1, 1_767_225_600.0), "ok"),
        (checks.clock(15.6, 1_767_225_600.0), "optional"),
        (checks.clock(1.1, 0.0), "failed"),
        (checks.open_files(256), "optional"),
        (checks.open_files(65_536), "ok"),
        (checks.uvloop("No module named 'uvloop'"), "optional"),
        (checks.uvloop(""), "ok"),
        (checks.docker("", "no Docker"), "optional"),
        (checks.docker("API 1.47", ""), "ok"),
    ],
)
def test_each_finding_is_judged(finding, verdict):
    assert finding.verdict == verdict


def test_native_windows_names_the_ways_out():
    says = checks.platform("Windows", "11").says
    assert "Docker" in says
    assert "WSL2" in says


def test_a_taken_port_names_the_flag():
    assert "--ports dns=NUMBER" in checks.port("dns", 8053, is_free=False, is_ours=False).says


def test_what_is_optional_does_not_keep_a_sandbox_from_running():
    assert checks.all_needed([checks.docker("", "no Docker"), checks.python((3, 12, 0))])
    assert not checks.all_needed([checks.memory(1)])

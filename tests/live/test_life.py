"""Claims about the life of real processes: what is killed, frozen, or orphaned, and what is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.errors import Refusal

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1"]


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    """One sandbox for the tests of this file, with a simple zone: app.example.test is eu-west-1."""
    with Sandbox(regions=REGIONS, speed=10, seed=1) as started:
        route53 = started.client("route53", region="us-east-1")
        zone = route53.create_hosted_zone(Name="example.test", CallerReference="life")["HostedZone"]["Id"]
        put_record(route53, zone, "app.example.test", "198.18.2.10")
        started.wait_until(lambda: visit(started, "paris"), within_s=10)
        yield started
        started.fault.heal_all()


def put_record(route53: Any, zone: str, name: str, address: str) -> None:
    record = {"Name": name, "Type": "A", "TTL": 10, "ResourceRecords": [{"Value": address}]}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


def visit(sandbox: Sandbox, place: str, url: str = "http://app.example.test/") -> bool:
    return sandbox.place(place).probe(url, timeout_s=2).ok


def pid_of(sandbox: Sandbox, program: str) -> int:
    return next(int(p["pid"]) for p in sandbox.status()["programs"] if p["name"] == program)


def state_of(sandbox: Sandbox, program: str) -> str:
    return str(next(p["state"] for p in sandbox.status()["programs"] if p["name"] == program))


def family(sandbox: Sandbox) -> list[psutil.Process]:
    """Supervisor and everything below it."""
    parent = psutil.Process(sandbox.card["pid"])
    return [parent, *parent.children(recursive=True)]


def all_ports(sandbox: Sandbox) -> list[int]:
    return [sandbox.ports["aws"], sandbox.ports["dns"], sandbox.ports["proxy"], *sandbox.ports["regions"].values()]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_down_leaves_no_process_no_port_and_no_card(tmp_path: Path) -> None:
    sandbox = Sandbox(regions=REGIONS, home=tmp_path)
    processes, ports = family(sandbox), all_ports(sandbox)
    assert len(processes) >= 4 + 3 * len(REGIONS)
    assert all(is_listening(port) for port in ports)
    sandbox.call("hub", "down")
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
    assert not any(is_listening(port) for port in ports)
    assert not (tmp_path / "sandbox.json").exists()
    sandbox.close()


def test_a_killed_supervisor_takes_everything_along_even_a_frozen_region(tmp_path: Path) -> None:
    sandbox = Sandbox(regions=REGIONS, home=tmp_path)
    sandbox.fault.freeze("eu-west-1")
    processes = family(sandbox)
    os.kill(sandbox.card["pid"], signal.SIGKILL)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
    sandbox.close()


def test_a_killed_owner_takes_its_sandbox_along(tmp_path: Path) -> None:
    """A test run that is killed has no chance to tidy up."""
    program = (
        "import sys, time; from sandbox import Sandbox; "
        f"s = Sandbox(regions=['us-east-1'], home={str(tmp_path)!r}); print(s.card['pid'], flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    supervisor = psutil.Process(int(owner.stdout.readline()))
    processes = [supervisor, *supervisor.children(recursive=True)]
    owner.kill()
    owner.wait()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive


def test_a_killed_region_comes_back_by_itself_and_says_so(planet: Sandbox) -> None:
    """SIGKILL from outside is a crash, not a fault: the supervisor starts it again."""
    before = planet.bookmark()
    os.killpg(pid_of(planet, "region:eu-west-1"), signal.SIGKILL)
    ended = planet.wait_for_event("program_ended", program="region:eu-west-1", since=before)
    assert ended["why"] == "signal 9"
    planet.wait_for_event("program_started", program="region:eu-west-1", since=before)
    assert visit(planet, "paris")


def test_a_killed_application_comes_back_without_its_region(planet: Sandbox) -> None:
    before = planet.bookmark()
    answer = planet.place("paris").get("http://app.example.test/").json()
    region_pid = pid_of(planet, "region:eu-west-1")
    os.kill(answer["pid"], signal.SIGKILL)
    planet.wait_for_event("application_ended", region="eu-west-1", since=before)
    planet.wait_for_event("application_started", region="eu-west-1", since=before)
    assert planet.wait_until(lambda: visit(planet, "paris"), within_s=5)
    assert pid_of(planet, "region:eu-west-1") == region_pid


def test_a_stopped_region_refuses_stays_down_and_comes_back_when_healed(planet: Sandbox) -> None:
    with planet.fault.stop("eu-west-1"):
        assert state_of(planet, "region:eu-west-1") == "stopped by fault"
        assert planet.place("paris").probe("http://app.example.test/", timeout_s=5).error == "refused"
        with pytest.raises(Exception, match="Could not connect"):
            planet.client("dynamodb", region="eu-west-1").list_tables()
    assert visit(planet, "paris")


def test_a_frozen_region_accepts_and_never_answers(planet: Sandbox) -> None:
    with planet.fault.freeze("eu-west-1"):
        measured = planet.place("paris").probe("http://app.example.test/", timeout_s=1.5)
        assert measured.connect_ms is not None, "the kernel still accepts for it"
        assert measured.error == "timeout"
        assert state_of(planet, "region:eu-west-1") == "frozen"
    assert visit(planet, "paris")


def test_answers_go_on_without_control_and_changes_go_on_when_it_is_back(planet: Sandbox) -> None:
    route53 = planet.client("route53", region="us-east-1")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    with planet.fault.stop("control"):
        assert visit(planet, "tokyo"), "a place that had nothing cached"
        assert "unavailable" in planet.status()["control"]
    put_record(route53, zone, "new.example.test", "198.18.1.10")
    planet.wait_until(lambda: visit(planet, "tokyo", "http://new.example.test/"), within_s=5)


def test_a_crashed_control_has_kept_what_was_saved(planet: Sandbox) -> None:
    sqs = planet.client("sqs", region="eu-west-1")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    planet.call("control", "save")
    before = planet.bookmark()
    os.kill(pid_of(planet, "control"), signal.SIGKILL)
    planet.wait_for_event("program_started", program="control", since=before)
    messages = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="kept")["QueueUrl"])["Messages"]
    assert [message["Body"] for message in messages] == ["hello"]


def test_a_killed_planet_comes_back_with_its_zones_and_its_faults(planet: Sandbox) -> None:
    """Both are retained topics: neither control nor anybody else has to publish them again."""
    with planet.fault.stop("control"), planet.fault.isolate("us-east-1"):
        before = planet.bookmark()
        os.kill(pid_of(planet, "planet"), signal.SIGKILL)
        planet.wait_for_event("program_started", program="planet", since=before)
        assert planet.wait_until(lambda: visit(planet, "paris"), within_s=5)
        route = planet.call("planet", "traceroute", target="us-east-1", place="paris")
        assert route["blocked"] == "us-east-1 is isolated"


def test_a_fault_with_a_duration_heals_itself(planet: Sandbox) -> None:
    before = planet.bookmark()
    planet.fault.isolate("eu-west-1", for_s=0.5)
    healed = planet.wait_for_event("fault_healed", since=before, within_s=5)
    assert healed["why"] == "its time was over"
    assert visit(planet, "paris")


def test_a_failing_application_is_seen_by_users_and_not_by_the_region(planet: Sandbox) -> None:
    with planet.fault.fail_app("eu-west-1", status=503, rate=1.0):
        planet.wait_until(lambda: planet.place("paris").get("http://app.example.test/").status_code == 503, within_s=2)
        assert planet.client("dynamodb", region="eu-west-1").list_tables()["TableNames"] == []
    planet.wait_until(lambda: planet.place("paris").get("http://app.example.test/").status_code == 200, within_s=2)


def test_us_east_1_cut_off_stops_changes_of_route_53_and_not_its_answers(planet: Sandbox) -> None:
    route53 = planet.client("route53", region="us-east-1")
    with planet.fault.isolate("us-east-1"):
        planet.wait_until(lambda: refuses(route53), within_s=2)
        assert visit(planet, "sydney")
    assert planet.wait_until(lambda: not refuses(route53), within_s=2)


def refuses(route53: Any) -> bool:
    from botocore.exceptions import ClientError

    try:
        route53.create_hosted_zone(Name="later.test", CallerReference=f"later-{os.urandom(4).hex()}")
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "ServiceUnavailable")
    return False


def test_a_second_sandbox_in_the_same_folder_is_refused(planet: Sandbox) -> None:
    with pytest.raises(Refusal, match="already runs"):
        Sandbox(regions=REGIONS, home=planet.home)


def test_a_taken_port_is_named_with_its_flag(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=rf"{port}.*--ports proxy="):
            Sandbox(regions=REGIONS, home=tmp_path, ports={"aws": "auto", "dns": "auto", "proxy": port})


@pytest.mark.parametrize(("blocker", "program"), [("state", "control|region"), ("ca", "nursery")])
def test_a_program_that_cannot_start_ends_the_start_with_its_own_line(
    tmp_path: Path, blocker: str, program: str
) -> None:
    """A file stands where the program wants a folder."""
    (tmp_path / blocker).write_text("in the way")
    with pytest.raises(Refusal, match=program):
        Sandbox(regions=REGIONS, home=tmp_path)
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or [])]


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs root on Linux to mount a small disk")
def test_a_full_disk_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        with pytest.raises(Refusal, match="No space left on device"):
            Sandbox(regions=REGIONS, home=disk / "home")
        assert not [p for p in psutil.process_iter(["cmdline"]) if str(disk) in " ".join(p.info["cmdline"] or [])]
    finally:
        subprocess.run(["umount", str(disk)], check=True)

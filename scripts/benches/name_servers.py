"""Other name servers with the planet's zone, each as installed but for what the zone needs: PowerDNS and Knot.

In: the planet's addresses and round trips. Out: a running server for the time of a `with`, its port and process; None
when it is not installed. What the planet decides by round trip stands in their configuration as a list of subnets, for
neither knows latencies: PowerDNS's GeoIP backend and Knot's mod-geoip in subnet mode, and both by weight for the other
name. No database of places is read.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.machine import free_ports
from benches.packets import CITIES, NAME, SERVERS, SOA, TTL_S, WEIGHTED_NAME, WEIGHTS, ZONE
from benches.rig import REGIONS, Rig, nearest
from sandbox.client.starting import end_process

SBIN = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"  # where servers are, and not everybody looks
END_WITHIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A name server. configure: writes its files for a port into a folder and returns its command line's rest."""

    name: str
    program: str
    packages: str
    configure: Callable[[Rig, Path, int], list[str]]


@dataclass(frozen=True, kw_only=True)
class Served:
    """Where a name server listens, and its process."""

    name: str
    port: int
    pid: int


def powerdns_files(rig: Rig, folder: Path, port: int) -> list[str]:
    """PowerDNS: a YAML file of the zone, whose services choose by the client's subnet."""
    apex = [f"soa: {SOA}", *(f"ns: {server}" for server in SERVERS)]
    lines = ["domains:", f"- domain: {bare(ZONE)}", f"  ttl: {TTL_S}", "  records:", f"    {bare(ZONE)}:"]
    lines += [f"    - {record}" for record in apex]
    for region in REGIONS:
        lines += [f"    {region}.{bare(ZONE)}:", f"    - a: {rig.plan.region_address(region, 'app')}"]
    lines.append(f"    {bare(WEIGHTED_NAME)}:")
    for region, weight in WEIGHTS.items():
        lines.append(f"    - a: {{content: {rig.plan.region_address(region, 'app')}, weight: {weight}}}")
    lines += ["  services:", f"    {bare(NAME)}:", f"      default: [ '{REGIONS[0]}.{bare(ZONE)}' ]"]
    for city in list(rig.atlas.cities)[:CITIES]:
        lines.append(f"      {rig.plan.client_subnet(city)}: [ '{nearest(rig, city)}.{bare(ZONE)}' ]")
    (folder / "zone.yaml").write_text("\n".join([*lines, ""]))
    settings = {
        "launch": "geoip",
        "geoip-zones-file": folder / "zone.yaml",
        "geoip-database-files": "",
        "edns-subnet-processing": "yes",
        "local-address": "127.0.0.1",
        "local-port": port,
        "socket-dir": folder,
        "daemon": "no",
        "guardian": "no",
        "disable-syslog": "yes",
    }
    (folder / "pdns.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return [f"--config-dir={folder}"]


def knot_files(rig: Rig, folder: Path, port: int) -> list[str]:
    """Knot: a zone file, and one file for each mode of mod-geoip."""
    zone = [f"$TTL {TTL_S}", f"{ZONE} SOA {SOA}", *(f"{ZONE} NS {server}" for server in SERVERS)]
    (folder / "zone").write_text("\n".join([*zone, ""]))
    by_subnet = [f"{NAME}:"]
    for city in list(rig.atlas.cities)[:CITIES]:
        address = rig.plan.region_address(nearest(rig, city), "app")
        by_subnet += [f"  - net: {rig.plan.client_subnet(city)}", f"    A: {address}"]
    (folder / "subnets").write_text("\n".join([*by_subnet, ""]))
    by_weight = [f"{WEIGHTED_NAME}:"]
    for region, weight in WEIGHTS.items():
        by_weight += [f"  - weight: {weight}", f"    A: {rig.plan.region_address(region, 'app')}"]
    (folder / "weights").write_text("\n".join([*by_weight, ""]))
    (folder / "knot.conf").write_text(f"""server:
  listen: 127.0.0.1@{port}
  rundir: {folder}
  edns-client-subnet: on
database:
  storage: {folder}
log:
  - target: stderr
    any: error
mod-geoip:
  - id: near
    config-file: {folder}/subnets
    mode: subnet
    ttl: {TTL_S}
  - id: drawn
    config-file: {folder}/weights
    mode: weighted
    ttl: {TTL_S}
zone:
  - domain: {ZONE}
    file: {folder}/zone
    module: [ mod-geoip/near, mod-geoip/drawn ]
""")
    return ["-c", str(folder / "knot.conf")]


POWERDNS = Peer(
    name="PowerDNS",
    program="pdns_server",
    packages="pdns-server pdns-backend-geoip",
    configure=powerdns_files,
)
KNOT = Peer(name="Knot", program="knotd", packages="knot knot-module-geoip", configure=knot_files)


def bare(name: str) -> str:
    """Without the dot at its end."""
    return name.removesuffix(".")


@contextmanager
def running(peer: Peer, rig: Rig, tell: Callable[[str], None]) -> Iterator[Served | None]:
    """The server for the time of a `with`; None, and a word why, when it is not installed."""
    program = shutil.which(peer.program) or shutil.which(peer.program, path=SBIN)
    if program is None:
        tell(f"{peer.name} is not installed, so nothing stands beside the planet. Debian and Ubuntu: {peer.packages}")
        yield None
        return
    with TemporaryDirectory(prefix="sandbox-bench-") as folder:
        [port] = free_ports(1)
        words = peer.configure(rig, Path(folder), port)
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield Served(name=peer.name, port=port, pid=process.pid)
        finally:
            end_process(process, within_s=END_WITHIN_S)

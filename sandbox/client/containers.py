"""A sandbox of containers as its host sees it; the only file that imports the docker SDK.

In: the Docker engine that the environment names. Out: the card of a stack, with ports as this machine reaches them, and
what only a host can do to containers: kill, start, pause, unplug. A stack is a compose project with
a planet (a label says so).
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal, unknown
from sandbox.management.client import CARD

ROLE = "dev.multi-region-sandbox.role"
PROJECT = "com.docker.compose.project"
NETWORK = "com.docker.compose.network"
SERVICE = "com.docker.compose.service"
PROJECT_VARIABLE = "SANDBOX_COMPOSE_PROJECT"
STATE = "/state"
DEFAULT_SOCKET = "/var/run/docker.sock"
TIMEOUT_S = 30
BUNDLE = "ca-bundle.pem"


def may_have_docker(environ: Mapping[str, str]) -> bool:
    """Whether it is worth the 0.2 s to ask."""
    return bool(environ.get("DOCKER_HOST")) or Path(DEFAULT_SOCKET).exists()


@contextmanager
def _engine() -> Iterator[Any]:
    """The Docker engine's low-level API; what it refuses is a Refusal."""
    import docker
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        client = docker.from_env(timeout=TIMEOUT_S)
    except DockerException as error:
        raise Refusal("NoDocker", f"The Docker engine does not answer: {error}", status=503) from error
    try:
        yield client.api
    except (DockerException, RequestException) as error:
        told = getattr(error, "explanation", None) or str(error)
        raise Refusal("Docker", f"The Docker engine says: {told}", status=503, definite=False) from error
    finally:
        client.close()


def stack_names() -> list[str]:
    """Compose projects that run a planet now."""
    with _engine() as engine:
        found = engine.containers(filters={"label": f"{ROLE}=planet"})
        return sorted({container["Labels"].get(PROJECT, "") for container in found})


def stack_card(project: str, cache: Path) -> dict[str, Any]:
    """What a stack says of itself. cache: a folder for its CA bundle, which programs of this machine need as a file."""
    with _engine() as engine:
        containers = engine.containers(filters={"label": f"{PROJECT}={project}"})
        planet = next((one for one in containers if one["Labels"].get(ROLE) == "planet"), None)
        if planet is None:
            raise unknown("stack", project, stack_names(), see="docker compose ls")
        card: dict[str, Any] = orjson.loads(_read(engine, planet["Id"], f"{STATE}/{CARD}"))
        bundle = _read(engine, planet["Id"], f"{STATE}/ca/{BUNDLE}")
    return {
        **as_published(card, published_ports(containers)),
        "stack": project,
        "ca_bundle": str(_keep(cache / project, bundle)),
        "log_folder": f"docker compose -p {project} logs",
    }


def _read(engine: Any, container: str, path: str) -> bytes:
    from docker.errors import NotFound

    try:
        chunks, _ = engine.get_archive(container, path)
    except NotFound as error:
        raise Refusal("Starting", "The stack's planet is still starting. See: docker compose ps", status=409) from error
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        file = archive.extractfile(archive.getmembers()[0])
        assert file is not None, path
        return file.read()


def _keep(folder: Path, bundle: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / BUNDLE
    if not path.exists() or path.read_bytes() != bundle:
        descriptor, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(bundle)
        os.replace(draft, path)
    return path


def published_ports(containers: list[Mapping[str, Any]]) -> dict[int, int]:
    """Port inside -> port of this machine, as the engine lists them."""
    listed = [port for container in containers for port in container.get("Ports") or []]
    return {port["PrivatePort"]: port["PublicPort"] for port in listed if port.get("PublicPort")}


def as_published(card: Mapping[str, Any], published: Mapping[int, int]) -> dict[str, Any]:
    """The card with the ports that this machine reaches."""
    ports = card["ports"]
    single = {name: published.get(port, port) for name, port in ports.items() if name != "regions"}
    regions = {code: published.get(port, port) for code, port in ports["regions"].items()}
    hub = card["management"]
    return {
        **card,
        "ports": {**single, "regions": regions},
        "management": {**hub, "host": "127.0.0.1", "port": published.get(hub["port"], hub["port"])},
    }


def services_of(program: str) -> tuple[str, ...]:
    """The services of a compose file that live and die with a program: a region's engine comes first."""
    region = program.removeprefix("region:")
    return (f"{region}-localstack", region) if region != program else (program,)


def act(project: str, kind: str, program: str, active: bool) -> list[str]:
    """Kill or start, pause or let run all containers of a program, or cut it off: the planet's container is unplugged
    from its network. The names of those that were touched."""
    with _engine() as engine:
        if kind == "isolate":
            return _plug(engine, project, {program.removeprefix("region:")}, plugged=not active)
        listed = engine.containers(all=True, filters={"label": f"{PROJECT}={project}"})
        by_service = {container["Labels"].get(SERVICE): container for container in listed}
        own = [by_service[name] for name in services_of(program) if name in by_service]
        if not own:
            raise Refusal("NoContainer", f"The stack {project} has no container of {program}.", status=404)
        touched = []
        for container in own:
            state, verb = VERBS[kind, active]
            if container["State"] in state:
                verb(engine, container["Id"])
                touched.append(container["Names"][0].removeprefix("/"))
        return touched


def plug_all(project: str, regions: Collection[str]) -> list[str]:
    """Plug the planet into the networks of these regions where it is not; the networks that it was missing in."""
    with _engine() as engine:
        return _plug(engine, project, set(regions), plugged=True)


def _plug(engine: Any, project: str, regions: Collection[str], *, plugged: bool) -> list[str]:
    """The planet's container into the networks of these regions, or out of them; the names of those that changed."""
    from docker.errors import APIError

    labels = [f"{PROJECT}={project}", f"{ROLE}=planet"]
    planets = engine.containers(all=True, filters={"label": labels})
    if not planets:
        raise Refusal("NoContainer", f"The stack {project} has no planet.", status=404)
    planet = planets[0]
    attached = planet["NetworkSettings"]["Networks"]
    touched = []
    for network in engine.networks(filters={"label": f"{PROJECT}={project}"}):
        if network["Labels"].get(NETWORK) not in regions or (network["Name"] in attached) == plugged:
            continue
        try:
            if plugged:
                engine.connect_container_to_network(planet["Id"], network["Id"], aliases=planet_names(planet))
            else:
                engine.disconnect_container_from_network(planet["Id"], network["Id"])
        except APIError:  # somebody else may have been quicker: an agent, or a person
            now = engine.inspect_container(planet["Id"])["NetworkSettings"]["Networks"]
            if (network["Name"] in now) != plugged:
                raise
            continue
        touched.append(network["Name"])
    return touched


def planet_names(planet: Mapping[str, Any]) -> list[str]:
    """By which others on its networks find the planet's container, as compose named it: its own name, its service's."""
    return [planet["Names"][0].removeprefix("/"), planet["Labels"][SERVICE]]


Verb = Callable[[Any, str], Any]
VERBS: Mapping[tuple[str, bool], tuple[tuple[str, ...], Verb]] = {
    ("stop", True): (("running", "paused", "restarting"), lambda engine, container: engine.kill(container)),
    ("stop", False): (("exited", "created"), lambda engine, container: engine.start(container)),
    ("freeze", True): (("running",), lambda engine, container: engine.pause(container)),
    ("freeze", False): (("paused",), lambda engine, container: engine.unpause(container)),
}

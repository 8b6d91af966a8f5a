"""docker-compose.yml for any set of regions. Pure: region codes -> text.

The file at the top of the repository is what this makes of the default regions; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence

FIRST_PORT = 4601
LEAST_PORTS = 10  # published from the beginning, so that a few regions more need no change there

HEAD_OF_NAMES = """\
# The sandbox as containers: `docker compose up --wait`, then `sandbox status`, `sandbox demo` ... from the host.
#
# Each region has a network of its own without a way out, and its LocalStack beside it. Only the planet and control are
# on all of these networks, so what one region says to another crosses the planet. People reach what is published on
# 127.0.0.1: control relays the regions' front doors. Variables are in .env and in README.md, "As containers".
#
# A region more is its name in the list below and four lines, each like those above it where it says "regions:"; or let
# `sandbox compose --regions a,b,c` write this file for any set.
name: sandbox

x-regions: &regions SANDBOX_REGIONS={codes}
x-insides: &insides
  # regions: their networks, as the planet and control are on them, and their volumes"""

HEAD = """
x-program: &program
  image: ${SANDBOX_IMAGE:-multi-region-sandbox:latest}
  pull_policy: never # it is built here, once, for all of them
  restart: unless-stopped
  read_only: true
  tmpfs: ["/tmp:mode=1777,size=64m"]
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]

x-outpost: &outpost
  <<: *program
  entrypoint:
    - python3
    - -m
    - sandbox.supervisor.outpost
    - --hub=planet:${SANDBOX_HUB_PORT:-4600}
    - --home=/state
    - --token-file=/state/ca/token
    - --ready-file=/tmp/ready
    - --listen=0.0.0.0

x-engine: &engine
  image: ${LOCALSTACK_IMAGE:-localstack/localstack:4.14.0}
  profiles: [localstack]
  restart: unless-stopped
  environment: [LOCALSTACK_AUTH_TOKEN, DEBUG]
  security_opt: ["no-new-privileges:true"]

# What the planet's container makes for all of them: token and certificate authority.
x-trust: &trust trust:/state/ca:ro"""

PROGRAMS = """
services:
  planet:
    <<: *program
    build:
      context: .
      dockerfile: regions/Dockerfile
      network: ${{SANDBOX_BUILD_NETWORK:-default}}
      args:
        BASE: ${{SANDBOX_BASE_IMAGE:-python:3.11-slim-bookworm}}
        PIP_INDEX_URL: ${{PIP_INDEX_URL:-}}
      secrets: [ca]
    labels: {{dev.multi-region-sandbox.role: planet}}
    environment:
      - *regions
      # LocalStack if its profile is on, else control's moto
      - SANDBOX_ENGINE=${{SANDBOX_ENGINE:-${{COMPOSE_PROFILES:+http://engine:4566}}}}
      - SANDBOX_HUB_PORT=${{SANDBOX_HUB_PORT:-4600}}
      - SANDBOX_AWS_PORT=${{SANDBOX_AWS_PORT:-4566}}
      - SANDBOX_DNS_PORT=${{SANDBOX_DNS_PORT:-8053}}
      - SANDBOX_PROXY_PORT=${{SANDBOX_PROXY_PORT:-3128}}
      - SANDBOX_CONSOLE_PORT=${{SANDBOX_CONSOLE_PORT:-4500}}
      - SANDBOX_REGIONS_PORT=${{SANDBOX_REGIONS_PORTS:-{ports}}}
      - SANDBOX_SPEED
      - SANDBOX_SEED
      - SANDBOX_DEFAULT_PLACE
      - SANDBOX_ACCOUNT
      - SANDBOX_APP
      - SANDBOX_ALLOW_INTERNET
      - SANDBOX_CHECKERS_PER_REGION
      - SANDBOX_DNS_PROPAGATION_S
      - SANDBOX_LEGACY_GLOBAL_TABLES
      - SANDBOX_ACCELERATOR_DEPLOY_S
      - SANDBOX_ROUTE53_THROTTLING
      - SANDBOX_UNEVEN_PATHS
      - SANDBOX_CONSOLE_TOKEN
    networks: {{<<: *insides, outside: {{aliases: [planet.outside]}}}}
    ports:
      - 127.0.0.1:${{SANDBOX_HUB_PORT:-4600}}:${{SANDBOX_HUB_PORT:-4600}}
      - 127.0.0.1:${{SANDBOX_CONSOLE_PORT:-4500}}:${{SANDBOX_CONSOLE_PORT:-4500}}
      - 127.0.0.1:${{SANDBOX_PROXY_PORT:-3128}}:${{SANDBOX_PROXY_PORT:-3128}}
      - 127.0.0.1:${{SANDBOX_DNS_PORT:-8053}}:${{SANDBOX_DNS_PORT:-8053}}/tcp
      - 127.0.0.1:${{SANDBOX_DNS_PORT:-8053}}:${{SANDBOX_DNS_PORT:-8053}}/udp
    volumes: ["planet:/state", "trust:/state/ca"]
  control:
    <<: *outpost
    # The hub by the one network that no fault takes from it.
    command: [sandbox.control, --doors=control.outside, "--hub=planet.outside:${{SANDBOX_HUB_PORT:-4600}}"]
    networks: {{<<: *insides, outside: {{aliases: [control.outside]}}}}
    ports:
      - 127.0.0.1:${{SANDBOX_AWS_PORT:-4566}}:${{SANDBOX_AWS_PORT:-4566}}
      - 127.0.0.1:${{SANDBOX_REGIONS_PORTS:-{ports}}}:${{SANDBOX_REGIONS_PORTS:-{ports}}}
    volumes: ["control:/state", *trust]
"""

OWN_PARTS = 'command: [sandbox.region, {code}], networks: [{code}], volumes: ["{code}:/state", *trust]'
REGION = "  {code}: {{<<: *outpost, " + OWN_PARTS + "}}"
ENGINE = "  {code}-localstack: {{<<: *engine, networks: {{{code}: {{aliases: [engine]}}}}}}"

SECRETS = """
secrets:
  ca: {file: "${SANDBOX_BUILD_CA:-/dev/null}"} # signs the package index's certificate, where a proxy does
"""


def compose_file(regions: Sequence[str]) -> str:
    """The whole file. regions: codes that are known to be right."""
    ports = f"{FIRST_PORT}-{FIRST_PORT + max(LEAST_PORTS, len(regions)) - 1}"
    names = HEAD_OF_NAMES.replace("{codes}", ",".join(regions))
    lines = [names, *(f"  {code}: {{}}" for code in regions)]
    lines.append(HEAD)
    lines.append(PROGRAMS.format(ports=ports).rstrip())
    lines.append("  # regions: front door, application and tables")
    lines += [REGION.format(code=code) for code in regions]
    lines.append("  # regions: their engines")
    lines += [ENGINE.format(code=code) for code in regions]
    lines += ["", "networks:", "  outside: {}", "  # regions: no way out"]
    lines += [f"  {code}: {{internal: true}}" for code in regions]
    lines += ["", "volumes: {<<: *insides, planet: {}, control: {}, trust: {}}"]
    return "\n".join(lines) + "\n" + SECRETS

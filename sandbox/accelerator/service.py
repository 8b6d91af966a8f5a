"""The shell of accelerators: takes flows at an edge location, carries them on, remembers which are open.

In: `put_accelerator(id, value)` for each value of topic "accelerator/<id>", faults of network zones, and clients that
connect to an anycast address. Out: flows into the ocean, `on_health(id, report)` for topic "accelerator-health/<id>",
journal events. `core.py` chooses, `watch.py` probes.

    client --- place to edge ---> edge location --- backbone ---> endpoint
              first flow             junction        second flow

TCP ends at the edge location and a second connection begins there nearly at the same time [GA 3.1]: the client is
connected after a round trip to its edge. A flow stays on its endpoint until it ends, whatever becomes of health and
weights, or until nothing has moved on it for 340 s [GA 3.4].
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from sandbox.accelerator.core import choose
from sandbox.accelerator.datagrams import IDLE_UDP_S, Conversation
from sandbox.accelerator.values import (
    TCP,
    UDP,
    Accelerator,
    Choice,
    Endpoint,
    Flow,
    FlowRefused,
    FlowRouted,
    FlowsBroken,
    Group,
    Listener,
    State,
    parse_accelerator,
)
from sandbox.accelerator.watch import Probe, Watches
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.network.datagrams import DialUdp, OnReply, UdpSocket
from sandbox.network.flow import FlowTransport
from sandbox.network.junction import Junction
from sandbox.network.service import Factory, Network
from sandbox.network.values import Endpoint as Socket

IDLE_TCP_S = 340.0  # [GA 3.4]
SWEEPS_PER_IDLE = 20
TIDY_AT_LEAST = 1000  # flows remembered before those that have ended are forgotten
FIRST_PORT, LAST_PORT = 32768, 60999  # Linux's ephemeral ports, which clients come from
HERE = Socket(host="edge", port=0)  # the junction: no socket of this machine

Opened = tuple[asyncio.Transport, asyncio.Protocol]


@dataclass(frozen=True, kw_only=True)
class OpenFlow:
    """A flow that was routed. opened_at_s: the clock's."""

    accelerator_id: str
    place: str
    edge: str
    flow: Flow
    region: str
    endpoint: str
    opened_at_s: float
    transport: FlowTransport


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the planet hands over. edge_of: where anycast brings a place, None when every edge location is down;
    client_address: of a place; find, find_udp: virtual address and port -> place and socket; probe: one health probe;
    checkers: edge locations that probe."""

    edge_of: Callable[[str], str | None]
    client_address: Callable[[str], str]
    find: Callable[[str, int], tuple[str, Socket]]
    find_udp: Callable[[str, int], tuple[str, Socket]]
    probe: Probe
    checkers: tuple[str, ...]
    dial_udp: DialUdp = UdpSocket


class Accelerators:
    """All accelerators of a planet."""

    def __init__(
        self,
        *,
        network: Network,
        around: Surroundings,
        clock: Clock,
        journal: Journal,
        speed: float = 1.0,
        phase: Callable[[], float] = lambda: 0.0,
        on_health: Callable[[str, dict[str, Any] | None], None] = lambda accelerator_id, report: None,
    ) -> None:
        self._network = network
        self._around = around
        self._clock = clock
        self._journal = journal
        self._on_health = on_health
        self._idle_s = IDLE_TCP_S / speed
        self._tasks = Tasks("accelerator")
        self._known: dict[str, Accelerator] = {}
        self._by_address: dict[str, Accelerator] = {}
        self._flows: dict[OpenFlow, None] = {}
        self._tidy_at = TIDY_AT_LEAST
        self._zones_down: dict[str, str] = {}  # fault id -> zone
        self._healed: asyncio.Event = asyncio.Event()
        self._ports: dict[str, int] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._watches = Watches(
            probe=around.probe,
            checkers=around.checkers,
            clock=clock,
            journal=journal,
            speed=speed,
            phase=phase,
            on_change=lambda accelerator_id: on_health(accelerator_id, self._watches.report(accelerator_id)),
        )

    def __len__(self) -> int:
        """Accelerators known."""
        return len(self._known)

    def put_accelerator(self, accelerator_id: str, value: Mapping[str, Any] | None) -> None:
        """Add, change or (None) remove one. Raises `Refusal` for what is malformed."""
        known = self._known.pop(accelerator_id, None)
        accelerator = None if value is None else parse_accelerator(accelerator_id, value)
        for address in known.addresses if known is not None else ():
            self._by_address.pop(address, None)
        if accelerator is not None:
            self._known[accelerator_id] = accelerator
            self._by_address.update(dict.fromkeys(accelerator.addresses, accelerator))
            if self._sweeping is None:
                self._sweeping = self._tasks.start(self._sweep_now_and_then(), "idle flows")
        self._watches.put(accelerator_id, accelerator)
        if accelerator is not None:
            self._break_flows_to_missing(accelerator)
        if value is None:
            self._on_health(accelerator_id, None)

    def put_fault(self, fault_id: str, fault: Mapping[str, Any] | None) -> None:
        """Obey faults of network zones; pass over all others."""
        if fault is not None and fault["kind"] == "network-zone":
            zone = self._zones_down[fault_id] = str(fault["target"][0])
            self._break(
                [one for one in self.flows() if self._zone(one.flow.address) == zone], f"network zone {zone} is down"
            )
        elif fault is None and self._zones_down.pop(fault_id, None) is not None:
            self._healed.set()
            self._healed = asyncio.Event()

    def owns(self, address: str) -> bool:
        """Whether an address is an accelerator's."""
        return address in self._by_address

    def at(self, address: str) -> Accelerator | None:
        """The accelerator of an address."""
        return self._by_address.get(address)

    def in_front_of(self, address: str) -> Accelerator | None:
        """The first accelerator that has an endpoint at an address."""
        return next(
            (
                accelerator
                for accelerator in self._known.values()
                if any(one.address == address for group in accelerator.groups() for one in group.endpoints)
            ),
            None,
        )

    def all(self) -> list[Accelerator]:
        """Those known, in order of coming."""
        return list(self._known.values())

    def report(self, accelerator_id: str) -> dict[str, Any]:
        """State and reason of each endpoint, by group."""
        return self._watches.report(accelerator_id)

    def flows(self) -> list[OpenFlow]:
        """The flows that are open now, oldest first."""
        for ended in [one for one in self._flows if one.transport.is_closing()]:
            self._flows.pop(ended, None)
        return list(self._flows)

    def is_zone_down(self, address: str) -> bool:
        """Whether the network zone of an address is down."""
        return self._zone(address) in self._zones_down.values()

    def zones_down(self) -> list[str]:
        """Network zones that are down."""
        return sorted(set(self._zones_down.values()))

    def preview(self, place: str, address: str, port: int, protocol: str = TCP) -> tuple[str | None, Choice]:
        """Where a flow from a place would go now: edge location and choice; nothing is opened or noted."""
        edge = self._around.edge_of(place)
        if edge is None:
            return None, Choice(group=None, endpoint=None, why="every edge location is down")
        flow = self._flow(place, address, port, protocol, client_port=FIRST_PORT)
        return edge, self._choose(self._by_address[address], edge, flow)

    def rtt_ms(self, place: str, address: str) -> float:
        """The whole round trip of a flow from a place, as one would be routed now; 0 where none would be."""
        accelerator = self._by_address[address]
        first = next((listener.port_ranges[0][0] for listener in accelerator.listeners), 80)
        edge, choice = self.preview(place, address, first)
        if edge is None or choice.group is None:
            return 0.0
        return self._network.rtt_ms(place, edge) + self._network.rtt_ms(edge, choice.group.region)

    async def open(self, place: str, address: str, port: int, factory: Factory) -> Opened:
        """A TCP connection from a place: established after a round trip to its edge location.

        ConnectionRefusedError where nobody takes it; as long as the zone of the address is down, no answer at all.
        """
        while self.is_zone_down(address):
            await self._healed.wait()
        edge = self._around.edge_of(place)
        if edge is None:
            raise OSError("every edge location is down")
        flow = self._flow(place, address, port, TCP, client_port=self._next_port(place))
        taken: list[tuple[Accelerator, Group, Endpoint, Choice]] = []
        dial = partial(self._take, place, edge, flow, taken)
        transport, protocol = await self._network.connect(place, edge, HERE, factory, dial=dial)
        [(accelerator, group, endpoint, _)] = taken
        opened = OpenFlow(
            accelerator_id=accelerator.accelerator_id,
            place=place,
            edge=edge,
            flow=flow,
            region=group.region,
            endpoint=endpoint.endpoint_id,
            opened_at_s=self._clock.now_s(),
            transport=cast(FlowTransport, transport),
        )
        self._flows[opened] = None
        if len(self._flows) >= self._tidy_at:  # short ones end without a word
            self._tidy_at = 2 * len(self.flows()) + TIDY_AT_LEAST
        return transport, protocol

    async def _take(
        self,
        place: str,
        edge: str,
        flow: Flow,
        taken: list[tuple[Accelerator, Group, Endpoint, Choice]],
        endpoint: Socket,
        factory: Factory,
    ) -> Opened:
        """The client's SYN is at the edge location: choose, accept, and begin the second connection."""
        accelerator = self._by_address.get(flow.address)
        if accelerator is None:
            raise ConnectionRefusedError(f"{flow.address} belongs to no accelerator any more")
        choice = self._choose(accelerator, edge, flow)
        self._note(place, edge, accelerator, flow, choice)
        if choice.group is None or choice.endpoint is None:
            raise ConnectionRefusedError(choice.why)
        far = factory()
        junction = Junction(far, self._tasks)
        port = choice.group.port_overrides.get(flow.port, flow.port)
        try:
            region, socket = self._around.find(choice.endpoint.address, port)
        except Refusal as refusal:
            raise ConnectionRefusedError(refusal.message) from refusal
        taken.append((accelerator, choice.group, choice.endpoint, choice))
        junction.begin(lambda near: self._network.connect(edge, region, socket, near))
        return junction, far

    def converse(self, place: str, address: str, port: int, client_port: int, on_reply: OnReply) -> Conversation:
        """UDP datagrams of one client socket in a place; `client_port` is its port there."""
        flow = self._flow(place, address, port, UDP, client_port=client_port)
        ways = _UdpWays(self, place, flow)
        idle_s = self._idle_s * IDLE_UDP_S / IDLE_TCP_S
        return Conversation(
            self._network, self._clock, place, ways, on_reply, idle_s=idle_s, dial=self._around.dial_udp
        )

    def entry(self, place: str, address: str) -> str | None:
        """The edge location at which a place enters; None when there is none, or the address's zone is down."""
        return None if self.is_zone_down(address) else self._around.edge_of(place)

    def route_datagrams(self, place: str, edge: str, flow: Flow) -> tuple[str, Socket] | None:
        """Choose for a new flow of datagrams, and note it."""
        accelerator = self._by_address.get(flow.address)
        if accelerator is None:
            return None
        choice = self._choose(accelerator, edge, flow)
        self._note(place, edge, accelerator, flow, choice)
        if choice.group is None or choice.endpoint is None:
            return None
        port = choice.group.port_overrides.get(flow.port, flow.port)
        return self._around.find_udp(choice.endpoint.address, port)

    def _choose(self, accelerator: Accelerator, edge: str, flow: Flow) -> Choice:
        if not accelerator.enabled:
            return Choice(group=None, endpoint=None, why=f"{accelerator.name} is disabled")
        listener = listener_of(accelerator.listeners, flow)
        if listener is None:
            why = f"{accelerator.name} has no listener for {flow.protocol} port {flow.port}"
            return Choice(group=None, endpoint=None, why=why)
        return choose(
            listener,
            flow,
            backbone_ms=lambda region: self._network.links.backbone_ms(edge, region),
            is_healthy=lambda group, endpoint: self._watches.state(group, endpoint) is State.HEALTHY,
        )

    def _note(self, place: str, edge: str, accelerator: Accelerator, flow: Flow, choice: Choice) -> None:
        seen: dict[str, Any] = {
            "at_s": self._clock.wall_s(),
            "why": choice.why,
            "place": place,
            "accelerator": accelerator.name,
            "address": flow.address,
            "port": flow.port,
            "protocol": flow.protocol,
            "edge": edge,
        }
        if choice.group is None or choice.endpoint is None:
            self._journal.note(FlowRefused(**seen))
        else:
            self._journal.note(FlowRouted(**seen, region=choice.group.region, endpoint=choice.endpoint.endpoint_id))

    def _flow(self, place: str, address: str, port: int, protocol: str, *, client_port: int) -> Flow:
        client = self._around.client_address(place)
        return Flow(protocol=protocol, client=client, client_port=client_port, address=address, port=port)

    def _next_port(self, place: str) -> int:
        port = self._ports.get(place, FIRST_PORT)
        self._ports[place] = port + 1 if port < LAST_PORT else FIRST_PORT
        return port

    def _zone(self, address: str) -> str:
        accelerator = self._by_address.get(address)
        return "" if accelerator is None else accelerator.zone_of(address)

    def _break_flows_to_missing(self, accelerator: Accelerator) -> None:
        """A flow does not outlive the load balancer, address or instance at its end."""
        gone = {
            one.endpoint_id: one.missing for group in accelerator.groups() for one in group.endpoints if one.missing
        }
        for endpoint_id, why in gone.items():
            self._break(
                [
                    flow
                    for flow in self.flows()
                    if (flow.accelerator_id, flow.endpoint) == (accelerator.accelerator_id, endpoint_id)
                ],
                why,
            )

    def _break(self, flows: Iterable[OpenFlow], why: str) -> None:
        broken: dict[str, int] = {}
        for one in flows:
            one.transport.break_off(why)
            self._flows.pop(one, None)
            broken[one.accelerator_id] = broken.get(one.accelerator_id, 0) + 1
        for accelerator_id, count in broken.items():
            name = self._known[accelerator_id].name if accelerator_id in self._known else accelerator_id
            self._journal.note(FlowsBroken(at_s=self._clock.wall_s(), why=why, accelerator=name, flows=count))

    async def _sweep_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(self._idle_s / SWEEPS_PER_IDLE)
            silent_since_s = self._clock.now_s() - self._idle_s
            idle = [one for one in self.flows() if max(one.opened_at_s, one.transport.last_moved_s) < silent_since_s]
            self._break(idle, f"nothing has moved for {IDLE_TCP_S:g} s (divided by speed)")

    async def close(self) -> None:
        """No more probes and sweeps."""
        await self._watches.close()
        await self._tasks.close()


@dataclass(frozen=True)
class _UdpWays:
    """What a conversation over UDP asks."""

    accelerators: Accelerators
    place: str
    flow: Flow

    def entry(self) -> str | None:
        return self.accelerators.entry(self.place, self.flow.address)

    def route(self, edge: str) -> tuple[str, Socket] | None:
        return self.accelerators.route_datagrams(self.place, edge, self.flow)


def listener_of(listeners: Iterable[Listener], flow: Flow) -> Listener | None:
    """The listener that takes a flow."""
    return next((listener for listener in listeners if listener.takes(flow.protocol, flow.port)), None)

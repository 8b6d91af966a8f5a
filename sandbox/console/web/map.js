// The map: what is on it, who points at what, and the loop that draws it.

import { along, bows, View, world } from "./projection.js";
import * as paint from "./paint.js";
import { conditionOf, on, rateOf, store } from "./store.js";

const FADE_MS = 9000; // how long an arc is seen after its last request
const MOST_SPARKS = 700;
const MOST_ARCS = 160;
const LABELS_EVERY_MS = 400;
const DENSITY_MOST = 1.5;
const ON_LINKS = new Set(["slow", "partition"]);
const EDGES_FROM_ZOOM = 1.6; // before that they are too near to each other to be pointed at

export class WorldMap {
  constructor(ground, sky, tip, { open, cut }) {
    this.ground = ground.getContext("2d", { alpha: false });
    this.sky = sky.getContext("2d");
    this.tip = tip;
    this.act = { open, cut };
    this.view = new View();
    this.land = null;
    this.places = [];
    this.sparks = [];
    this.hover = null;
    this.focus = -1; // of those that the keyboard walks through
    this.drag = null;
    this.labels = [];
    this.labelled = 0;
    this.bowsOf = new Map();
    this.colours = paint.coloursOf(document.documentElement);
    new ResizeObserver(() => this.resize()).observe(sky);
    this.listen(sky);
    on("traffic", (flows) => this.send(flows));
    on("places", () => this.take());
    on("selected", () => (this.labelled = 0));
    requestAnimationFrame((now) => this.frame(now));
  }

  take() {
    this.places = [...store.places.values()].map((place) => ({ ...place, at: world(place.longitude, place.latitude) }));
    this.byCode = new Map(this.places.map((place) => [place.code, place]));
    const rank = { edge: 0, city: 1, region: 2 };
    this.places.sort((a, b) => rank[a.kind] - rank[b.kind] || a.at[0] - b.at[0]);
    this.regions = this.places.filter((place) => place.runs);
    this.dirty = true;
  }

  recolour() {
    this.colours = paint.coloursOf(document.documentElement);
    this.dirty = true;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.sky.canvas;
    const density = Math.min(DENSITY_MOST, window.devicePixelRatio || 1);
    for (const { canvas } of [this.ground, this.sky]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      canvas.getContext("2d").setTransform(density, 0, 0, density, 0, 0);
    }
    this.view.resize(width, height);
    this.dirty = true;
  }

  moved() {
    this.dirty = true;
  }

  bows(a, b, bend) {
    const key = `${a}>${b}>${bend}`;
    let found = this.bowsOf.get(key);
    if (!found) {
      const [from, to] = [this.byCode?.get(a), this.byCode?.get(b)];
      found = from && to ? bows(this.view, from.at, to.at, bend) : [];
      this.bowsOf.set(key, found);
    }
    return found;
  }

  /** Sparks for the requests of a quarter of a second: at most a few for each flow, spread over that time. */
  send(flows) {
    const now = performance.now();
    for (const [place, owner, served, failed, ms] of flows) {
      const way = this.bows(place, owner, 0.2);
      for (const [count, lost] of [[served, false], [failed, true]]) {
        const shown = Math.min(count, 3);
        for (let number = 0; number < shown && this.sparks.length < MOST_SPARKS; number++) {
          const starts = now + (250 * (number + Math.random())) / shown;
          const from = way.length ? way : this.hereOnly(place);
          this.sparks.push({ bows: from, key: [place, owner], ms: ms || 40, lost, starts, takes: 420 + Math.min(1900, (ms || 300) * 4) });
        }
      }
    }
  }

  hereOnly(code) {
    const place = this.byCode?.get(code);
    if (!place) return [];
    const [x, y] = this.view.at(place.at);
    return [[x, y, x, y - 8, x, y - 14]];
  }

  frame(now) {
    requestAnimationFrame((next) => this.frame(next));
    const { view, colours, sky } = this;
    if (this.dirty) {
      this.dirty = false;
      this.bowsOf.clear();
      this.labelled = 0;
      for (const spark of this.sparks) spark.bows = this.bows(...spark.key, 0.2);
      paint.paintGround(this.ground, view, this.land, this.places, colours);
    }
    if (!this.byCode) return;
    const unit = paint.unitOf(view);
    sky.clearRect(0, 0, view.width, view.height);
    this.arcs = this.arcsNow(now);
    this.links = this.brokenNow();
    this.streams = this.streamsNow();
    paint.paintStreams(sky, this.streams, now, colours, unit);
    paint.paintArcs(sky, this.arcs, colours, unit);
    paint.paintBroken(sky, this.links, now, colours, unit);
    paint.paintProbes(sky, this.probesNow(), now, colours, unit);
    for (const { at, kind } of this.hitNow()) paint.paintRing(sky, ...view.at(at), 7 * unit, colours[kind === "slow" ? "slow" : "lost"], 3 * unit);
    this.sparks = this.sparks.filter((spark) => now - spark.starts < spark.takes);
    for (const spark of this.sparks) spark.t = (now - spark.starts) / spark.takes;
    paint.paintSparks(sky, this.sparks.filter((spark) => spark.t >= 0), colours, unit);
    this.nodes = this.regionsNow(now);
    paint.paintRegions(sky, this.nodes, now, colours, unit);
    if (now - this.labelled > LABELS_EVERY_MS) {
      this.labelled = now;
      this.labels = paint.placeLabels(sky, view, this.labelsNow(now, unit));
    }
    paint.paintLabels(sky, this.labels, colours);
    this.paintPointer(unit);
  }

  paintPointer(unit) {
    const focused = this.focused() ?? this.hover?.place ?? (store.selected?.kind === "city" ? this.byCode.get(store.selected.code) : null);
    if (focused) paint.paintRing(this.sky, ...this.view.at(focused.at), 15 * unit, this.colours.accent, 2 * unit);
    if (this.drag?.from && this.drag.moved) {
      const target = this.nodeAt(this.drag.x, this.drag.y);
      const isTarget = target && target !== this.drag.from;
      paint.paintRubber(this.sky, this.view.at(this.drag.from.at), [this.drag.x, this.drag.y], isTarget, this.colours, unit);
    }
  }

  arcsNow(now) {
    const found = [];
    for (const [key, flow] of store.flows) {
      const age = now - flow.seen;
      if (age > FADE_MS) {
        if (age > FADE_MS * 3) store.flows.delete(key);
        continue;
      }
      const rate = rateOf(flow, now);
      const way = this.bows(flow.place, flow.owner, 0.2);
      if (!way.length) continue;
      const chosen = isChosen(flow.place, flow.owner);
      found.push({ flow, bows: way, ms: flow.ms, strength: Math.min(1, rate / 25), failing: flow.rate ? flow.bad / flow.rate : 0, fresh: 1 - age / FADE_MS, chosen, rate });
    }
    return found.sort((a, b) => a.rate - b.rate).slice(-MOST_ARCS);
  }

  brokenNow() {
    return store.state.faults
      .filter((fault) => ON_LINKS.has(fault.kind) && fault.target.length === 2)
      .map((fault) => ({
        fault,
        kind: fault.kind,
        bows: this.bows(...fault.target, 0.2),
        text: fault.kind === "slow" ? slowness(fault.parameters) : fault.parameters.one_way ? `${fault.target[0]} → ${fault.target[1]}` : "",
      }));
  }

  /** Cities and edge locations that a fault hits; regions show it themselves. */
  hitNow() {
    const one = store.state.faults.filter((fault) => fault.target.length === 1 && !this.byCode.get(fault.target[0])?.runs);
    return one.filter((fault) => this.byCode.has(fault.target[0])).map((fault) => ({ at: this.byCode.get(fault.target[0]).at, kind: fault.kind }));
  }

  streamsNow() {
    const byWay = new Map();
    for (const stream of store.state.replication) {
      const key = `${stream.from}>${stream.to}`;
      const sum = byWay.get(key) ?? { from: stream.from, to: stream.to, backlog: 0, held: false, moving: false };
      sum.backlog += stream.backlog;
      sum.held ||= stream.paused || stream.away_s !== null;
      sum.moving ||= stream.backlog > 0 || (store.moving?.get(`${key} ${stream.table}`) ?? 0) > performance.now() - 2500;
      byWay.set(key, sum);
    }
    return [...byWay.values()].map((sum) => ({ ...sum, bows: this.bows(sum.from, sum.to, sum.from < sum.to ? 0.1 : -0.1), chosen: isChosen(sum.from, sum.to) }));
  }

  probesNow() {
    if (store.selected?.kind !== "check") return [];
    const check = store.state.checks.find((each) => each.id === store.selected.id);
    const target = this.regions.find((region) => check?.target.includes(region.address) || check?.target.includes(region.code));
    if (!target) return [];
    return check.observations.filter((each) => this.byCode.has(each.region)).map((each) => ({
      from: this.view.at(this.byCode.get(each.region).at),
      to: this.view.at(target.at),
      healthy: each.status.startsWith("Success"),
    }));
  }

  regionsNow(now) {
    const load = new Map();
    for (const flow of store.flows.values()) load.set(flow.owner, (load.get(flow.owner) ?? 0) + rateOf(flow, now));
    return this.regions.map((place) => {
      const [condition, tone] = conditionOf(store.state.regions.find((region) => region.code === place.code));
      const [x, y] = this.view.at(place.at);
      const chosen = store.selected?.kind === "region" && store.selected.code === place.code;
      return { place, x, y, condition, tone, chosen, load: load.get(place.code) ?? 0 };
    });
  }

  labelsNow(now, unit) {
    const wanted = this.nodes.map((node) => ({
      x: node.x, y: node.y, gap: 15 * unit, must: true,
      lines: [
        { text: node.place.code, size: 18 * unit, bold: true, ink: "ink" },
        node.tone === "good"
          ? { text: node.load >= 0.5 ? `${Math.round(node.load)} requests/s` : node.place.name.replace(/^.*\((.*)\)$/, "$1"), size: 13 * unit, ink: "quiet" }
          : { text: node.condition.toUpperCase(), size: 14.5 * unit, bold: true, ink: node.tone === "bad" ? "lost" : "slow" },
      ],
    }));
    const rates = new Map();
    for (const flow of store.flows.values()) {
      if (now - flow.seen < FADE_MS) rates.set(flow.place, { rate: (rates.get(flow.place)?.rate ?? 0) + flow.rate, flow });
    }
    const cities = this.places.filter((place) => place.kind === "city" && (rates.has(place.code) || this.view.zoom > 2.2));
    cities.sort((a, b) => (rates.get(b.code)?.rate ?? -1) - (rates.get(a.code)?.rate ?? -1));
    for (const place of cities.slice(0, 60)) {
      const [x, y] = this.view.at(place.at);
      if (x < 0 || y < 0 || x > this.view.width || y > this.view.height) continue;
      const flow = rates.get(place.code)?.flow;
      const lines = [{ text: place.name, size: 14.5 * unit, ink: flow ? "ink" : "quiet" }];
      if (flow) lines.push({ text: flow.bad > flow.rate / 2 ? "failing" : `${Math.round(flow.ms)} ms`, size: 12.5 * unit, bold: true, ink: flow.bad > flow.rate / 2 ? "lost" : paint.speedOf(flow.ms) });
      wanted.push({ x, y, gap: 7 * unit, lines });
    }
    return wanted;
  }

  // -- pointing

  nodeAt(x, y, kinds = ["region"]) {
    let best = null, nearest = 20 * paint.unitOf(this.view);
    for (const place of this.places) {
      if (!kinds.includes(place.kind) || (place.kind === "region" && !place.runs)) continue;
      const [px, py] = this.view.at(place.at);
      const distance = Math.hypot(px - x, py - y) * (place.kind === "region" ? 0.6 : 1);
      if (distance < nearest) [best, nearest] = [place, distance];
    }
    return best;
  }

  thingAt(x, y) {
    const place = this.nodeAt(x, y, this.view.zoom > EDGES_FROM_ZOOM ? ["region", "city", "edge"] : ["region", "city"]);
    if (place) return { place };
    for (const [kind, list] of [["broken", this.links], ["stream", this.streams], ["arc", this.arcs]]) {
      const found = (list ?? []).findLast((each) => each.bows.some((bow) => near(bow, x, y)));
      if (found) return { [kind]: found };
    }
    return null;
  }

  listen(canvas) {
    const at = (event) => [event.offsetX, event.offsetY];
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const [x, y] = at(event);
      this.drag = { x, y, x0: x, y0: y, from: this.nodeAt(x, y), moved: false };
      canvas.setPointerCapture(event.pointerId);
      this.show(null);
    });
    canvas.addEventListener("pointermove", (event) => this.pointed(...at(event)));
    canvas.addEventListener("pointerup", (event) => this.released(...at(event)));
    canvas.addEventListener("pointercancel", () => (this.drag = null));
    canvas.addEventListener("pointerleave", () => this.show(null));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.view.zoomAt(...at(event), Math.exp(-event.deltaY / 500));
      this.moved();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.typed(event));
    canvas.addEventListener("blur", () => (this.focus = -1));
  }

  pointed(x, y) {
    const { drag } = this;
    if (!drag) {
      this.show(this.thingAt(x, y), x, y);
      return;
    }
    drag.moved ||= Math.hypot(x - drag.x0, y - drag.y0) > 5;
    if (drag.moved && !drag.from) {
      this.view.pan(x - drag.x, y - drag.y);
      this.moved();
    }
    [drag.x, drag.y] = [x, y];
  }

  released(x, y) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (!drag.moved) this.chosen(this.thingAt(x, y));
    else if (drag.from) {
      const target = this.nodeAt(x, y);
      if (target && target !== drag.from) this.act.cut(drag.from.code, target.code);
    }
  }

  chosen(thing) {
    if (thing?.place) this.act.open({ kind: thing.place.kind, code: thing.place.code });
    else if (thing?.broken) this.act.open({ kind: "link", a: thing.broken.fault.target[0], b: thing.broken.fault.target[1] });
    else if (thing?.stream) this.act.open({ kind: "link", a: thing.stream.from, b: thing.stream.to });
    else if (thing?.arc) this.act.open({ kind: "link", a: thing.arc.flow.place, b: thing.arc.flow.owner });
    else this.act.open(null);
  }

  show(thing, x, y) {
    this.hover = thing;
    this.sky.canvas.style.cursor = thing ? "pointer" : this.drag ? "grabbing" : "grab";
    const text = thing ? this.words(thing) : "";
    this.tip.hidden = !text;
    if (!text) return;
    if (this.tip.textContent !== text) this.tip.textContent = text;
    const left = Math.min(x + 16, this.view.width - this.tip.offsetWidth - 8);
    this.tip.style.transform = `translate(${left}px, ${Math.max(4, y - this.tip.offsetHeight - 10)}px)`;
  }

  words({ place, broken, stream, arc }) {
    if (place?.kind === "region") return `${place.code}, ${place.name}\n${conditionOf(store.state.regions.find((region) => region.code === place.code))[0]}`;
    if (place?.kind === "edge") return `edge location ${place.code.replace("edge:", "")}, ${place.name}`;
    if (place) return `${place.name}, ${place.country}\n${Object.entries(place.rtt_ms).map(([code, rtt]) => `${code} ${Math.round(rtt)} ms`).join("\n")}`;
    if (broken) return broken.fault.why;
    if (stream) return `replication ${stream.from} → ${stream.to}\n${stream.backlog ? `${stream.backlog} changes wait` : "in sync"}`;
    return `${arc.flow.place} → ${arc.flow.owner}\n${Math.round(arc.rate)} requests/s, ${Math.round(arc.ms)} ms${arc.failing > 0.05 ? `\n${Math.round(arc.failing * 100)} % fail: ${arc.flow.why}` : ""}`;
  }

  // -- keys

  walk() {
    return [...this.regions, ...this.places.filter((place) => place.kind === "city")];
  }

  focused() {
    return this.focus < 0 ? null : this.walk()[this.focus];
  }

  typed(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps) {
      const all = this.walk();
      this.focus = (this.focus + steps[event.key] + all.length) % all.length;
      const place = all[this.focus];
      this.show({ place }, ...this.view.at(place.at));
    } else if (event.key === "Enter" && this.focused()) {
      this.chosen({ place: this.focused() });
    } else if (event.key === "+" || event.key === "-") {
      this.view.zoomAt(this.view.width / 2, this.view.height / 2, event.key === "+" ? 1.3 : 1 / 1.3);
      this.moved();
    } else return;
    event.preventDefault();
  }
}

function near(bow, x, y) {
  const [left, right] = [Math.min(bow[0], bow[2], bow[4]) - 8, Math.max(bow[0], bow[2], bow[4]) + 8];
  if (x < left || x > right) return false;
  for (let t = 0; t <= 1; t += 1 / 40) {
    const [px, py] = along(bow, t);
    if (Math.abs(px - x) < 9 && Math.abs(py - y) < 9) return true;
  }
  return false;
}

function isChosen(a, b) {
  const chosen = store.selected;
  if (chosen?.kind === "link") return (chosen.a === a && chosen.b === b) || (chosen.a === b && chosen.b === a);
  return (chosen?.kind === "city" && chosen.code === a) || (chosen?.kind === "region" && chosen.code === b);
}

function slowness({ add_ms, jitter_ms, loss, bandwidth_mbps }) {
  return [add_ms && `+${add_ms} ms`, jitter_ms && `±${jitter_ms} ms`, loss && `${Math.round(loss * 100)} % lost`, bandwidth_mbps && `${bandwidth_mbps} Mbit/s`].filter(Boolean).join(", ");
}

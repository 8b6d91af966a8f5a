// The story of what was clicked: a region, a city or a link; what is wrong with it, what can be done to it, what happened.

import { enc, get } from "./api.js";
import { h, ms, seconds, time } from "./dom.js";
import { heal, inject, select } from "./acts.js";
import { conditionOf, faultsAt, nameOf, on, regionOf, store } from "./store.js";
import { standing, visiting } from "./visiting.js";

const MOST_STORIES = 60;
const ASKED = 400; // of which those that only concern a checker are left out
const isStory = (event) => event.event !== "probe_failed"; // the verdict is the story; each checker is in the panel
const TONES = { fault_injected: "bad", fault_healed: "good", program_ended: "bad", program_started: "good", conflicted: "warn", peer_lost: "warn", peer_back: "good", application_ended: "bad", application_started: "good", probe_failed: "warn" };

export const toneOf = (event) => (event.event === "health_changed" ? (event.healthy ? "good" : "bad") : (TONES[event.event] ?? ""));

/** One event in words: its kind, and whatever it says beside its reason. */
export function titleOf(event) {
  const name = event.event.replaceAll("_", " ");
  const what = event.fault ? `${event.fault} ${(event.target ?? []).join(", ")}` : [event.program, event.table, event.region, event.peer && `→ ${event.peer}`, event.check_id?.slice(0, 8)].filter(Boolean).join(" ");
  return what ? `${name}: ${what}` : name;
}

export const storyLine = (event) => h(`li.${toneOf(event) || "plain-line"}`, {}, h("time", {}, time(event.at_s)), h("em", {}, titleOf(event)), event.why ? h("p", {}, event.why) : null);

const mentions = (event, name) => Object.entries(event).some(([key, value]) => key !== "event" && key !== "why" && (Array.isArray(value) ? value : [value]).some((each) => each === name || each === `region:${name}`));

export class Inspector {
  constructor(element) {
    this.element = element;
    this.shown = 0;
    on("selected", () => this.open());
    on("places", () => this.open());
    on("state", () => this.refresh());
    on("events", (fresh) => this.append(fresh));
    this.open();
  }

  names() {
    const it = store.selected;
    if (!it || it.kind === "check") return [];
    return it.kind === "link" ? [it.a, it.b] : [it.code];
  }

  open() {
    const it = store.selected, turn = ++this.shown;
    this.facts = h("dl.facts");
    this.faults = h("div");
    this.story = h("ol.story");
    const parts = { region: regionPart, city: cityPart, edge: edgePart, link: linkPart, check: checkPart }[it?.kind];
    const title = h("h2", {}, titleFor(it));
    const close = it ? h("button.plain", { onclick: () => select(null), title: "Esc" }, "close") : null;
    this.condition = h("p");
    this.element.replaceChildren(
      h("div.head", {}, close, title, this.condition),
      h("div.body", {}, this.faults, this.facts, parts ? parts(it) : welcome(), h("h3", {}, it ? "What happened here" : "What happened"), this.story),
    );
    this.refresh();
    this.load(turn);
  }

  async load(turn) {
    const about = this.names();
    if (!about.length) {
      this.story.replaceChildren(...store.events.filter(isStory).slice(-MOST_STORIES).reverse().map(storyLine));
      return;
    }
    const found = await get(`/events?traffic=false&limit=${ASKED}&about=${enc(about.join(","))}`).catch(() => null);
    if (turn !== this.shown || !found) return;
    const lines = found.events.filter(isStory).slice(-MOST_STORIES).reverse().map(storyLine);
    this.story.replaceChildren(...(lines.length ? lines : [h("p.empty", {}, "Nothing yet.")]));
  }

  append(fresh) {
    if (!fresh) {
      this.load(this.shown);
      return;
    }
    const names = this.names();
    const ours = fresh.filter((event) => isStory(event) && names.every((name) => mentions(event, name)));
    if (!ours.length) return;
    this.story.querySelector(".empty")?.remove();
    this.story.prepend(...ours.map(storyLine).reverse());
    while (this.story.children.length > MOST_STORIES) this.story.lastChild.remove();
  }

  refresh() {
    const it = store.selected, names = this.names();
    const faults = names.length ? faultsAt(...names) : store.state.faults;
    const key = faults.map((fault) => fault.id).join();
    if (key !== this.faults.dataset.key) {
      this.faults.dataset.key = key;
      this.faults.replaceChildren(...faults.map(faultBox));
      if (faults.length) this.faults.prepend(h("h3", {}, "Broken now"));
    }
    const [words, tone] = conditionFor(it);
    if (this.condition.textContent !== words) this.condition.textContent = words;
    this.condition.className = tone;
    const facts = factsFor(it);
    const text = JSON.stringify(facts);
    if (text !== this.facts.dataset.text) {
      this.facts.dataset.text = text;
      this.facts.replaceChildren(...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    }
  }
}

function faultBox(fault) {
  const more = Object.entries(fault.parameters).filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join(", ");
  const until = fault.until ? `, until ${time(fault.until)}` : "";
  return h("div.fault", {}, h("span", {}, `${fault.why}${more ? ` (${more})` : ""}${until}`), h("button", { onclick: () => heal(fault.id), data: { heal: fault.id } }, "Heal"));
}

function titleFor(it) {
  if (!it) return "The planet";
  if (it.kind === "link") return `${it.a} ↔ ${it.b}`;
  if (it.kind === "check") return store.state.checks.find((check) => check.id === it.id)?.target ?? "Health check";
  return it.kind === "region" ? it.code : nameOf(it.code);
}

function conditionFor(it) {
  if (it?.kind === "region") {
    const [words, tone] = conditionOf(regionOf(it.code));
    return [`${nameOf(it.code)}: ${words}`, tone];
  }
  if (it?.kind === "city") return [`a city in ${store.places.get(it.code)?.country ?? ""}`, ""];
  if (it?.kind === "edge") return [`edge location ${it.code.replace("edge:", "")}`, faultsAt(it.code).length ? "bad" : ""];
  if (it?.kind === "link") return [faultsAt(it.a, it.b).length ? "broken" : "nothing is wrong with this link", faultsAt(it.a, it.b).length ? "bad" : ""];
  if (it?.kind === "check") {
    const check = store.state.checks.find((each) => each.id === it.id);
    return check ? [check.why, check.healthy ? "good" : "bad"] : ["it is gone", ""];
  }
  const bad = store.state.regions.filter((region) => conditionOf(region)[1] !== "good").length;
  return [bad ? `${bad} of ${store.state.regions.length} regions in trouble` : `${store.state.regions.length} regions, all well`, bad ? "bad" : "good"];
}

function factsFor(it) {
  const place = store.places.get(it?.code);
  if (it?.kind === "region") {
    const program = store.state.programs.find((each) => each.name === `region:${it.code}`);
    const skew = faultsAt(it.code).find((fault) => fault.kind === "skew");
    return [
      ["application", place?.address ?? "-"],
      ["process", program ? `${program.pid || "none"}, restarted ${program.restarts} times` : "-"],
      ["clock", skew ? `${skew.parameters.ms > 0 ? "ahead" : "behind"} by ${Math.abs(skew.parameters.ms) / 1000} s` : "right"],
    ];
  }
  if (it?.kind === "city") {
    const served = [...store.flows.values()].filter((flow) => flow.place === it.code && flow.owner).sort((a, b) => b.seen - a.seen)[0];
    const near = Object.entries(place?.rtt_ms ?? {}).sort((a, b) => a[1] - b[1]).map(([code, rtt]) => `${code} ${Math.round(rtt)} ms`).join(", ");
    return [["served by", served ? `${served.owner}, ${ms(served.ms)}` : "nobody asks"], ["distance", near], ["subnet", place?.subnet ?? "-"]];
  }
  if (it?.kind === "link") {
    const rtt = store.places.get(it.a)?.rtt_ms?.[it.b] ?? store.places.get(it.b)?.rtt_ms?.[it.a];
    const streams = store.state.replication.filter((stream) => [stream.from, stream.to].sort().join() === [it.a, it.b].sort().join());
    return [["round trip", rtt ? `${Math.round(rtt)} ms, if nothing is broken` : "-"],
      ...streams.map((stream) => [`${stream.table} → ${stream.to}`, stream.backlog ? `${stream.backlog} wait, the oldest for ${seconds(stream.oldest_unsent_s)}` : `in sync, lag ${ms(stream.lag_p50_ms)}`])];
  }
  return [];
}

const DURATIONS = [["until healed", null], ["for 10 s", 10], ["for 30 s", 30], ["for 2 min", 120]];

/** Buttons that break something; the choice beside them says for how long. */
function breaking(list) {
  const chosen = h("select", { "aria-label": "for how long" }, DURATIONS.map(([name, value]) => h("option", { value: value ?? "" }, name)));
  const buttons = list.map(([name, kind, target, parameters, title]) => h("button", { title, data: { fault: kind }, onclick: () => inject(kind, target, parameters, chosen.value ? Number(chosen.value) : null) }, name));
  return [h("h3", {}, "Break it"), h("div.acts", {}, buttons, chosen)];
}

function regionPart({ code }) {
  const others = store.state.regions.filter((region) => region.code !== code);
  const tables = [...new Set(store.state.replication.filter((stream) => stream.from === code).map((stream) => stream.table))];
  return [
    breaking([
      ["Isolate", "isolate", [code], {}, "Cut it off from every other place; its processes go on"],
      ["Stop", "stop", [code], {}, "Kill its processes (SIGKILL); healing starts them again"],
      ["Freeze", "freeze", [code], {}, "It accepts and never answers"],
      ["Fail app", "fail-app", [code], { status: 503 }, "The application answers 503"],
      ["Slow +200 ms", "slow", [code], { add_ms: 200 }, "A grey failure: every way to it is longer"],
      ["Clock +5 s", "skew", [code], { ms: 5000 }, "Its clock is ahead"],
      ["Clock −5 s", "skew", [code], { ms: -5000 }, "Its clock is behind"],
      ...others.map((region) => [`Cut ↔ ${region.code}`, "partition", [code, region.code], {}, "Nothing passes between the two"]),
      ...tables.map((table) => [`Pause ${table}`, "pause-replication", [table, code], {}, "Replication of this table stops"]),
    ]),
    standing(code),
  ];
}

function cityPart({ code }) {
  return [
    visiting(code),
    breaking([
      ["Cut off", "isolate", [code], {}, "Nobody in this city reaches anything"],
      ["Slow +200 ms", "slow", [code], { add_ms: 200 }, "A bad line"],
      ["Lose 10 %", "slow", [code], { loss: 0.1 }, "One packet in ten is lost"],
      ...store.state.regions.map((region) => [`Cut ↔ ${region.code}`, "partition", [code, region.code], {}, ""]),
    ]),
    standing(code, true),
  ];
}

function edgePart({ code }) {
  return breaking([["Take down", "edge-down", [code], {}, "Its cities enter at the next edge location"], ["Slow +100 ms", "slow", [code], { add_ms: 100 }, ""]]);
}

function linkPart({ a, b }) {
  if (!store.places.has(a) || !store.places.has(b) || a.startsWith("edge:") || b.startsWith("edge:")) return [];
  const go = (code) => h("button.plain", { onclick: () => select({ kind: store.places.get(code).kind, code }) }, code);
  return [
    h("div.acts", {}, go(a), go(b)),
    breaking([
      ["Cut", "partition", [a, b], {}, "Nothing passes"],
      [`Cut ${a} →`, "partition", [a, b], { one_way: true }, `Nothing passes from ${a} to ${b}`],
      [`Cut ${b} →`, "partition", [b, a], { one_way: true }, `Nothing passes from ${b} to ${a}`],
      ["Slow +200 ms", "slow", [a, b], { add_ms: 200 }, "The way is longer"],
      ["Lose 5 %", "slow", [a, b], { loss: 0.05 }, "Packets are lost"],
    ]),
  ];
}

function checkPart({ id }) {
  const check = store.state.checks.find((each) => each.id === id);
  if (!check) return [];
  return [h("h3", {}, "What each checker saw last"), h("dl.facts", {}, check.observations.flatMap((each) => [h("dt", {}, each.region), h(each.status.startsWith("Success") ? "dd.good" : "dd.bad", {}, each.status)]))];
}

const welcome = () => h("p.empty", {}, "Click a region, a city or a line to open its story and to break it. Drag from region to region to cut the link between them. Keys: m the map, / a place, 1 to 5 the panels, l the labs, t dark or light, Esc back.");


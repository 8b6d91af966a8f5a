// What the page knows. Everybody reads it here; who wants to hear of a change subscribes to its name.

const listeners = new Map();

export const store = {
  places: new Map(), // code -> place
  state: { programs: [], regions: [], faults: [], checks: [], replication: [] },
  events: [], // newest last, without traffic
  answers: new Map(), // "name type place" -> answered event
  steps: [], // percentiles per city, in steps of two seconds
  flows: new Map(), // "place>owner" -> {place, owner, rate, ms, failed, seen, why}
  selected: null, // {kind: "region" | "city" | "link" | "check", ...}
  lab: { progress: null, doing: "", checked: null, wrong: "" }, // how far somebody is in the labs, here or by `sandbox lab`
};

export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(listener);
}

export function off(name, listener) {
  listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== listener));
}

export function tell(name, value) {
  for (const listener of listeners.get(name) ?? []) listener(value);
}

const MOST_EVENTS = 600;
const TICK_S = 0.25;
const SMOOTH = 0.12; // share of a new tick in the rates that are shown

export const answerKey = (event) => `${event.name} ${event.rtype} ${event.place}`;

export function takeHello(hello) {
  store.state = hello.state;
  store.events = hello.events;
  store.steps = hello.latency;
  store.answers = new Map(hello.answers.map((event) => [answerKey(event), event]));
  store.lab = hello.lab;
  for (const name of ["state", "events", "latency", "answers", "lab"]) tell(name);
}

export function takeLab(lab) {
  store.lab = lab;
  tell("lab");
}

export function takeStory({ events, answers, more }) {
  for (const event of answers) {
    store.answers.delete(answerKey(event));
    store.answers.set(answerKey(event), event);
  }
  while (store.answers.size > 300) store.answers.delete(store.answers.keys().next().value);
  if (more) store.events.push({ event: "more", at_s: events[0]?.at_s ?? Date.now() / 1000, why: `${more} more events in this moment` });
  store.events.push(...events);
  store.events.splice(0, Math.max(0, store.events.length - MOST_EVENTS));
  if (events.length) tell("events", events);
  if (answers.length) tell("answers");
}

export function takeStep(step) {
  store.steps.push(step);
  store.steps.splice(0, Math.max(0, store.steps.length - 300));
  tell("latency");
}

export function takeTraffic(flows) {
  const now = performance.now();
  for (const [place, owner, served, failed, mean_ms, why] of flows) {
    const key = `${place}>${owner}`;
    const flow = store.flows.get(key) ?? { place, owner, rate: 0, bad: 0, ms: mean_ms, why: "", seen: now, ticked: now };
    const ticks = Math.max(1, (now - flow.ticked) / (TICK_S * 1000));
    const keep = (1 - SMOOTH) ** ticks;
    flow.rate = flow.rate * keep + ((served + failed) / TICK_S) * SMOOTH;
    flow.bad = flow.bad * keep + (failed / TICK_S) * SMOOTH;
    if (mean_ms) flow.ms += (mean_ms - flow.ms) * 0.3;
    if (failed) flow.failed_at = now;
    flow.why = failed ? why : flow.why;
    flow.seen = flow.ticked = now;
    store.flows.set(key, flow);
  }
  tell("traffic", flows);
}

/** Requests a second now; old flows fade. */
export function rateOf(flow, now = performance.now()) {
  return flow.rate * (1 - SMOOTH) ** Math.max(0, (now - flow.ticked) / (TICK_S * 1000) - 1);
}

export const regionOf = (code) => store.state.regions.find((region) => region.code === code);
export const faultsAt = (...codes) => store.state.faults.filter((fault) => codes.every((code) => fault.target.includes(code)));
export const nameOf = (code) => store.places.get(code)?.name ?? code;

/** How a region is, in one word for people and one for colours. */
export function conditionOf(region) {
  if (!region) return ["not here", "off"];
  const kinds = new Set(store.state.faults.filter((fault) => fault.target.includes(region.code)).map((fault) => fault.kind));
  if (region.state === "stopped by fault") return ["stopped", "bad"];
  if (region.state === "frozen") return ["frozen", "bad"];
  if (region.state === "isolated") return ["cut off", "bad"];
  if (region.state !== "running") return [region.state, "bad"];
  if (kinds.has("isolate")) return ["cut off", "bad"];
  if (kinds.has("fail-app")) return ["app fails", "bad"];
  if (!region.app_running) return ["app is down", "bad"];
  if (kinds.has("partition")) return ["partitioned", "warn"];
  if (kinds.has("slow")) return ["slow", "warn"];
  if (kinds.has("skew")) return ["clock is wrong", "warn"];
  if (kinds.has("pause-replication")) return ["replication paused", "warn"];
  return ["running", "good"];
}

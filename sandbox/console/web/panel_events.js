// The journal, with filters: a kind, a name, with or without the events of each request.

import { enc, get } from "./api.js";
import { h, rows, table, time } from "./dom.js";
import { on, store } from "./store.js";
import { titleOf, toneOf } from "./inspector.js";

const MOST = 200;
const TRAFFIC_EVERY_MS = 1000;

export function eventsPanel() {
  const text = h("input", { placeholder: "Filter: a word, a kind, a region ...", "aria-label": "Filter", oninput: () => ((fresh = true), draw()) });
  const traffic = h("input", { type: "checkbox", onchange: () => ((fresh = true), draw(true)) });
  const [whole, body] = table(["when", "what", "why"]);
  const count = h("span.faint");
  const element = h("div.panel.one", {}, h("div.scroll", {}, whole));
  element.prepend(h("div.bar", {}, text, h("label.bar", {}, traffic, "each request too"), count));
  element.style.gridTemplateRows = "auto minmax(0, 1fr)";
  let fresh = true, asked = 0, listed = null;
  on("events", () => (fresh = true));

  async function ask() {
    asked = performance.now();
    const found = await get(`/events?limit=${MOST}`).catch(() => null);
    if (found && traffic.checked) {
      listed = found.events;
      fill();
    }
  }

  function fill() {
    const word = text.value.trim().toLowerCase();
    const from = traffic.checked && listed ? listed : store.events;
    const found = from.filter((event) => !word || JSON.stringify(event).toLowerCase().includes(word)).slice(-MOST).reverse();
    count.textContent = `${found.length} shown`;
    rows(body, found.map((event, place) => ({
      key: event.event_id ?? `more ${event.at_s} ${place}`,
      cells: [[time(event.at_s), "faint"], [titleOf(event) + routeOf(event), toneOf(event)], [event.why ?? "", "wide"]],
    })));
  }

  function draw(must) {
    if (traffic.checked && (must || performance.now() - asked > TRAFFIC_EVERY_MS)) ask();
    if (!fresh && !must) return;
    fresh = false;
    fill();
  }

  return { element, draw };
}

const routeOf = (event) => {
  if (event.event === "served") return `: ${event.place} → ${event.owner} ${event.status || ""} ${Math.round(event.took_ms)} ms`;
  if (event.event === "connected") return `: ${event.place} → ${event.owner} (${event.host})`;
  if (event.event === "looked_up" || event.event === "answered") return `: ${event.name} in ${event.place} ${(event.addresses ?? event.to ?? []).join(", ")}`;
  if (event.event === "refused") return `: ${event.place} → ${event.host}: ${event.error}`;
  return "";
};

// Somebody in a place: a visit with its stages, the answer of DNS with its reasons, and lines to copy.

import { enc, get, post } from "./api.js";
import { copying, h, ms } from "./dom.js";

const lastName = () => localStorage.getItem("name") ?? "http://app.example.test/";

export function visiting(place) {
  const url = h("input", { value: lastName(), "aria-label": "URL", spellcheck: false });
  const out = h("div");
  const run = async (work) => {
    localStorage.setItem("name", url.value);
    out.replaceChildren(h("p.quiet", {}, "..."));
    try {
      out.replaceChildren(...(await work()));
    } catch (error) {
      out.replaceChildren(h("p.bad", {}, error.message));
    }
  };
  const visit = () => run(async () => visited(await post("/probe", { url: url.value, place })));
  const why = () => run(async () => whyThis(await post("/dig", { name: hostOf(url.value), place })));
  url.addEventListener("keydown", (event) => event.key === "Enter" && visit());
  return [h("h3", {}, "Visit from here"), h("div.bar", {}, url, h("button", { onclick: visit, data: { act: "visit" } }, "Visit"), h("button", { onclick: why, data: { act: "why" } }, "Why?")), out];
}

export const hostOf = (url) => url.replace(/^[a-z]+:\/\//, "").replace(/[/:?].*$/, "");

function visited(found) {
  const stages = [["lookup", found.lookup_ms], ["connect", found.connect_ms], ["TLS", found.tls_ms], ["first byte", found.first_byte_ms === null ? null : found.first_byte_ms - (found.lookup_ms ?? 0) - (found.connect_ms ?? 0) - (found.tls_ms ?? 0)]];
  const bar = h("div.stages", {}, stages.filter(([, took]) => took > 0).map(([name, took]) => {
    const part = h("i", { title: `${name} ${ms(took)}` }, `${name} ${ms(took)}`);
    part.style.flex = `${took} 0 0`;
    return part;
  }));
  const head = found.error ? h("p.bad", {}, `${found.error}: ${found.why}`) : h("p.good", {}, `${found.status} by ${found.served_by || found.owner} in ${ms(found.total_ms)}`);
  return [head, bar, found.error ? null : h("p.quiet", {}, found.why), found.body ? h("pre.quiet", {}, found.body.slice(0, 400)) : null].filter(Boolean);
}

/** An answer of DNS and how it was decided: every candidate with what became of it. */
export function whyThis(found) {
  const answers = found.answers.map((answer) => `${answer.data} (TTL ${answer.ttl_s} s)`).join(", ") || found.status;
  const candidates = found.decisions.flatMap((decision) => decision.candidates ?? []);
  return [
    h("p", {}, h("b", {}, answers), h("span.quiet", {}, found.from_cache ? ", from the cache" : `, by ${found.server}, ${ms(found.took_ms)}`)),
    ...found.trace.map((sentence) => h("p.why", {}, sentence)),
    candidates.length ? h("dl.facts", {}, candidates.flatMap((each) => [h("dt", {}, each.label), h(each.state === "chosen" ? "dd.good" : "dd", {}, [each.state, each.content, each.note].filter(Boolean).join(", "))])) : null,
  ].filter(Boolean);
}

export function standing(place, isOpen = false) {
  const box = h("div");
  const show = (found) => box.replaceChildren(...Object.entries(found.lines).map(([name, text]) => line(name, text)), found.lines.dig ? "" : open);
  const open = h("button", { onclick: async () => show(await post(`/stand/${enc(place)}/open`)) }, "Open a door for browsers and dig");
  get(`/stand/${enc(place)}?url=${enc(lastName())}`).then(show, (error) => box.replaceChildren(h("p.bad", {}, error.message)));
  return h("details", { open: isOpen }, h("summary", {}, "Stand here"), box);
}

const line = (name, text) => h("div.line", {}, h("small", {}, name), h("code", {}, text), copying(text));

// Health checks: the verdict, why, and a mark for each checker.

import { h } from "./dom.js";
import { select } from "./acts.js";
import { on, store } from "./store.js";

export function healthPanel() {
  const empty = h("p.empty", {}, "No health checks. Make one: ", h("code", {}, "aws route53 create-health-check ..."));
  const box = h("div.checks");
  const element = h("div.panel.one", {}, h("div.scroll", {}, empty, box));
  let fresh = true, drawn = "";
  on("state", () => (fresh = true));

  function draw(must) {
    if (!fresh && !must) return;
    fresh = false;
    const checks = store.state.checks;
    empty.hidden = checks.length > 0;
    const text = JSON.stringify(checks.map((check) => [check.id, check.healthy, check.why, check.observations.map((each) => each.status.slice(0, 7))]));
    if (text === drawn) return;
    drawn = text;
    box.replaceChildren(...checks.map(card));
  }

  return { element, draw };
}

function card(check) {
  const tone = check.healthy === null ? "unknown" : check.healthy ? "good" : "bad";
  const verdict = check.healthy === null ? "no verdict yet" : check.healthy ? "healthy" : "UNHEALTHY";
  const every = check.interval_s ? `every ${check.interval_s} s, ${check.threshold} in a row` : check.kind.toLowerCase();
  return h("button.card", { title: "Show its checkers on the map", onclick: () => select({ kind: "check", id: check.id }) },
    h("h3", {}, h(`i.dot.${tone}`), check.target, h(`span.${tone}`, {}, verdict)),
    h("p", {}, `${check.why}; ${every}`),
    h("div.probes", {}, check.observations.map((each) => h(each.status.startsWith("Success") ? "i" : "i.bad", { title: `${each.region}: ${each.status}` }))));
}

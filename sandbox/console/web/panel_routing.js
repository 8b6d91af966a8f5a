// Routing answers: which name is answered how in which place, and on demand why.

import { post } from "./api.js";
import { h, rows, table, time } from "./dom.js";
import { nameOf, on, store } from "./store.js";
import { hostOf, whyThis } from "./visiting.js";

export function routingPanel() {
  const [whole, body] = table(["name", "in", "answer", "why", "#when"]);
  const empty = h("p.empty", {}, "No answers yet. Make a zone and ask: ", h("code", {}, "sandbox dig app.example.test --from tokyo --trace"));
  const name = h("input", { placeholder: "name", "aria-label": "Name", value: "app.example.test", spellcheck: false });
  const place = h("input", { placeholder: "place", "aria-label": "Place", value: "paris", list: "all-places" });
  place.setAttribute("list", "all-places");
  const detail = h("div.scroll", { "aria-live": "polite" }, h("p.empty", {}, "Choose an answer, or ask: why this answer?"));
  const asking = h("form.bar", { onsubmit: (event) => (event.preventDefault(), ask()) }, name, place, h("button", {}, "Why this answer?"));
  const element = h("div.panel.two", {}, h("div.scroll", {}, empty, whole), h("div.scroll", {}, asking, detail));
  let fresh = true, chosen = null;
  on("answers", () => (fresh = true));

  async function ask() {
    detail.replaceChildren(h("p.quiet", {}, "..."));
    try {
      detail.replaceChildren(...whyThis(await post("/dig", { name: hostOf(name.value), place: place.value })));
    } catch (error) {
      detail.replaceChildren(h("p.bad", {}, error.message));
    }
  }

  function open(key) {
    const event = store.answers.get(key);
    if (!event) return;
    chosen = key;
    name.value = event.name.replace(/\.$/, "");
    place.value = event.place;
    draw(true);
    ask();
  }

  function draw(must) {
    if (!fresh && !must) return;
    fresh = false;
    const found = [...store.answers.entries()].reverse().slice(0, 120);
    empty.hidden = found.length > 0;
    whole.hidden = !found.length;
    rows(body, found.map(([key, event]) => ({
      key,
      chosen: key === chosen,
      cells: [`${event.name.replace(/\.$/, "")}${event.rtype === "A" ? "" : ` ${event.rtype}`}`, nameOf(event.place), [(event.to ?? []).map(owned).join(", ") || event.rcode, event.rcode === "NOERROR" ? "" : "bad"], [event.why, "quiet"], [time(event.at_s), "n faint"]],
    })), { open });
  }

  return { element, draw };
}

function owned(address) {
  for (const place of store.places.values()) if (place.address === address) return place.code;
  return address;
}

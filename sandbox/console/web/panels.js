// The panels below the map: one at a time, chosen by tab or by number. Each draws itself only while it is seen.

import { h, markTabs, say, walkTabs } from "./dom.js";
import { on, store } from "./store.js";
import { eventsPanel } from "./panel_events.js";
import { healthPanel } from "./panel_health.js";
import { latencyPanel } from "./panel_latency.js";
import { replicationPanel } from "./panel_replication.js";
import { routingPanel } from "./panel_routing.js";

const REDRAW_MS = 500;

export function makePanels(tabs, box) {
  const all = [
    ["Latency", latencyPanel(), () => ["", false]],
    ["Routing", routingPanel(), () => [store.answers.size || "", false]],
    ["Replication", replicationPanel(), () => {
      const waiting = store.state.replication.reduce((sum, stream) => sum + stream.backlog, 0);
      return [waiting || "", waiting > 0];
    }],
    ["Health", healthPanel(), () => {
      const ill = store.state.checks.filter((check) => check.healthy === false).length;
      return [ill || store.state.checks.length || "", ill > 0];
    }],
    ["Events", eventsPanel(), () => ["", false]],
  ];
  const buttons = all.map(([name, panel], place) => {
    const button = h("button", { id: `tab-${place}`, role: "tab", "aria-controls": `panel-${place}`, onclick: () => show(place) }, name, h("b"));
    button.title = `${name} (${place + 1})`;
    panel.element.id = `panel-${place}`;
    panel.element.setAttribute("role", "tabpanel");
    panel.element.setAttribute("aria-labelledby", button.id);
    return button;
  });
  tabs.append(...buttons);
  box.append(...all.map(([, panel]) => panel.element));
  let shown = Number(localStorage.getItem("panel") ?? 0);

  function show(place) {
    if (!all[place]) return;
    shown = place;
    localStorage.setItem("panel", place);
    all.forEach(([, panel], each) => (panel.element.hidden = each !== place));
    markTabs(buttons, place);
    all[place][1].draw(true);
  }

  walkTabs(tabs, buttons, () => shown, show);
  setInterval(() => {
    all[shown][1].draw(false);
    all.forEach(([, , badge], each) => {
      const [text, hot] = badge(), mark = buttons[each].lastChild;
      say(mark, String(text));
      mark.classList.toggle("hot", hot);
    });
  }, REDRAW_MS);
  on("theme", () => all[shown][1].draw(true));
  show(all[shown] ? shown : 0);
  return { show };
}

// Puts the page together: places and land, the live stream, the map, the story, the panels, the keys.

import { act, heal, inject, select } from "./acts.js";
import { get, live } from "./api.js";
import { $, h, say } from "./dom.js";
import { Inspector } from "./inspector.js";
import { Lessons } from "./lessons.js";
import { WorldMap } from "./map.js";
import { makePanels } from "./panels.js";
import { landPath } from "./projection.js";
import { makeSide } from "./side.js";
import { conditionOf, nameOf, on, rateOf, store, takeHello, takeLab, takeStep, takeStory, takeTraffic, tell } from "./store.js";

function makeTheme(map) {
  const wanted = () => localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    map.recolour();
    tell("theme");
  };
  const turn = () => {
    const theme = document.documentElement.dataset.theme === "light" ? "dark" : "light";
    localStorage.setItem("theme", theme);
    set(theme);
  };
  $("#theme").addEventListener("click", turn);
  set(wanted());
  return turn;
}

function makeChips() {
  const chips = new Map();
  const draw = () => {
    const now = performance.now();
    for (const region of store.state.regions) {
      if (!chips.has(region.code)) {
        const chip = h("button.chip", { onclick: () => select({ kind: "region", code: region.code }) }, h("i.dot"), h("span", {}, region.code), h("small"));
        chip.title = nameOf(region.code);
        chips.set(region.code, chip);
        $("#regions").append(chip);
      }
      const chip = chips.get(region.code), [condition, tone] = conditionOf(region);
      const load = [...store.flows.values()].reduce((sum, flow) => sum + (flow.owner === region.code ? rateOf(flow, now) : 0), 0);
      chip.firstChild.className = `dot ${tone}`;
      say(chip.lastChild, tone === "good" ? `${Math.round(load)}/s` : condition);
      chip.setAttribute("aria-pressed", String(store.selected?.kind === "region" && store.selected.code === region.code));
    }
    const all = [...store.flows.values()].reduce((sum, flow) => sum + rateOf(flow, now), 0);
    say($("#figures"), `${Math.round(all)} requests/s`);
    const faults = store.state.faults.length, button = $("#heal-all");
    button.disabled = !faults;
    say(button, faults ? `Heal ${faults === 1 ? "1 fault" : `all ${faults} faults`}` : "No faults");
  };
  on("state", draw);
  on("selected", draw);
  setInterval(draw, 500);
}

function makeKeys(panels, side, turnTheme) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (event.target.matches("input, select")) event.target.blur();
      else select(null);
      return;
    }
    if (event.target.matches("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      $("#go").focus();
    } else if (event.key === "t") turnTheme();
    else if (event.key === "m") $("#sky").focus();
    else if (event.key === "l") side.turn();
    else if (/^[1-9]$/.test(event.key)) panels.show(Number(event.key) - 1);
  });
}

function makeGo() {
  const go = $("#go");
  go.addEventListener("change", () => {
    const written = go.value.trim().toLowerCase();
    const found = [...store.places.values()].find((place) => place.kind !== "edge" && (place.code === written || place.name.toLowerCase() === written));
    if (!found) return;
    select({ kind: found.kind, code: found.code });
    go.value = "";
    $("#inspector").focus();
  });
}

async function start() {
  const map = new WorldMap($("#ground"), $("#sky"), $("#tip"), { open: select, cut: (a, b) => inject("partition", [a, b]) });
  const turnTheme = makeTheme(map);
  const side = makeSide();
  new Inspector($("#inspector"));
  new Lessons($("#lessons"));
  const panels = makePanels($("#tabs"), $("#panels"));
  makeChips();
  makeGo();
  makeKeys(panels, side, turnTheme);
  $("#heal-all").addEventListener("click", () => heal("all"));
  fetch("/web/world-land.json").then((answer) => answer.json()).then((land) => {
    map.land = landPath(land);
    map.moved();
  });
  const places = await act(() => get("/places"));
  store.places = new Map((places ?? []).map((place) => [place.code, place]));
  $("#all-places").append(...(places ?? []).filter((place) => place.kind === "city" || place.runs).map((place) => h("option", { value: place.name }, place.code)));
  tell("places");
  live({
    hello: takeHello,
    traffic: takeTraffic,
    latency: takeStep,
    story: takeStory,
    lab: takeLab,
    state(state) {
      const before = new Map(store.state.replication.map((stream) => [`${stream.from}>${stream.to} ${stream.table}`, stream.acknowledged]));
      store.moving ??= new Map();
      for (const stream of state.replication) {
        const key = `${stream.from}>${stream.to} ${stream.table}`;
        if (stream.acknowledged > (before.get(key) ?? stream.acknowledged)) store.moving.set(key, performance.now());
      }
      store.state = state;
      tell("state");
    },
    link(isOn) {
      $("#link").classList.toggle("on", isOn);
      say($("#link"), isOn ? "live" : "no answer");
    },
  });
}

start();

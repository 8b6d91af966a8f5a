// Latency per city: percentiles over time as lines, and the last minute as figures.

import { h, rows, table, time } from "./dom.js";
import { coloursOf } from "./paint.js";
import { nameOf, on, rateOf, store } from "./store.js";

const SHOWN_S = 180;
const HUES = ["#5cb8ff", "#ffb020", "#3ddbb4", "#ff6f91", "#b48cff", "#c6e15a", "#ff9c6b", "#7fd6ff"];
const DEEP = ["#0063b8", "#a85f00", "#007a5e", "#b81f4e", "#6d3fd1", "#5d7400", "#b3470f", "#00738f"];
const RECENT_STEPS = 5;
const short = (ms) => (ms === null ? "-" : ms >= 100 ? Math.round(ms) : ms.toFixed(1));

export function latencyPanel() {
  const canvas = h("canvas", { role: "img", "aria-label": "Latency over time" });
  const [whole, body] = table(["", "city", "served by", "#per s", "#failed", "#p50 ms", "#p95 ms", "#p99 ms"]);
  const empty = h("p.empty", {}, "No requests yet. Send some: ", h("code", {}, "curl -x http://paris:x@localhost:3128 http://app.example.test/"));
  const element = h("div.panel.two.latency", {}, h("div.chart", {}, canvas), h("div.scroll", {}, empty, whole));
  let fresh = true, chosen = null;
  on("latency", () => (fresh = true));

  function cities() {
    const sums = new Map();
    for (const step of store.steps.slice(-SHOWN_S / 2)) for (const [city, [count]] of Object.entries(step.cities)) sums.set(city, (sums.get(city) ?? 0) + count);
    return [...sums].sort((a, b) => b[1] - a[1]).map(([city]) => city).slice(0, 40);
  }

  function draw(must) {
    if (!fresh && !must) return;
    fresh = false;
    const found = cities();
    empty.hidden = found.length > 0;
    whole.hidden = !found.length;
    if (chosen && !found.includes(chosen)) chosen = null;
    const hues = document.documentElement.dataset.theme === "light" ? DEEP : HUES;
    const colours = new Map(found.map((city, place) => [city, hues[place % hues.length]]));
    rows(body, found.map((city) => row(city, city === chosen)), { open: (city) => ((chosen = chosen === city ? null : city), draw(true)) });
    for (const line of body.children) line.firstChild.style.color = colours.get(line.dataset.key);
    plot(canvas, chosen ? [chosen] : found.slice(0, 8), colours, chosen);
  }

  return { element, draw };
}

function row(city, chosen) {
  const recent = store.steps.slice(-RECENT_STEPS).map((step) => step.cities[city]).filter(Boolean);
  const total = recent.reduce((sum, [count]) => sum + count, 0), failed = recent.reduce((sum, [, bad]) => sum + bad, 0);
  const last = recent.findLast(([count, bad]) => count > bad) ?? [0, 0, null, null, null];
  const owners = [...store.flows.values()].filter((flow) => flow.place === city && flow.owner && performance.now() - flow.seen < 6000).sort((a, b) => rateOf(b) - rateOf(a));
  const share = total ? failed / total : 0;
  return {
    key: city,
    chosen,
    cells: ["━", nameOf(city), owners.length ? owners[0].owner + (owners.length > 1 ? ` +${owners.length - 1}` : "") : "-", [(total / (RECENT_STEPS * 2)).toFixed(1), "n"], [failed ? `${Math.round(share * 100)} %` : "-", failed ? "n bad" : "n"], [short(last[2]), "n"], [short(last[3]), "n"], [short(last[4]), "n"]],
  };
}

function plot(canvas, cities, colours, chosen) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const density = Math.min(2, devicePixelRatio || 1);
  canvas.width = width * density;
  canvas.height = height * density;
  const ctx = canvas.getContext("2d"), ink = coloursOf(document.documentElement);
  ctx.scale(density, density);
  const end = Math.ceil((store.steps.at(-1)?.at_s ?? Date.now() / 1000) + 2), begin = end - SHOWN_S;
  const steps = store.steps.filter((step) => step.at_s >= begin);
  const values = steps.flatMap((step) => cities.flatMap((city) => (step.cities[city] ? [step.cities[city][chosen ? 4 : 2]] : [])));
  const most = niceOver(Math.max(50, ...values));
  const left = 74, bottom = 24, top = 12, right = 8, font = Math.max(12, parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.85);
  const x = (at_s) => left + ((at_s - begin) / SHOWN_S) * (width - left - right);
  const y = (value) => height - bottom - (value / most) * (height - bottom - top);
  ctx.font = `${font}px system-ui, "DejaVu Sans", sans-serif`;
  ctx.fillStyle = ink.quiet;
  ctx.strokeStyle = ink.grid;
  ctx.textBaseline = "middle";
  for (let part = 0; part <= 4; part++) {
    const value = (most * part) / 4;
    ctx.beginPath();
    ctx.moveTo(left, y(value));
    ctx.lineTo(width - right, y(value));
    ctx.stroke();
    ctx.textAlign = "right";
    ctx.fillText(`${Math.round(value)} ms`, left - 8, y(value));
  }
  ctx.textAlign = "center";
  for (let at_s = Math.ceil(begin / 60) * 60; at_s < end; at_s += 60) ctx.fillText(time(at_s).slice(0, 5), Math.min(x(at_s), width - ctx.measureText("00:00").width / 2), height - bottom / 2 + 2);
  paintFaults(ctx, begin, end, x, height - bottom, ink);
  for (const city of cities) {
    const lines = chosen ? [[2, 1, []], [3, 0.75, [6, 4]], [4, 0.55, [2, 4]]] : [[2, 1, []]];
    for (const [figure, alpha, dash] of lines) trace(ctx, steps, city, figure, x, y, colours.get(city), alpha, dash);
    for (const step of steps) {
      if (!step.cities[city]?.[1]) continue;
      ctx.fillStyle = ink.lost;
      ctx.fillRect(x(step.at_s) - 2, height - bottom - 5, 4, 5);
    }
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  if (chosen) {
    ctx.textAlign = "left";
    ctx.fillStyle = ink.ink;
    ctx.fillText(`${nameOf(chosen)}: p50 ━, p95 ╍, p99 ┄`, left + 8, top + 8);
  }
}

function trace(ctx, steps, city, figure, x, y, colour, alpha, dash) {
  ctx.strokeStyle = colour;
  ctx.globalAlpha = alpha;
  ctx.lineWidth = 2.4;
  ctx.setLineDash(dash);
  ctx.beginPath();
  let before = -Infinity;
  for (const step of steps) {
    const figures = step.cities[city];
    if (!figures || figures[0] === figures[1]) continue;
    if (step.at_s - before > 8) ctx.moveTo(x(step.at_s), y(figures[figure]));
    else ctx.lineTo(x(step.at_s), y(figures[figure]));
    before = step.at_s;
  }
  ctx.stroke();
}

/** Faults as bands behind the lines: the picture of a failover. */
function paintFaults(ctx, begin, end, x, floor, ink) {
  const since = new Map();
  const bands = [];
  for (const event of store.events) {
    if (event.event === "fault_injected") since.set(event.id, event.at_s);
    if (event.event === "fault_healed" && since.has(event.id)) {
      bands.push([since.get(event.id), event.at_s]);
      since.delete(event.id);
    }
  }
  for (const [id, at_s] of since) if (store.state.faults.some((fault) => fault.id === id)) bands.push([at_s, end]);
  ctx.fillStyle = ink.lost;
  ctx.globalAlpha = 0.1;
  for (const [from, to] of bands) if (to > begin) ctx.fillRect(x(Math.max(begin, from)), 8, Math.max(2, x(Math.min(end, to)) - x(Math.max(begin, from))), floor - 8);
  ctx.globalAlpha = 1;
}

function niceOver(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * step).find((each) => each >= value);
}

// What is drawn on the map, on two canvases: the ground (land, places; drawn anew when the view changes) and the sky
// (everything that moves; drawn each frame). Only numbers and text come in; nothing here asks or changes anything.

import { along, bows } from "./projection.js";

const NAMES = ["ocean", "land", "shore", "grid", "ink", "quiet", "faint", "region", "city", "accent", "fast", "fair", "slow", "late", "lost", "copy", "halo", "ground"];
const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';

export function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export function speedOf(ms) {
  return ms < 60 ? "fast" : ms < 150 ? "fair" : ms < 300 ? "slow" : "late";
}

export function paintGround(ctx, view, land, places, colours) {
  const { width, height } = view;
  ctx.fillStyle = colours.ocean;
  ctx.fillRect(0, 0, width, height);
  ctx.strokeStyle = colours.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let x = 0; x <= 1.0001; x += 1 / 24) line(ctx, view.at([x, -1]), view.at([x, 2]));
  for (let y = -0.2; y <= 0.7; y += 1 / 24) line(ctx, view.at([-1, y]), view.at([2, y]));
  ctx.stroke();
  if (land) {
    ctx.save();
    ctx.translate(view.x0, view.y0);
    ctx.scale(view.scale, view.scale);
    ctx.fillStyle = colours.land;
    ctx.fill(land);
    ctx.lineWidth = 1 / view.scale;
    ctx.strokeStyle = colours.shore;
    ctx.stroke(land);
    ctx.restore();
  }
  const unit = unitOf(view);
  for (const place of places) {
    const [x, y] = view.at(place.at);
    if (place.kind === "edge") {
      ctx.fillStyle = colours.faint;
      ctx.globalAlpha = 0.55;
      ctx.fillRect(x - unit, y - unit, 2 * unit, 2 * unit);
      ctx.globalAlpha = 1;
    } else if (place.kind === "region" && !place.runs) {
      ctx.strokeStyle = colours.faint;
      ctx.lineWidth = 1;
      ctx.strokeRect(x - 2.5 * unit, y - 2.5 * unit, 5 * unit, 5 * unit);
    } else if (place.kind === "city") {
      ctx.fillStyle = colours.city;
      disc(ctx, x, y, 2.4 * unit);
    }
  }
}

const line = (ctx, [x0, y0], [x1, y1]) => (ctx.moveTo(x0, y0), ctx.lineTo(x1, y1));

function disc(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.fill();
}

/** Sizes follow the map's height, so that a projector shows what a laptop does. */
export const unitOf = (view) => Math.min(1.7, Math.max(0.85, view.height / 620));

function strokeBow(ctx, bow) {
  ctx.beginPath();
  ctx.moveTo(bow[0], bow[1]);
  ctx.quadraticCurveTo(bow[2], bow[3], bow[4], bow[5]);
  ctx.stroke();
}

/** Who is served by whom. arcs: [{bows, ms, strength 0..1, failing 0..1, chosen}]. */
export function paintArcs(ctx, arcs, colours, unit) {
  for (const arc of arcs) {
    ctx.globalAlpha = (arc.chosen ? 0.95 : 0.34 + 0.5 * arc.strength) * arc.fresh;
    ctx.lineWidth = (arc.chosen ? 3.4 : 1.4 + 2.4 * arc.strength) * unit;
    ctx.strokeStyle = colours[arc.failing > 0.5 ? "lost" : speedOf(arc.ms)];
    ctx.setLineDash(arc.failing > 0.5 ? [6 * unit, 5 * unit] : []);
    for (const bow of arc.bows) strokeBow(ctx, bow);
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

/** Requests on their way: [{bows, t 0..1, ms, lost}]. A lost one is red, and fades half way. */
export function paintSparks(ctx, sparks, colours, unit) {
  for (const spark of sparks) {
    const t = spark.lost ? Math.min(spark.t, 0.5) : spark.t;
    const isLost = spark.lost && spark.t >= 0.45;
    ctx.fillStyle = colours[spark.lost ? "lost" : speedOf(spark.ms)];
    ctx.globalAlpha = isLost ? Math.max(0, 1 - (spark.t - 0.45) / 0.55) : 1;
    const radius = (isLost ? 3 + 5 * (spark.t - 0.45) : 2.6) * unit;
    for (const bow of spark.bows) {
      const [x, y] = along(bow, t);
      ctx.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
  }
  ctx.globalAlpha = 1;
}

/** Replication: [{bows, backlog, state, moving}]; changes flow as dashes, a backlog is written in the middle. */
export function paintStreams(ctx, streams, now, colours, unit) {
  for (const stream of streams) {
    const held = stream.held;
    ctx.strokeStyle = colours[held ? "lost" : "copy"];
    ctx.globalAlpha = stream.chosen ? 1 : 0.8;
    ctx.lineWidth = (1.6 + Math.min(3.5, Math.log10(1 + stream.backlog))) * unit * (stream.chosen ? 1.5 : 1);
    ctx.setLineDash([7 * unit, 6 * unit]);
    ctx.lineDashOffset = held || !stream.moving ? 0 : (-now / 32) * unit;
    for (const bow of stream.bows) strokeBow(ctx, bow);
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    if (stream.backlog > 0) {
      const [x, y] = along(stream.bows[0], stream.from < stream.to ? 0.3 : 0.66);
      badge(ctx, x, y, `${stream.backlog.toLocaleString("en")} waiting`, colours[held ? "lost" : "copy"], colours, unit);
    }
  }
}

/** Faults of links: [{bows, kind, text}]. */
export function paintBroken(ctx, links, now, colours, unit) {
  for (const link of links) {
    const isSlow = link.kind === "slow";
    ctx.strokeStyle = colours[isSlow ? "slow" : "lost"];
    ctx.lineWidth = 3.2 * unit;
    ctx.setLineDash(isSlow ? [2 * unit, 6 * unit] : [12 * unit, 8 * unit]);
    ctx.lineDashOffset = isSlow ? now / 60 : 0;
    for (const bow of link.bows) strokeBow(ctx, bow);
    ctx.setLineDash([]);
    for (const bow of link.bows) {
      const [x, y] = along(bow, 0.5);
      if (!isSlow) cross(ctx, x, y, 9 * unit, colours.lost, colours.ground);
      if (link.text) badge(ctx, x, y + 22 * unit, link.text, colours[isSlow ? "slow" : "lost"], colours, unit);
    }
  }
}

function cross(ctx, x, y, size, colour, under) {
  for (const [width, ink] of [[size * 0.85, under], [size * 0.42, colour]]) {
    ctx.strokeStyle = ink;
    ctx.lineWidth = width;
    ctx.lineCap = "round";
    ctx.beginPath();
    line(ctx, [x - size, y - size], [x + size, y + size]);
    line(ctx, [x - size, y + size], [x + size, y - size]);
    ctx.stroke();
  }
  ctx.lineCap = "butt";
}

function badge(ctx, x, y, text, colour, colours, unit) {
  ctx.font = `600 ${13 * unit}px ${FONT}`;
  const width = ctx.measureText(text).width + 14 * unit, height = 20 * unit;
  ctx.fillStyle = colours.ground;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * unit;
  ctx.beginPath();
  ctx.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = colours.ink;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
}

/** Checkers of a health check that is looked at: [{from, to, healthy}] in pixels. */
export function paintProbes(ctx, probes, now, colours, unit) {
  for (const probe of probes) {
    ctx.strokeStyle = ctx.fillStyle = colours[probe.healthy ? "fast" : "lost"];
    ctx.lineWidth = 1.6 * unit;
    ctx.setLineDash([3 * unit, 5 * unit]);
    ctx.lineDashOffset = -now / 40;
    ctx.beginPath();
    line(ctx, probe.from, probe.to);
    ctx.stroke();
    ctx.setLineDash([]);
    if (probe.healthy) disc(ctx, ...probe.from, 5 * unit);
    else cross(ctx, ...probe.from, 5 * unit, colours.lost, colours.ground);
  }
}

/** Regions that run: [{x, y, tone, condition, chosen, hot}]. The state is a shape too, not only a colour. */
export function paintRegions(ctx, regions, now, colours, unit) {
  for (const { x, y, tone, condition, chosen, load } of regions) {
    const colour = { good: colours.region, warn: colours.slow, bad: colours.lost }[tone] ?? colours.faint;
    const radius = 9 * unit;
    if (tone === "good" && load > 0) {
      const pulse = (now / 1400) % 1;
      ctx.globalAlpha = 0.4 * (1 - pulse);
      ctx.fillStyle = colour;
      disc(ctx, x, y, radius * (1 + 1.1 * pulse));
      ctx.globalAlpha = 1;
    }
    ctx.fillStyle = colours.ground;
    disc(ctx, x, y, radius + 3 * unit);
    ctx.fillStyle = ctx.strokeStyle = colour;
    ctx.lineWidth = 3 * unit;
    if (condition === "stopped") cross(ctx, x, y, radius * 0.75, colour, colours.ground);
    else if (tone === "bad") {
      ctx.setLineDash(condition === "cut off" ? [5 * unit, 4 * unit] : []);
      ring(ctx, x, y, radius);
      ctx.setLineDash([]);
      if (condition === "frozen") for (const shift of [-3, 3]) ctx.fillRect(x + (shift - 1.3) * unit, y - 4.5 * unit, 2.6 * unit, 9 * unit);
      else ctx.fillRect(x - 1.6 * unit, y - 4.5 * unit, 3.2 * unit, 9 * unit);
    } else disc(ctx, x, y, radius);
    if (chosen) {
      ctx.strokeStyle = colours.accent;
      ctx.lineWidth = 2.5 * unit;
      ring(ctx, x, y, radius + 6 * unit);
    }
  }
}

function ring(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.stroke();
}

export function paintRing(ctx, x, y, radius, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ring(ctx, x, y, radius);
}

/** Where names go: the first side on which a name hides no other. wanted: [{x, y, gap, lines: [{text, size, bold, ink}]}]. */
export function placeLabels(ctx, view, wanted) {
  const taken = [];
  const placed = [];
  for (const label of wanted) {
    let width = 0, height = 0;
    for (const part of label.lines) {
      ctx.font = fontOf(part);
      part.width = ctx.measureText(part.text).width;
      width = Math.max(width, part.width);
      height += part.size * 1.2;
    }
    const sides = [
      [label.x + label.gap, label.y - height / 2],
      [label.x - label.gap - width, label.y - height / 2],
      [label.x - width / 2, label.y - label.gap - height],
      [label.x - width / 2, label.y + label.gap],
    ];
    const free = sides.find(([x, y]) => {
      const box = [x - 3, y - 2, x + width + 3, y + height + 2];
      const inside = box[0] > 0 && box[1] > 0 && box[2] < view.width && box[3] < view.height;
      return inside && !taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
    });
    if (!free && !label.must) continue;
    const [x, y] = free ?? sides[0];
    taken.push([x - 3, y - 2, x + width + 3, y + height + 2], [label.x - label.gap, label.y - label.gap, label.x + label.gap, label.y + label.gap]);
    placed.push({ ...label, left: x, top: y });
  }
  return placed;
}

const fontOf = (part) => `${part.bold ? 700 : 400} ${part.size}px ${FONT}`;

export function paintLabels(ctx, labels, colours) {
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineJoin = "round";
  for (const label of labels) {
    let y = label.top;
    for (const part of label.lines) {
      ctx.font = fontOf(part);
      ctx.lineWidth = part.size * 0.28;
      ctx.strokeStyle = colours.halo;
      ctx.strokeText(part.text, label.left, y);
      ctx.fillStyle = colours[part.ink] ?? part.ink;
      ctx.fillText(part.text, label.left, y);
      y += part.size * 1.2;
    }
  }
}

export function paintRubber(ctx, from, to, isTarget, colours, unit) {
  ctx.strokeStyle = isTarget ? colours.lost : colours.slow;
  ctx.lineWidth = 3.5 * unit;
  ctx.setLineDash([10 * unit, 7 * unit]);
  ctx.beginPath();
  line(ctx, from, to);
  ctx.stroke();
  ctx.setLineDash([]);
}

export { bows };

// Texts of labs: blocks of words become elements; words are only ever set as text.

import { copying, h } from "./dom.js";

/** Some words: plain, code or strong. */
export const words = (spans) => spans.map((span) => (span.kind === "text" ? document.createTextNode(span.text) : h(span.kind, {}, span.text)));

/** All blocks of a text. */
export const prose = (blocks) => blocks.map((block) => DRAWN[block.kind](block));

const DRAWN = {
  text: (block) => h("p", {}, words(block.spans)),
  heading: (block) => h(block.level < 3 ? "h3" : "h4", {}, words(block.spans)),
  list: (block) => h("ul", {}, block.rows.map(([item]) => h("li", {}, words(item)))),
  table: (block) => h("div.wide-table", {}, h("table", {}, h("thead", {}, h("tr", {}, block.head.map((cell) => h("th", {}, words(cell))))), h("tbody", {}, block.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, words(cell)))))))),
  code: (block) => h("pre.shown", {}, block.spans.map((span) => span.text)),
  console: (block) => h("div.console", {}, block.lines.map(typed)),
};

/** A line for the shell, with a button to copy it. It may break between words, but not within an option. */
export function toType(text) {
  const parts = text.split(/(\s+)/).map((part) => (part.startsWith("-") ? h("span.option", {}, part) : part));
  return h("div.type", {}, h("pre", {}, h("code", {}, parts)), copying(text));
}

/** A line to type, and what it shows. */
function typed(line) {
  return h("div.typed", {},
    line.text ? toType(line.text) : null,
    line.shown.length ? h("pre.shown", {}, line.shown.join("\n")) : null);
}

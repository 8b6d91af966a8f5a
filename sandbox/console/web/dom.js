// Small tools for the page. Text from the sandbox is only ever set as text, never as markup.

/** An element: h("p.quiet", {title: "x", onclick: f}, "text", child, ...). */
export function h(kind, given = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && name !== "list" && name !== "role") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const $ = (selector) => document.querySelector(selector);

/** Set text only when it differs: what has not changed is not laid out again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Keep the rows of a table body by key, so that focus and hover survive an update. cells: [text, class] or text. */
export function rows(body, wanted, { open } = {}) {
  const known = new Map([...body.children].map((row) => [row.dataset.key, row]));
  wanted.forEach(({ key, cells, chosen }, place) => {
    let row = known.get(key);
    if (!row) {
      row = h("tr", { data: { key } }, cells.map(() => h("td")));
      if (open) {
        row.tabIndex = 0;
        row.addEventListener("click", () => open(key));
        row.addEventListener("keydown", (event) => event.key === "Enter" && open(key));
      }
    }
    known.delete(key);
    row.classList.toggle("chosen", Boolean(chosen));
    cells.forEach((cell, column) => {
      const [text, kind] = Array.isArray(cell) ? cell : [cell, ""];
      say(row.children[column], String(text));
      if (row.children[column].className !== kind) row.children[column].className = kind;
      if (row.children[column].title !== String(text) && String(text).length > 24) row.children[column].title = text;
    });
    if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
  });
  for (const row of known.values()) row.remove();
}

/** A table with a head; returns [the element, its body]. */
export function table(names) {
  const body = h("tbody");
  const head = names.map((name) => (name.startsWith("#") ? h("th.n", {}, name.slice(1)) : h("th", {}, name)));
  return [h("table", {}, h("thead", {}, h("tr", {}, head)), body), body];
}

/** A button that puts a text on the clipboard. */
export function copying(text) {
  const button = h("button.copying", { title: "Copy", onclick: async () => {
    await navigator.clipboard.writeText(text).catch(() => toast("The browser did not let this page copy", { bad: true }));
    say(button, "copied");
    setTimeout(() => say(button, "copy"), 1200);
  } }, "copy");
  return button;
}

/** Arrow keys walk through tabs of which one is reached by Tab. show(place), and the place that is shown. */
export function walkTabs(box, buttons, shown, show) {
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    show((shown() + step + buttons.length) % buttons.length);
    buttons[shown()].focus();
  });
}

export function markTabs(buttons, place) {
  buttons.forEach((button, each) => {
    button.setAttribute("aria-selected", String(each === place));
    button.tabIndex = each === place ? 0 : -1;
  });
}

export function toast(text, { bad = false, act = null } = {}) {
  const node = h(bad ? "div.toast.bad" : "div.toast", {}, h("span", {}, text));
  if (act) node.append(h("button", { onclick: () => (node.remove(), act.run()) }, act.name));
  const box = $("#toasts");
  box.append(node);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => node.remove(), bad ? 9000 : 6000);
}

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
export const time = (at_s) => clock.format(new Date(at_s * 1000));
export const ms = (value) => (value === null || value === undefined ? "-" : value >= 100 ? `${Math.round(value)} ms` : `${Number(value).toFixed(1)} ms`);
export const seconds = (value) => (value === null || value === undefined ? "-" : `${value < 10 ? Number(value).toFixed(1) : Math.round(value)} s`);

/** DynamoDB's typed JSON as people write it. */
export function plain(value) {
  if (value === null || value === undefined) return "(deleted)";
  const one = (typed) => {
    const [kind, content] = Object.entries(typed)[0];
    if (kind === "N") return Number(content);
    if (kind === "M") return Object.fromEntries(Object.entries(content).map(([name, each]) => [name, one(each)]));
    if (kind === "L") return content.map(one);
    if (kind === "NULL") return null;
    return content;
  };
  try {
    return JSON.stringify(Object.fromEntries(Object.entries(value).map(([name, typed]) => [name, one(typed)])));
  } catch {
    return JSON.stringify(value);
  }
}
